//! `token`: exchanges the client's credentials for a bearer token.

use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::api::words::TOKEN_PATH;
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Token;

impl Step for Token {
    fn name(&self) -> &'static str {
        "token"
    }

    fn summary(&self) -> &'static str {
        "Obtains the access token that every other step sends; renewed by itself before it expires."
    }

    fn example(&self) -> &'static str {
        "- uses: token\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::optional(
                    "client_id",
                    Ty::Secret,
                    "The API client. Default: the environment's DOLLR_CLIENT_ID.",
                ),
                Field::optional(
                    "client_secret",
                    Ty::Secret,
                    "Its secret. Default: the environment's DOLLR_CLIENT_SECRET.",
                ),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("access_token", Ty::Secret, "The bearer token."),
                Field::required("expires_in", Ty::Integer, "Its life, in minutes."),
            ]
        }
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        match (given.contains(&"client_id"), given.contains(&"client_secret")) {
            (true, false) => Some(("client_id", "`client_id` needs `client_secret`".to_owned())),
            (false, true) => {
                Some(("client_secret", "`client_secret` needs `client_id`".to_owned()))
            }
            _ => None,
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        Ok(Call::post(TOKEN_PATH, params.fields(&["client_id", "client_secret"])))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["access_token", "expires_in"])
    }
}
