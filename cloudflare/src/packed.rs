//! Every function in this script: the packed form.

use std::sync::OnceLock;

use model::Code;
use runtime::entry::worker as entry;
use runtime::host::worker::Worker;
use runtime::routes::Routes;
use runtime::{BodyStream, Function};
use worker::{Env, Request, Response, Result};

/// Bytes of JSON that are read in time: 9 ms a megabyte, beside what else a function does.
const JSON_BYTES_MAX: u64 = 400_000;

/// The functions by their routes, the same as in `spin.toml`.
static ROUTES: OnceLock<Routes<&'static Function>> = OnceLock::new();

/// The function of a path.
pub fn find(path: &str) -> Option<&'static Function> {
    Some(routes().find(path)?.target)
}

/// Answers a request from outside, in this isolate or in an object that has the time for it.
pub async fn answer(function: &Function, incoming: Request, env: Env) -> Result<Response> {
    match function.is_costly() || has_picture(&incoming) {
        true => entry::answer_in_object(incoming, &env).await,
        false => entry::answer(function, incoming, env).await,
    }
}

/// Whether to read the body alone costs more than a request has: JSON with a picture in it.
fn has_picture(incoming: &Request) -> bool {
    let header = |name| {
        incoming
            .headers()
            .get(name)
            .ok()
            .flatten()
            .unwrap_or_default()
    };
    let bytes = header("content-length").parse::<u64>().unwrap_or(0);
    bytes > JSON_BYTES_MAX && header("content-type").starts_with("application/json")
}

/// Runs the function of a request's path here, whatever time it takes.
pub async fn run(incoming: Request, env: Env) -> Result<Response> {
    match find(&incoming.path()) {
        Some(function) => entry::answer(function, incoming, env).await,
        None => entry::refuse(Code::NotFound),
    }
}

/// Calls a function from inside.
///
/// # Errors
/// Never: a service may fail, a function answers.
pub async fn call(
    function: &Function,
    host: &Worker,
    request: http::Request<BodyStream>,
) -> anyhow::Result<runtime::Response> {
    Ok(entry::serve(function, host.clone(), request).await)
}

fn routes() -> &'static Routes<&'static Function> {
    ROUTES.get_or_init(|| {
        let mut routes = Routes::default();
        let functions = functions::CATALOGUE.iter().flat_map(|(_, files)| *files);
        for (_, function) in functions {
            // The same routes are in `spin.toml`, where a test would find two that are the same.
            for route in function.routes() {
                let _ = routes.insert(&route, function);
            }
        }
        routes
    })
}
