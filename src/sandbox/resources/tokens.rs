//! Access tokens.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::api::wire::Authorization;
use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::token::Token;
use crate::sandbox::figures;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::Rejection;
use crate::sandbox::setup::settings::Credential;

/// `POST /v1/jwt/client/obtain/token`
pub(crate) fn obtain(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let client_id = fields.need("client_id", field_types::text);
    let client_secret = fields.need("client_secret", field_types::text);
    fields.done()?;
    let (client_id, client_secret) = (client_id?, client_secret?);
    let known = call.settings.credentials.iter().find(|credential| {
        credential.client_id == client_id && credential.client_secret == client_secret
    });
    let credential = known
        .cloned()
        .or_else(|| call.settings.trusting.then(|| Credential::plain(&client_id, &client_secret)));
    let credential = credential.ok_or(Rejection::Detail(401, "Invalid client credentials"))?;
    let minutes = credential.lifetime_minutes.unwrap_or(call.settings.token_lifetime_minutes);
    let lifetime =
        SignedDuration::from_mins(i64::from(if credential.expired { 0 } else { minutes }));
    let expires_at = book.now().saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    let count = book.apart() + book.tokens.len() as u64 + 1;
    let tail = figures::derived_hex(call.settings.seed, "token", count, 16);
    let value = format!("sbx.{count}.{tail}");
    let token = Token { expires_at, unverified: credential.unverified, revoked: false };
    book.tokens.insert(value.clone(), token);
    Ok(json!({ "access_token": value, "expires_in": minutes }).into())
}

impl Book {
    /// Whether the token of a request is good, and if so whether its merchant has been verified.
    pub(crate) fn authenticate(
        &self,
        authorization: Option<&Authorization>,
    ) -> Result<bool, Rejection> {
        let invalid = Rejection::Detail(401, "Could not validate credentials");
        let token = match authorization {
            None => return Err(Rejection::Detail(401, "Not authenticated")),
            Some(Authorization::Other) => return Err(invalid),
            Some(Authorization::Bearer(value)) => self.tokens.get(value),
        };
        match token {
            Some(token) if !token.revoked && self.now() < token.expires_at => Ok(!token.unverified),
            _ => Err(invalid),
        }
    }

    /// Lets the token of a request go out of date.
    pub(crate) fn revoke(&mut self, authorization: Option<&Authorization>) {
        if let Some(Authorization::Bearer(value)) = authorization
            && let Some(token) = self.tokens.get_mut(value)
        {
            token.revoked = true;
        }
    }
}
