//! What goes wrong in a schedule, in words, and the turn that is left to others meanwhile.

use std::future::poll_fn;
use std::task::Poll;

/// Waits exactly once.
pub async fn once() {
    let mut waited = false;
    poll_fn(|context| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// What goes wrong with a request, by its number.
pub fn named(fault: u32) -> &'static str {
    match fault {
        0 => "",
        1 => ": no connection",
        2 => ": lost on the way there",
        3 => ": lands, the answer is lost",
        4 => ": 500, nothing landed",
        5 => ": lands, answered 503",
        6 => ": 429",
        7 => ": 401",
        8 => ": lands, the answer is cut short",
        9 => ": delivered twice",
        _ => ": delivered late, the client gave up",
    }
}
