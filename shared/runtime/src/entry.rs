//! How requests come in from outside: each host's own request becomes the call of a function.

use model::Code;

use crate::request::Kept;
use crate::requirement::Declared;
use crate::{
    BodyStream, Cx, Error, Function, Request, Response, Result, host, rate_limits, respond,
};

#[cfg(target_os = "wasi")]
pub mod spin;
#[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
pub mod worker;

/// Answers one request with `function`. The whole of what a generated shell calls.
pub async fn serve(
    function: &Function,
    host: host::Current,
    request: http::Request<BodyStream>,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let Some(params) = function.matches(path) else {
        return respond::error(None, Code::NotFound.into());
    };
    let mut request = Request {
        method: parts.method,
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        params,
        body,
        kept: Kept::default(),
    };
    let mut cx = match Cx::new(host).await {
        Ok(cx) => cx,
        Err(error) => return respond::error(None, error),
    };
    let claim = rate_limits::claim(&cx, function, &request);
    let passed = match rate_limits::admit(&cx, function, &request, claim.as_ref()).await {
        Ok(passed) => passed,
        Err(refusal) => return *refusal,
    };
    let answer = run(function, &mut cx, &mut request).await;
    cx.end().await;
    let mut response = answer.unwrap_or_else(|error| respond::error(Some(&cx), error));
    if let Some(claim) = claim {
        rate_limits::note_answer(&cx, &claim, &response).await;
    }
    if let Some(passed) = passed {
        passed.describe(response.headers_mut(), cx.now());
    }
    response
}

/// Calls the handler, and again while somebody else changes between its reads and its write what it
/// read.
async fn run(function: &Function, cx: &mut Cx, request: &mut Request) -> Result<Response> {
    let operation = function.operation(&request.method);
    let operation = operation.ok_or(Error::from(Code::MethodNotAllowed))?;
    for attempt in 1.. {
        let declared = Declared::new(operation.access, operation.requires);
        cx.begin(declared, operation.method != "GET");
        match (operation.run)(cx, request).await {
            Err(Error::Conflict) if cx.may_begin_again(attempt) && request.rewind() => {}
            answer => return answer,
        }
    }
    Err(Error::Conflict)
}
