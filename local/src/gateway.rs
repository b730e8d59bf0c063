//! The gateway in this process: sockets, timers and calls around the pure cores.
//!
//! One task, the hub, owns all state. Every socket has a task of its own that decodes what its
//! client sends and encodes what it gets; the two talk in queues, so nothing is locked. An event is
//! serialised once, by whoever made it; sockets write their few bytes of head and copy the rest.

mod calls;
mod frames;
mod hub;
mod inbox;
mod outbox;
mod snapshot;
mod socket;
#[cfg(test)]
mod tests;
mod upgrade;

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gateway_durable::SocketId;
use gateway_durable::compression::zstd::Budget;
use gateway_durable::registry::Settings;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use model::{Code, Event};
use runtime::limiter::{Admission, Decision, Key, Limiter, Rule};
use runtime::rate_limits::caller::Caller;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::body::{Body, empty};
use crate::ports::{self, Pending};
use crate::server::Server;
use inbox::{FromSocket, News};

/// What sockets may have said that the hub has not heard yet. Those that say more wait.
const UNHEARD_MAX: usize = 4096;

/// Sockets at the same time; more are refused.
const SOCKETS_MAX: usize = 20_000;

/// Sockets that one address may open: a large bot's shards behind one of them start within some
/// seconds, and a flood stays as cheap as the answer 429.
const OPENED: Rule = Rule {
    limit: 500,
    per_ms: 10_000,
};

/// Bytes that the compressors of `zstd-stream` may take, each for one socket: some 500. Sockets
/// that find none left get the same stream without compression. With 10,000 sockets these are 5
/// KiB for each.
const ZSTD_BYTES: usize = 48 * 1024 * 1024;

/// The file of sessions that outlive the process.
const SNAPSHOT: &str = "gateway.json";

/// How long sockets get to say goodbye when the process stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// How an internal function is called: method, path and body, then status and body.
pub trait Internal: Send + Sync + 'static {
    /// Calls the function.
    fn call(&self, method: Method, path: String, body: Bytes) -> Pending<'static, (u16, Bytes)>;
}

/// The functions behind the listener of this process. The server is not kept alive by it.
pub struct Functions(std::sync::Weak<Server>);

impl Functions {
    /// The functions of `server`.
    pub fn of(server: &Arc<Server>) -> Arc<Self> {
        Arc::new(Self(Arc::downgrade(server)))
    }
}

impl Internal for Functions {
    fn call(&self, method: Method, path: String, body: Bytes) -> Pending<'static, (u16, Bytes)> {
        let server = self.0.upgrade();
        Box::pin(async move {
            match server {
                Some(server) => {
                    let (status, body) = server.call_internal(method, &path, body).await;
                    (status.as_u16(), body)
                }
                None => (Code::ServiceUnavailable.status(), Bytes::new()),
            }
        })
    }
}

/// The gateway, as the rest of the host holds it.
pub struct Gateway {
    news: mpsc::UnboundedSender<News>,
    sockets: mpsc::Sender<FromSocket>,
    next_socket: AtomicU64,
    /// One for each socket that may still be opened.
    places: Arc<Semaphore>,
    /// Counts sockets by the address that opens them, if anything is limited.
    door: Option<Mutex<Limiter>>,
    opened: Instant,
    /// A secret of the process, so that nobody can choose colliding addresses.
    secret: String,
    zstd: Budget,
}

impl Gateway {
    /// Starts a gateway that asks `internal`. `public_url` is where clients reach it by HTTP;
    /// sessions that outlive the process are in the data folder meanwhile.
    pub fn start(
        internal: Arc<dyn Internal>,
        public_url: &str,
        settings: &crate::settings::Settings,
    ) -> Arc<Self> {
        let interval = settings.gateway.heartbeat_interval_ms;
        let data = &settings.storage.data;
        let limited = settings.rate_limits.enabled;
        let settings = Settings {
            heartbeat_interval_ms: interval.try_into().unwrap_or(u32::MAX),
            gateway_url: gateway_url(public_url).into(),
            limit_starts: limited,
        };
        Self::with(settings, internal, Some(data.join(SNAPSHOT)))
    }

    /// Starts a gateway that asks `internal`, and leaves its sessions to the next one in a file.
    pub fn with(
        settings: Settings,
        internal: Arc<dyn Internal>,
        snapshot: Option<PathBuf>,
    ) -> Arc<Self> {
        let door = settings.limit_starts.then(Mutex::default);
        let (news, news_receiver) = mpsc::unbounded_channel();
        let (sockets, sockets_receiver) = mpsc::channel(UNHEARD_MAX);
        let calls = calls::Calls::new(internal, news.clone());
        let hub = snapshot::take(settings, snapshot.as_deref());
        tokio::spawn(hub::run(
            hub,
            snapshot,
            calls,
            news_receiver,
            sockets_receiver,
        ));
        Arc::new(Self {
            news,
            sockets,
            next_socket: AtomicU64::new(1),
            places: Arc::new(Semaphore::new(SOCKETS_MAX)),
            door,
            opened: Instant::now(),
            secret: RandomState::new().hash_one(()).to_string(),
            zstd: Budget::new(ZSTD_BYTES),
        })
    }
}

impl Gateway {
    /// Counts a socket that this address opens; false when it is one too many.
    fn admits(&self, client: IpAddr) -> bool {
        let Some(door) = &self.door else {
            return true;
        };
        let key = Key {
            principal: Caller::Address(Some(client)).principal(&self.secret),
            bucket: 0,
            major: 0,
        };
        let now_ms = self.opened.elapsed().as_millis() as u64;
        let mut door = door.lock().unwrap_or_else(PoisonError::into_inner);
        let request = Admission {
            key,
            rule: OPENED,
            global: None,
            provided: None,
        };
        matches!(door.admit(&request, now_ms), Decision::Allowed(_))
    }
}

impl ports::Gateway for Gateway {
    fn publish(&self, events: Vec<Event>) {
        // Without a hub the process is stopping, and nobody listens.
        let _ = self.news.send(News::Published(events));
    }

    fn connect(&self, request: Request<Incoming>, client: IpAddr) -> Response<Body> {
        if !self.admits(client) {
            let response = Response::builder().status(Code::RateLimited.status());
            return response.body(empty()).unwrap_or_default();
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let response = Response::builder().status(Code::ServiceUnavailable.status());
            return response.body(empty()).unwrap_or_default();
        };
        let socket = SocketId(self.next_socket.fetch_add(1, Ordering::Relaxed));
        let zstd = self.zstd.clone();
        upgrade::answer(request, socket, place, zstd, self.sockets.clone())
    }

    fn call(&self, _request: Request<Bytes>) -> Pending<'_, Response<Bytes>> {
        // Functions publish with their writes; there is nothing else to ask for yet.
        let response = Response::builder().status(Code::NotFound.status());
        let response = response.body(Bytes::new()).unwrap_or_default();
        Box::pin(std::future::ready(response))
    }

    fn shutdown(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let (done, all_gone) = oneshot::channel();
            if self.news.send(News::Shutdown(done)).is_ok() {
                let _ = tokio::time::timeout(FAREWELL, all_gone).await;
            }
        })
    }
}

/// The gateway's address beside the server's.
fn gateway_url(public_url: &str) -> String {
    let url = public_url.trim_end_matches('/');
    match url.strip_prefix("http") {
        Some(rest) => format!("ws{rest}/gateway"),
        None => format!("{url}/gateway"),
    }
}
