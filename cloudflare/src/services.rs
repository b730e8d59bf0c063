//! Every function a Worker of its own, bound to this one as a service.

use std::sync::OnceLock;

use runtime::BodyStream;
use runtime::host::worker::{self as host, Worker};
use runtime::routes::Routes;
use worker::{Env, Request, Response, Result};

/// The list of routes that every host reads. It is generated, so its lines have one form.
const MANIFEST: &str = include_str!("../../spin.toml");

/// The bindings by the routes of their functions.
static ROUTES: OnceLock<Routes<String>> = OnceLock::new();

/// The binding of a path's function.
pub fn find(path: &str) -> Option<String> {
    Some(routes().find(path)?.target.clone())
}

/// Answers a request from outside.
pub async fn answer(binding: String, incoming: Request, env: Env) -> Result<Response> {
    let answer = env.service(&binding)?.fetch_request(incoming).await?;
    answer.try_into()
}

/// Calls a function from inside.
///
/// # Errors
/// When the platform has no such service.
pub async fn call(
    binding: String,
    host: &Worker,
    mut request: http::Request<BodyStream>,
) -> anyhow::Result<runtime::Response> {
    *request.uri_mut() = format!("https://functions.internal{}", request.uri()).parse()?;
    host::call(&host.env().service(&binding)?, request).await
}

fn routes() -> &'static Routes<String> {
    ROUTES.get_or_init(|| {
        let mut routes = Routes::default();
        let mut route = None;
        for line in MANIFEST.lines() {
            if let Some(pattern) = value(line, "route") {
                route = Some(pattern);
            } else if let Some(component) = value(line, "component")
                && let Some(route) = route.take()
            {
                // A test would find two routes that are the same.
                let _ = routes.insert(route, binding(component));
            }
        }
        routes
    })
}

/// The value of a line that gives `key` a text.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let line = line.strip_prefix(key)?;
    line.strip_prefix(" = \"")?.strip_suffix('"')
}

/// The binding by which a component is reached.
fn binding(component: &str) -> String {
    component.replace('-', "_").to_uppercase()
}
