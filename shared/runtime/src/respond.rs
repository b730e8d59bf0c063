//! Answers, and the one place that writes the error envelope.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use model::Code;
use model::error::VIA;
use serde::Serialize;
use serde_json::json;

#[cfg(not(target_family = "wasm"))]
use crate::described::Described;
use crate::{BodyStream, Cx, Error, Response, Result};

/// What a handler may return.
pub trait Respond {
    /// The answer.
    ///
    /// # Errors
    /// When the value cannot be serialised.
    fn respond(self) -> Result<Response>;

    /// Says what it answers. Natively alone.
    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>);
}

/// What has a schema, which a component does without.
#[cfg(not(target_family = "wasm"))]
pub use schemars::JsonSchema as HasSchema;

/// What has a schema, which a component does without.
#[cfg(target_family = "wasm")]
pub trait HasSchema {}

#[cfg(target_family = "wasm")]
impl<T: ?Sized> HasSchema for T {}

/// 200 with a JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// 201 with a JSON body.
#[derive(Debug)]
pub struct Created<T>(pub T);

/// 204.
#[derive(Debug)]
pub struct NoContent;

impl<T: Serialize + HasSchema> Respond for Json<T> {
    fn respond(self) -> Result<Response> {
        json_response(StatusCode::OK, &self.0)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.answer(StatusCode::OK, operation.schemas().of::<T>());
    }
}

impl<T: Serialize + HasSchema> Respond for Created<T> {
    fn respond(self) -> Result<Response> {
        json_response(StatusCode::CREATED, &self.0)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.answer(StatusCode::CREATED, operation.schemas().of::<T>());
    }
}

impl Respond for NoContent {
    fn respond(self) -> Result<Response> {
        Ok(with_status(StatusCode::NO_CONTENT, Bytes::new()))
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.answer_without_body(StatusCode::NO_CONTENT);
    }
}

impl Respond for Response {
    fn respond(self) -> Result<Response> {
        Ok(self)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        operation.answer_of_any_kind();
        operation.answer_without_body(StatusCode::RANGE_NOT_SATISFIABLE);
    }
}

impl<A: Respond, B: Respond> Respond for Result<A, B> {
    /// Either answer: for handlers with two successful outcomes.
    fn respond(self) -> Result<Response> {
        match self {
            Ok(answer) => answer.respond(),
            Err(answer) => answer.respond(),
        }
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>) {
        A::describe(operation);
        B::describe(operation);
    }
}

fn with_status(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(BodyStream::Full(body));
    *response.status_mut() = status;
    response
}

fn json_response(status: StatusCode, value: &impl Serialize) -> Result<Response> {
    let body = serde_json::to_vec(value).map_err(anyhow::Error::from)?;
    let mut response = with_status(status, body.into());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

/// A redirect that may be cached for `location`'s lifetime.
pub fn redirect(location: &str) -> Result<Response> {
    let mut response = with_status(StatusCode::FOUND, Bytes::new());
    let location = HeaderValue::from_str(location).map_err(anyhow::Error::from)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// The answer, or 304 to a client that has it: one whose `If-None-Match` names its `ETag`.
///
/// See [RFC 9110, 13.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2).
pub fn unless_known(mut response: Response, asked: &HeaderMap) -> Response {
    let tag = response.headers().get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    let known = asked.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|known| known.to_str().ok());
    let mut known = known.flat_map(|known| known.split(',')).map(str::trim);
    if !tag.is_empty() && known.any(|it| it == "*" || it.trim_start_matches("W/") == tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = BodyStream::empty();
    }
    response
}

/// The error as Discord's envelope. Internal errors go to the log, whole, and the client sees only
/// that there was one.
pub fn error(cx: Option<&Cx>, error: Error) -> Response {
    let (code, body) = match error {
        Error::Api(code) => (code, envelope(cx, code)),
        Error::Conflict => (Code::Overloaded, envelope(cx, Code::Overloaded)),
        Error::Form(errors) => {
            let mut body = envelope(cx, Code::InvalidFormBody);
            body["errors"] = json!(errors);
            (Code::InvalidFormBody, body)
        }
        Error::RateLimited { code, until } => return rate_limited(cx, code, until),
        Error::Internal(error) => {
            crate::host::log_error(&format!("{error:?}"));
            (
                Code::InternalServerError,
                envelope(cx, Code::InternalServerError),
            )
        }
    };
    json_response(status_of(code), &body)
        .unwrap_or_else(|_| with_status(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()))
}

fn rate_limited(cx: Option<&Cx>, code: Code, until: model::Timestamp) -> Response {
    let wait_ms = cx.map_or(1000, |cx| until.since_millis(cx.now()).max(1));
    let mut body = envelope(cx, code);
    body["retry_after"] = json!(wait_ms as f64 / 1000.0);
    body["global"] = json!(false);
    let mut response = json_response(status_of(code), &body)
        .unwrap_or_else(|_| with_status(StatusCode::TOO_MANY_REQUESTS, Bytes::new()));
    let seconds = HeaderValue::from((wait_ms as u64).div_ceil(1000));
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, seconds);
    headers.insert(header::VIA, HeaderValue::from_static(VIA));
    headers.insert(
        HeaderName::from_static("x-ratelimit-scope"),
        HeaderValue::from_static("shared"),
    );
    response
}

fn envelope(cx: Option<&Cx>, code: Code) -> serde_json::Value {
    let limit = cx.and_then(|cx| cx.config().limits.named_by(code));
    let message = match limit {
        Some(limit) => with_limit(code.message(), limit),
        None => code.message().to_owned(),
    };
    json!({ "message": message, "code": code.number() })
}

/// Discord's sentence, which ends with its own limit, with the one that is in force.
fn with_limit(message: &str, limit: u32) -> String {
    match message.rsplit_once('(') {
        Some((sentence, _)) => format!("{sentence}({limit})"),
        None => message.to_owned(),
    }
}

/// The code's status, from its table.
pub fn status_of(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::{App, block_on};

    #[test]
    fn a_sentence_names_the_limit_that_is_in_force() {
        let app = App::new();
        app.configure(|config| {
            config.limits.pins_per_channel_max = 7;
            config.limits.roles_per_guild_max = 7;
        });
        let cx = block_on(Cx::new(app.host())).unwrap();
        let message = |code| envelope(Some(&cx), code)["message"].clone();
        assert_eq!(
            message(Code::TooManyPins),
            "Maximum number of pins reached for the channel (7)"
        );
        for code in Code::ALL {
            let limit = cx.config().limits.named_by(*code);
            let shown = message(*code).as_str().unwrap().to_owned();
            match limit {
                Some(limit) => assert!(shown.ends_with(&format!("({limit})")), "{shown}"),
                None => assert_eq!(shown, code.message()),
            }
        }
    }
}
