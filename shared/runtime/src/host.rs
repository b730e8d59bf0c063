//! The hosts: what [`Cx`](crate::Cx) stands on. Requests come in by [`entry`](crate::entry). Only
//! files of the two name an SDK.

use std::sync::Arc;

use model::Timestamp;
use store::Database;

use crate::limiter::{Admission, Decision};
use crate::{BodyStream, Config};

#[cfg(target_os = "wasi")]
pub mod spin;
#[cfg(target_os = "wasi")]
pub use spin::Spin as Current;

#[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
pub mod worker;
#[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
pub use worker::Worker as Current;

#[cfg(not(target_family = "wasm"))]
pub mod native;
#[cfg(not(target_family = "wasm"))]
pub use native::Native as Current;

/// Statements and requests that one call of a function makes at most. Cloudflare's free plan takes
/// 50 [subrequests](https://developers.cloudflare.com/workers/platform/limits/#subrequests), the
/// [queries](https://developers.cloudflare.com/d1/platform/limits/) of D1 among them; whether a batch
/// is one of them or as many as it has statements is not said. Two are the host's own: one to count
/// the call, one to tell the gateway.
pub const SUBREQUESTS_MAX: usize = 48;

/// What a host offers besides its databases. `Cx` uses the chosen one by alias: no generics and
/// no `dyn` reach a handler.
#[allow(async_fn_in_trait, reason = "hosts are chosen by alias, never boxed")]
pub trait Host: Database {
    /// The time.
    fn now(&self) -> Timestamp;

    /// The time, and the microseconds of its millisecond where the clock is that fine.
    fn precise_now(&self) -> (Timestamp, Option<u32>) {
        (self.now(), None)
    }

    /// How many statements and requests of one call it answers at most.
    fn subrequests_max(&self) -> usize {
        usize::MAX
    }

    /// Fills `bytes` with random ones, good enough for secrets.
    fn random(&self, bytes: &mut [u8]);

    /// The instance's settings.
    async fn config(&self) -> anyhow::Result<Arc<Config>>;

    /// Counts a request, together with those that other instances of the functions answer.
    async fn admit(&self, request: &Admission) -> anyhow::Result<Decision>;

    /// Sends a request.
    async fn fetch(
        &self,
        request: http::Request<BodyStream>,
    ) -> anyhow::Result<http::Response<BodyStream>>;
}

/// Writes a line to the host's log, which adds the request's id.
#[cfg(not(all(target_family = "wasm", not(target_os = "wasi"))))]
pub fn log_error(text: &str) {
    eprintln!("error: {text}");
}

/// Writes a line to the platform's log.
#[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
pub fn log_error(text: &str) {
    ::worker::console_error!("{text}");
}
