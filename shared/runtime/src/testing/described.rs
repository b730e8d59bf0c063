//! Every answer of a function test is as it is described.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use contract::Description;
use http::Method;

use super::Answer;
use crate::{Function, openapi};

/// Fails when a description says otherwise, or nothing: Discord's, or our own of the function.
#[track_caller]
pub fn check(function: &Function, method: &Method, answer: &Answer) {
    // These two methods ask for no body.
    if [Method::HEAD, Method::OPTIONS].contains(method) {
        return;
    }
    let path = openapi::path(function);
    let described = contract::Answer {
        method: method.as_str(),
        path: &path,
        status: answer.status,
        body: &answer.body,
    };
    if let Err(complaint) = contract::check(&described, description(function, &path)) {
        let (status, text) = (answer.status, answer.text());
        panic!("{method} {path}: {status} is {complaint}: {text}");
    }
}

/// What the function says of itself. It is not read from `docs/openapi.json`, which need not be
/// written anew before a test of what has changed.
fn description(function: &Function, path: &str) -> &'static Description {
    static KNOWN: Mutex<Option<HashMap<String, &'static Description>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    known.entry(path.to_owned()).or_insert_with(|| {
        let document = openapi::document([("", function)]);
        Box::leak(Box::new(Description::of(Box::leak(Box::new(document)))))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::prelude::*;
    use crate::testing::App;

    function! {
        "/gateway"
        GET get_gateway
    }

    async fn get_gateway(_: &Cx, _: Anyone) -> Result<Json<Value>> {
        Ok(Json(json!({ "url": 1 })))
    }

    #[test]
    #[should_panic = "is not as Discord describes it: 1 is not of type"]
    fn undescribed_answers_fail() {
        App::new().nobody().get(&FUNCTION, "/gateway");
    }

    /// The method is another than that of Discord's, so that only our description has it.
    mod ours {
        use super::*;

        function! {
            "/gateway"
            PATCH update_gateway
        }

        #[derive(serde::Serialize, schemars::JsonSchema)]
        struct Odd {
            #[schemars(with = "String")]
            url: u8,
        }

        async fn update_gateway(_: &Cx, _: Anyone) -> Result<Json<Odd>> {
            Ok(Json(Odd { url: 1 }))
        }
    }

    #[test]
    #[should_panic = "is not as we describe it: 1 is not of type"]
    fn answers_that_differ_from_their_type_fail() {
        let nobody = json!({});
        App::new()
            .nobody()
            .patch(&ours::FUNCTION, "/gateway", nobody);
    }
}
