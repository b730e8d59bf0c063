//! Rate limits that hold across isolates.
//!
//! An isolate gives out a part of each bucket by itself; beyond it the object of the caller counts,
//! for all isolates. See [`Lease`].

use std::cell::RefCell;

use anyhow::anyhow;
use http::{Method, header};
use model::gateway::internal::paths::ADMIT;

use super::super::Host;
use super::{Worker, body, fault};
use crate::limiter::lease::{Answer, Lease};
use crate::limiter::{Admission, Decision};
use crate::{BodyStream, internal};

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1024;

thread_local! {
    /// Numbers only: nothing of a request is kept here.
    static LEASE: RefCell<Lease> = RefCell::default();
}

/// Counts a request.
pub async fn admit(host: &Worker, request: &Admission) -> anyhow::Result<Decision> {
    let now_ms = now_ms(host);
    let known = LEASE.with_borrow_mut(|share| share.admit(request, now_ms));
    let question = match known {
        Ok(decision) => return Ok(decision),
        Err(question) => serde_json::to_vec(&question)?,
    };
    let answer = ask(host, request, question).await?;
    LEASE.with_borrow_mut(|share| share.learn(request, &answer, now_ms));
    Ok(answer.decision)
}

async fn ask(host: &Worker, request: &Admission, question: Vec<u8>) -> anyhow::Result<Answer> {
    let config = host.config().await?;
    let (key, method) = (&config.internal_key, Method::POST);
    let proof = internal::proof(key, &method, ADMIT, &question, host.now());
    let question = http::Request::post(format!("https://limits.internal{ADMIT}"))
        .header(header::AUTHORIZATION, proof)
        .body(BodyStream::from(question))?;
    // One object for each caller: they are counted apart.
    let name = format!("{:016x}", request.key.principal);
    let objects = host.env().durable_object("LIMITS").map_err(fault)?;
    let object = objects.get_by_name(&name).map_err(fault)?;
    let answer = object.fetch_with_request(body::to_worker(question)?).await;
    let (head, mut body) = body::response(answer.map_err(fault)?)?.into_parts();
    if !head.status.is_success() {
        return Err(anyhow!("the limits answered {}", head.status));
    }
    let body = body.collect(ANSWER_BYTES_MAX).await;
    let body = body.map_err(|_| anyhow!("the limits' answer broke off"))?;
    Ok(serde_json::from_slice(&body)?)
}

fn now_ms(host: &Worker) -> u64 {
    u64::try_from(host.now().as_millis()).unwrap_or_default()
}
