//! Where the host meets the gateway: what it hands over, and what it offers in return.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use model::Event;

use crate::body::Body;

/// A future that a trait object returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The gateway, as the host sees it.
pub trait Gateway: Send + Sync {
    /// Takes the events of one committed batch. Batches come in commit order, from one thread at a
    /// time, each once; a read that begins after this call sees what was written. Must not block.
    fn publish(&self, events: Vec<Event>);

    /// Answers a request at `/gateway`, with 101 when it opens a WebSocket. `client` is the
    /// address of who asks, behind trusted proxies.
    fn connect(&self, request: Request<Incoming>, client: IpAddr) -> Response<Body>;

    /// Answers a request that a function sent to `http://gateway.internal`, whole.
    fn call(&self, request: Request<Bytes>) -> Pending<'_, Response<Bytes>>;

    /// Closes all sockets. No call comes after this one.
    fn shutdown(&self) -> Pending<'_, ()>;
}

/// The gateway once there is one. Functions, stores and server hold it before it is made, since
/// it needs them.
#[derive(Clone, Default)]
pub struct GatewaySlot(Arc<OnceLock<Arc<dyn Gateway>>>);

impl GatewaySlot {
    /// Puts the gateway in. Only the first one counts.
    pub fn fill(&self, gateway: Arc<dyn Gateway>) {
        // A second gateway would be a defect of `serve`, which makes one.
        let _ = self.0.set(gateway);
    }

    /// The gateway, if there is one.
    pub fn get(&self) -> Option<&Arc<dyn Gateway>> {
        self.0.get()
    }

    /// Publishes to it; without one, nobody listens.
    pub fn publish(&self, events: Vec<Event>) {
        if let Some(gateway) = self.get().filter(|_| !events.is_empty()) {
            gateway.publish(events);
        }
    }
}

impl std::fmt::Debug for GatewaySlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GatewaySlot")
            .field(&self.get().is_some())
            .finish()
    }
}
