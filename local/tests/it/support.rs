//! A host on a free port, a gateway that remembers, and a client.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use model::Event;
use spacebar::body::{Body, full};
use spacebar::host::{Host, Plan};
use spacebar::ports::{Gateway, Pending};
use spacebar::server::Server;
use spacebar::settings::{Settings, Sources};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The target folder of the build that runs this test.
pub fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// The guest, built once.
pub static GUEST: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--package",
            "local-guest",
            "--profile",
            "wasm",
        ])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(target())
        .status()
        .unwrap();
    assert!(
        built.success(),
        "the guest does not build; is the target wasm32-wasip2 there?"
    );
    target().join("wasm32-wasip2/wasm/local_guest.wasm")
});

/// A manifest with the guest at `/guest/…`, `/limited/:channel_id`, `/big`, `/images` and
/// `/internal/…`.
pub fn manifest(folder: &Path) -> PathBuf {
    let component = |name: &str, extra: &str| {
        let source = GUEST.display();
        format!(
            r#"
[component.{name}]
source = "{source}"
sqlite_databases = ["default"]
allowed_outbound_hosts = ["http://blobs.internal", "http://gateway.internal"]
[component.{name}.variables]
config = "{{{{ config }}}}"
database = "{{{{ database }}}}"
[component.{name}.tool.spacebar]
{extra}
"#
        )
    };
    let mut text = String::from(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\nversion = \"1\"\n",
    );
    for (route, name) in [
        ("/guest/...", "guest"),
        ("/limited/:channel_id", "limited"),
        ("/big/...", "big"),
        ("/images/...", "images"),
        ("/internal/...", "guest"),
    ] {
        let trigger = format!("[[trigger.http]]\nroute = \"{route}\"\ncomponent = \"{name}\"\n");
        text.push_str(&trigger);
    }
    let operations = |method: &str, limit: u32| {
        format!(
            "{{ method = \"{method}\", name = \"{method}_it\", limit = {limit}, per_ms = 60000 }}"
        )
    };
    let many = format!(
        "[{}, {}]",
        operations("GET", 100_000),
        operations("POST", 100_000)
    );
    text += &component(
        "guest",
        &format!("body_bytes_max = 100000\noperations = {many}"),
    );
    text += &component(
        "big",
        &format!("body_bytes_max = 100000000\noperations = {many}"),
    );
    text += &component("images", &format!("decodes = true\noperations = {many}"));
    text += &component(
        "limited",
        &format!("operations = [{}]", operations("GET", 2)),
    );
    let path = folder.join("spin.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// A gateway that remembers what it is given.
#[derive(Default)]
pub struct Recorder {
    pub events: Mutex<Vec<Event>>,
}

impl Gateway for Recorder {
    fn publish(&self, events: Vec<Event>) {
        self.events.lock().unwrap().extend(events);
    }

    fn connect(&self, _: Request<Incoming>, client: IpAddr) -> Response<Body> {
        Response::new(full(format!("a socket for {client}")))
    }

    fn call(&self, request: Request<Bytes>) -> Pending<'_, Response<Bytes>> {
        Box::pin(async move { Response::new(request.into_body()) })
    }

    fn shutdown(&self) -> Pending<'_, ()> {
        Box::pin(async {})
    }
}

/// A host that runs in this process until it is dropped or stopped.
pub struct App {
    pub address: SocketAddr,
    pub server: Arc<Server>,
    pub gateway: Arc<Recorder>,
    pub data: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

/// An answer that came whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl App {
    /// A host with these settings over the defaults.
    pub async fn with(assignments: &[&str], strict: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut all = vec![
            "server.listen=127.0.0.1:0".to_owned(),
            format!("storage.data={}", data.display()),
            format!("storage.cache={}", target().join("tmp/aot").display()),
            "rate_limits.global_per_second=100000".to_owned(),
        ];
        all.extend(
            assignments
                .iter()
                .map(|assignment| (*assignment).to_owned()),
        );
        let sources = Sources {
            assignments: all,
            ..Sources::default()
        };
        Self::start(sources.read().unwrap(), strict, data, folder).await
    }

    pub async fn new() -> Self {
        Self::with(&[], false).await
    }

    async fn start(
        settings: Settings,
        strict: bool,
        data: PathBuf,
        folder: tempfile::TempDir,
    ) -> Self {
        let manifest = manifest(folder.path());
        let plan = Plan {
            settings,
            manifest,
            strict,
            database_url: None,
            compiler: None,
        };
        let host = Host::new(&plan).await.unwrap();
        let gateway = Arc::new(Recorder::default());
        host.gateway.fill(gateway.clone());
        let (stop, stopped) = oneshot::channel();
        let address = host.address().unwrap();
        let server = Arc::clone(&host.server);
        let served = tokio::spawn(host.serve(async {
            // A dropped sender stops the host too.
            let _ = stopped.await;
        }));
        Self {
            address,
            server,
            gateway,
            data,
            stop: Some(stop),
            served: Some(served),
            _folder: folder,
        }
    }

    /// Stops the host and waits until it stopped.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        self.served.take().unwrap().await.unwrap();
    }

    pub async fn connect(&self) -> SendRequest<Full<Bytes>> {
        connect(self.address).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "").await
    }

    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut connection = self.connect().await;
        ask(&mut connection, method, path, headers, body).await
    }
}

pub async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

pub async fn ask(
    connection: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    connection.ready().await.unwrap();
    let request = request.body(Full::new(body.into())).unwrap();
    let response = connection.send_request(request).await.unwrap();
    let (head, body) = response.into_parts();
    Answer {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}
