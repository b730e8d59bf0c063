//! Functions that run in an object, because a request to a Worker has too little time for them.

use worker::{Env, Request, Response, Result};

use crate::address;

/// Passes a request on to the object that does the costly work of its client. One address, or one
/// network of IPv6, keeps one object busy at most.
///
/// # Errors
/// When the platform has no such object.
pub async fn answer_in_object(request: Request, env: &Env) -> Result<Response> {
    let given = request.headers().get("cf-connecting-ip")?;
    let objects = env.durable_object("COMPUTE")?;
    let client = given.as_deref().and_then(address::parse);
    let client = client.map(|client| address::network(client).to_string());
    let object = objects.get_by_name(client.as_deref().unwrap_or("nowhere"))?;
    object.fetch_with_request(request).await
}
