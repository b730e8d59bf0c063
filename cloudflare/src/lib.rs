//! The Worker that requests come to, and the Durable Objects beside it.
//!
//! A request goes to the function of its path: in this script, which then has all of them
//! ([`packed`]), or in a Worker of the function's own ([`services`]). What costs more time than a
//! request on the free plan has, hashing passwords and decoding images, runs in an object, beside
//! its function; sockets are in the object [`sessions_do::Sessions`], and each guild is one,
//! [`guild_do::Guild`]; who asks more than a part of what they may is counted by
//! [`limits_do::Limits`].
#![cfg(all(target_family = "wasm", not(target_os = "wasi")))]

#[cfg(feature = "packed")]
mod compute_do;
mod edge;
mod gateway_calls;
mod gateway_object;
mod gateway_shell;
mod gateway_standalone;
mod gateway_storage;
mod guild_do;
mod health;
mod internal_calls;
mod limits_do;
#[cfg(feature = "packed")]
mod packed;
#[cfg(not(feature = "packed"))]
mod services;
mod sessions_do;

#[cfg(feature = "packed")]
use packed as dispatch;
#[cfg(not(feature = "packed"))]
use services as dispatch;
use worker::{Context, Env, Request, Response, Result, event};

/// Answers every request from outside.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    edge::answer(request, env).await
}
