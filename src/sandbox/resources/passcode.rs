//! The passcode that approves a payout.

use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::fields::{Fields, Read};
use crate::sandbox::protocol::rejection::Flaw;
use crate::sandbox::setup::settings::PasscodeSetting;

/// What a payout's request says to be approved.
pub(crate) struct Approval {
    code: String,
    phone: Option<String>,
    user_id: Option<String>,
}

impl Approval {
    /// Whether it is the merchant's.
    pub(crate) fn is_right(&self, setting: &PasscodeSetting) -> bool {
        self.code == setting.code
            && self.phone.as_ref().is_none_or(|phone| *phone == setting.phone)
            && self.user_id.as_ref().is_none_or(|user| *user == setting.user_id)
    }
}

/// Reads the passcode of a body: a token and a full description of the device.
pub(crate) fn read(fields: &mut Fields<'_>) -> Read<Approval> {
    fields.inside("passcode", |passcode| {
        let approval = passcode.inside("token", |token| {
            let code = token.need("code", field_types::any_text);
            let phone = token.may("phone", field_types::any_text);
            let user_id = token.may("user_id", field_types::any_text);
            if let (Ok(None), Ok(None)) = (&phone, &user_id) {
                token.refuse("phone", Flaw::missing());
            }
            Ok(Approval { code: code?, phone: phone?, user_id: user_id? })
        });
        let device = passcode.inside("device", |device| {
            let parts = ["name", "type", "platform", "user_agent", "client_ip"];
            let read = parts.map(|part| device.need(part, field_types::text));
            read.into_iter().try_for_each(|part| part.map(drop))
        });
        device.and(approval)
    })
}
