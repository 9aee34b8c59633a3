//! `realtime`: a key to be told of a collection as it happens.

use super::checkout::SOURCE_TYPE;
use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Realtime;

impl Step for Realtime {
    fn name(&self) -> &'static str {
        "realtime"
    }

    fn summary(&self) -> &'static str {
        "Gets a key for the push service; what it pushes is a hint, the status decides."
    }

    fn example(&self) -> &'static str {
        "- uses: realtime\n  with:\n    session_id: \"{{ steps.checkout.id }}\"\n    source_type: INVOICE\n    \
         reference_id: \"{{ steps.execute.reference_id }}\"\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("session_id", Ty::Id("session"), "The checkout session."),
                Field::required("source_type", SOURCE_TYPE, "What it collects."),
                Field::required("reference_id", Ty::Uuid, "The payment's reference."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("access_token", Ty::Secret, "The push service's key."),
                Field::required("expires_in", Ty::Integer, "Its life, in seconds."),
            ]
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let body = params.fields(&["session_id", "source_type", "reference_id"]);
        Ok(Call::post("/v1/realtime-keys/collection", body))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["access_token", "expires_in"])
    }
}
