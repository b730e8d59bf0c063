//! Every answer of a function test is what Discord's description says.

use http::Method;

use super::Answer;
use crate::{Function, Mount};

/// Fails when the description says otherwise, or nothing.
#[track_caller]
pub fn check(function: &Function, method: &Method, answer: &Answer) {
    // What is outside the API is nothing of Discord's, and these two methods ask for no body.
    let asked = ![Method::HEAD, Method::OPTIONS].contains(method);
    if function.mount != Mount::Api || !asked {
        return;
    }
    let described = contract::check(&contract::Answer {
        method: method.as_str(),
        path: function.path,
        status: answer.status,
        body: &answer.body,
    });
    if let Err(complaint) = described {
        let (path, status, text) = (function.path, answer.status, answer.text());
        panic!("{method} {path}: {status} is not as Discord describes it: {complaint}: {text}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::prelude::*;
    use crate::testing::App;

    mod unknown {
        use super::*;

        function! {
            "/secrets"
            GET list_secrets
        }

        async fn list_secrets(_: &Cx, _: Anyone) -> Result<Json<Value>> {
            Ok(Json(json!([])))
        }
    }

    function! {
        "/gateway"
        GET get_gateway
    }

    async fn get_gateway(_: &Cx, _: Anyone) -> Result<Json<Value>> {
        Ok(Json(json!({ "url": 1 })))
    }

    #[test]
    #[should_panic = "is not as Discord describes it: 1 is not of type"]
    fn who_answers_something_else_fails() {
        App::new().nobody().get(&FUNCTION, "/gateway");
    }

    #[test]
    #[should_panic = "is not as Discord describes it: neither Discord nor"]
    fn who_is_not_described_fails() {
        App::new().nobody().get(&unknown::FUNCTION, "/secrets");
    }
}
