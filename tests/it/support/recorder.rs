//! A server that writes down every request byte for byte, and answers what it was told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    /// The lines between the first and the body.
    pub head: String,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// An answer, whole or broken.
#[derive(Debug, Clone)]
pub enum Reply {
    Json(u16, String),
    /// A status, headers, and a body of any sort.
    Plain(u16, String, Vec<u8>),
    /// Less of the body than is announced.
    Cut(String),
    /// A body that is longer than anybody wants.
    Long(usize),
}

impl Reply {
    pub fn ok(body: impl Into<String>) -> Self {
        Self::Json(200, body.into())
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

pub struct Recorder {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
}

impl Recorder {
    pub fn new(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (script, log, end): (Arc<Script>, _, _) =
            (Arc::new(script), Arc::clone(&asked), Arc::clone(&over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    break;
                }
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                if let Ok(stream) = stream {
                    thread::spawn(move || serve(stream, &*script, &log));
                }
            }
        });
        Self { url, asked, over }
    }

    /// Answers a token, and the script answers the rest.
    pub fn with_token(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(move |asked| match asked.target.as_str() {
            "/v1/jwt/client/obtain/token" => Reply::ok(TOKEN),
            _ => script(asked),
        })
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The bodies of the requests whose target has these words.
    pub fn bodies(&self, target: &str) -> Vec<String> {
        let own = |asked: &Asked| asked.target.contains(target);
        self.asked().into_iter().filter(own).map(|asked| asked.body).collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let host = self.url.trim_start_matches("http://");
        drop(TcpStream::connect(host));
    }
}

/// The access token that recorders hand out.
pub const ACCESS_TOKEN: &str = "tok-3f9a1c77d2e84b06";

pub const TOKEN: &str = r#"{"access_token":"tok-3f9a1c77d2e84b06","expires_in":60}"#;

fn serve(stream: TcpStream, script: &Script, log: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(asked) = read(&mut reader) {
        log.lock().unwrap().push(asked.clone());
        let reply = script(&asked);
        // whoever asked may have gone away
        if !answer(&mut writer, reply).unwrap_or(false) {
            let _ = writer.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut asked = Asked { method, target, head, body: String::new() };
    let length = asked.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}

/// Whether the connection can be used again.
fn answer(writer: &mut TcpStream, reply: Reply) -> std::io::Result<bool> {
    let json = "content-type: application/json\r\n";
    match reply {
        Reply::Json(status, body) => {
            let length = body.len();
            write!(writer, "HTTP/1.1 {status} X\r\n{json}content-length: {length}\r\n\r\n{body}")?;
            Ok(true)
        }
        Reply::Plain(status, headers, body) => {
            let length = body.len();
            write!(writer, "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n")?;
            writer.write_all(&body)?;
            Ok(true)
        }
        Reply::Cut(body) => {
            let length = body.len() + 100;
            write!(writer, "HTTP/1.1 200 X\r\n{json}content-length: {length}\r\n\r\n{body}")?;
            Ok(false)
        }
        Reply::Long(length) => {
            write!(writer, "HTTP/1.1 200 X\r\n{json}content-length: {length}\r\n\r\n")?;
            let chunk = vec![b' '; 64 * 1024];
            for _ in 0..length / chunk.len() {
                writer.write_all(&chunk)?;
            }
            Ok(false)
        }
    }
}
