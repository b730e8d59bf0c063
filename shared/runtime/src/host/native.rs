//! The native host of function tests: databases in memory, a fixed clock, counted randomness.
//!
//! Outside tests nothing constructs it; it exists so that functions compile natively.

use std::sync::Arc;

use model::Timestamp;
use store::{Call, Database, Error, Outcome, Partitions, d1};

use super::Host;
use crate::host::SUBREQUESTS_MAX;
use crate::limiter::{Admission, Decision};
use crate::{BodyStream, Config};

/// A host whose every part a test supplies.
#[derive(Clone)]
pub struct Native(Arc<dyn Backend>);

/// What a test supplies. All of it is synchronous: nothing in a test waits.
pub trait Backend {
    /// Among how many databases messages are divided.
    fn partitions(&self) -> Partitions;
    /// Runs a call on the databases in memory.
    ///
    /// # Errors
    /// The store's own.
    fn call(&self, call: Call) -> Result<Vec<Outcome>, Error>;
    /// The fixed clock.
    fn now(&self) -> Timestamp;
    /// Counted randomness.
    fn random(&self, bytes: &mut [u8]);
    /// The settings.
    fn config(&self) -> Arc<Config>;
    /// Counts a request.
    fn admit(&self, request: &Admission) -> Decision;
    /// Blobs and other hosts, as far as the test has them.
    ///
    /// # Errors
    /// When the test has no such host.
    fn fetch(
        &self,
        request: http::Request<BodyStream>,
    ) -> anyhow::Result<http::Response<BodyStream>>;
}

impl Native {
    /// The host made of these parts.
    pub fn new(backend: impl Backend + 'static) -> Self {
        Self(Arc::new(backend))
    }
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Native")
    }
}

impl Database for Native {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        d1::check(&call)?;
        self.0.call(call)
    }

    fn partitions(&self) -> Partitions {
        self.0.partitions()
    }
}

impl Host for Native {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn subrequests_max(&self) -> usize {
        // As on Cloudflare, so that what only goes well elsewhere shows.
        SUBREQUESTS_MAX
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }

    async fn config(&self) -> anyhow::Result<Arc<Config>> {
        Ok(self.0.config())
    }

    async fn admit(&self, request: &Admission) -> anyhow::Result<Decision> {
        Ok(self.0.admit(request))
    }

    async fn fetch(
        &self,
        request: http::Request<BodyStream>,
    ) -> anyhow::Result<http::Response<BodyStream>> {
        // The body's producer may be waiting beside this call.
        let (parts, mut body) = request.into_parts();
        let whole = body
            .collect(usize::MAX)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        self.0
            .fetch(http::Request::from_parts(parts, BodyStream::Full(whole)))
    }
}
