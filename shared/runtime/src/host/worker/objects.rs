//! Functions that run in an object, because a request to a Worker has too little time for them.

use worker::{Env, Request, Response, Result};

/// Passes a request on to the object that does the costly work of its client. One address keeps one
/// object busy at most.
///
/// # Errors
/// When the platform has no such object.
pub async fn answer_in_object(request: Request, env: &Env) -> Result<Response> {
    let address = request.headers().get("cf-connecting-ip")?;
    let objects = env.durable_object("COMPUTE")?;
    let object = objects.get_by_name(address.as_deref().unwrap_or("nowhere"))?;
    object.fetch_with_request(request).await
}
