//! The Worker: one script with every function, and the Durable Objects beside it.
//!
//! A request goes to the function of its path, in this isolate. What costs more time than a request
//! on the free plan has, hashing passwords and decoding images, runs in the object
//! [`compute_do::Compute`]; sockets are in the object [`gateway_do::Gateway`]; who asks more than a
//! part of what they may is counted by [`limits_do::Limits`].
#![cfg(all(target_family = "wasm", not(target_os = "wasi")))]

mod compute_do;
mod edge;
mod gateway_do;
mod gateway_kept;
mod gateway_outbox;
mod gateway_shell;
mod gateway_socket_do;
mod health;
mod limits_do;

use worker::{Context, Env, Request, Response, Result, event};

/// Answers every request from outside.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    edge::answer(request, env).await
}
