//! Requests that come to a Worker on Cloudflare.

mod objects;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use model::Code;
use worker::Env;

use crate::host::worker::{Worker, request, respond};
use crate::{BodyStream, Function, Response, cors};
pub use objects::answer_in_object;

/// Answers a request from outside with a function.
///
/// # Errors
/// When the platform does not take the answer.
pub async fn answer(
    function: &Function,
    incoming: worker::Request,
    env: Env,
) -> worker::Result<worker::Response> {
    let Ok(request) = request(incoming) else {
        return refuse(Code::BadRequest);
    };
    let host = Worker::new(env, request.uri());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = serve(function, host, request).await;
    cors::allow(response.headers_mut(), origin.as_ref());
    respond(response)
}

/// The answer of a function.
pub async fn serve(
    function: &Function,
    host: Worker,
    mut request: http::Request<BodyStream>,
) -> Response {
    name_client(request.headers_mut());
    crate::serve(function, host, request).await
}

/// An error as clients get it.
///
/// # Errors
/// Never, in truth.
pub fn refuse(code: Code) -> worker::Result<worker::Response> {
    respond(crate::respond::error(None, code.into()))
}

/// Puts the client's address, which only the platform knows, where functions look for it.
fn name_client(headers: &mut HeaderMap) {
    const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let address: Option<HeaderValue> = headers.get("cf-connecting-ip").cloned();
    headers.remove(&FORWARDED_FOR);
    if let Some(address) = address {
        headers.insert(FORWARDED_FOR, address);
    }
}
