//! The object that is the gateway: every socket, session and guild, around the pure cores.
//!
//! It lives in memory while sockets or sessions do. When the platform moves or restarts it, sockets
//! close and clients identify anew.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use gateway_durable::bucket::{self, Settings};
use gateway_durable::calls::Question;
use gateway_durable::encoding::Transport;
use gateway_durable::hub::{Effect, Hub, Input};
use gateway_durable::{SessionId, SocketId};
use http::{Method, Uri, header};
use model::{Code, Event};
use runtime::host::worker::{News, PUBLISH, Worker, refuse, request};
use runtime::host::{Host, log_error};
use runtime::{BodyStream, internal};
use wasm_bindgen_futures::spawn_local;
use worker::{Delay, DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::edge::call_internal;
use crate::gateway_outbox::Outbox;
use crate::gateway_socket_do::{self, Socket};

/// How often deadlines are looked at while there are sockets or sessions.
const TICK: Duration = Duration::from_secs(1);
/// After how many of these the outbox is read without being told to.
const LOOK_EVERY: u64 = 10;
/// When work is looked for that was put off, in milliseconds after something was written.
const JOBS_LATER_MS: i64 = 70 * 60 * 1000;
/// Bytes of what a function tells.
const NEWS_BYTES_MAX: usize = 4 << 20;

/// The gateway of the instance.
#[durable_object]
pub struct Gateway {
    state: Rc<State>,
    env: Env,
    /// Made with the first request, which tells where clients reach the instance.
    shell: OnceCell<Rc<Shell>>,
}

impl DurableObject for Gateway {
    fn new(state: State, env: Env) -> Self {
        Self {
            state: Rc::new(state),
            env,
            shell: OnceCell::new(),
        }
    }

    async fn fetch(&self, incoming: Request) -> Result<Response> {
        let Ok(mut request) = request(incoming) else {
            return refuse(Code::BadRequest);
        };
        let shell = match self.shell(request.uri()).await {
            Ok(shell) => shell,
            Err(error) => {
                log_error(&format!("the gateway cannot start: {error:#}"));
                return refuse(Code::ServiceUnavailable);
            }
        };
        match request.uri().path() {
            PUBLISH => shell.hear(&mut request).await,
            _ => gateway_socket_do::open(shell, &request),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        work(&Worker::new(self.env.clone(), &Uri::default())).await;
        Response::empty()
    }
}

impl Gateway {
    async fn shell(&self, uri: &Uri) -> anyhow::Result<&Rc<Shell>> {
        let host = Worker::new(self.env.clone(), uri);
        let url = host.config().await?.gateway_public_url();
        let new = || Rc::new(Shell::new(self.state.clone(), host, url));
        Ok(self.shell.get_or_init(new))
    }
}

/// The core and what it acts upon.
pub struct Shell {
    /// The stores and functions.
    pub host: Worker,
    /// What is known of the outboxes.
    pub outbox: Outbox,
    state: Rc<State>,
    hub: RefCell<Hub>,
    sockets: RefCell<HashMap<SocketId, Socket>>,
    next_socket: Cell<u64>,
    published: Cell<u64>,
    ticking: Cell<bool>,
}

impl Shell {
    fn new(state: Rc<State>, host: Worker, gateway_url: String) -> Self {
        let settings = Settings {
            heartbeat_interval_ms: Settings::HEARTBEAT_INTERVAL_MS,
            gateway_url: gateway_url.into(),
            limit_starts: true,
        };
        Self {
            host,
            outbox: Outbox::default(),
            state,
            hub: RefCell::new(Hub::new(settings)),
            sockets: RefCell::default(),
            next_socket: Cell::new(1),
            published: Cell::new(0),
            ticking: Cell::new(false),
        }
    }

    /// Takes in a socket, and from then on looks after deadlines.
    pub fn open(self: &Rc<Self>, socket: Socket, transport: Transport) -> SocketId {
        let id = SocketId(self.next_socket.replace(self.next_socket.get() + 1));
        self.sockets.borrow_mut().insert(id, socket);
        let mut random = [0; 16];
        self.host.random(&mut random);
        self.say(bucket::Input::Opened {
            socket: id,
            transport,
            session_id: SessionId(u128::from_le_bytes(random)),
        });
        if !self.ticking.replace(true) {
            spawn_local(self.clone().keep_time());
        }
        id
    }

    /// Takes what a socket says.
    pub fn say(self: &Rc<Self>, input: bucket::Input) {
        if let bucket::Input::Closed { socket, .. } = input {
            self.sockets.borrow_mut().remove(&socket);
        }
        self.handle(Input::Bucket(input));
    }

    /// Publishes events, in this order.
    pub fn publish(self: &Rc<Self>, events: Vec<Event>) {
        let first = self.published.get();
        self.published.set(first + events.len() as u64);
        self.handle(Input::Published { first, events });
    }

    /// Takes what a function tells.
    async fn hear(self: &Rc<Self>, request: &mut http::Request<BodyStream>) -> Result<Response> {
        let body = request.body_mut().collect(NEWS_BYTES_MAX).await;
        let (Ok(body), Ok(config)) = (body, self.host.config().await) else {
            return refuse(Code::BadRequest);
        };
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let (key, method, now) = (&config.internal_key, request.method(), self.host.now());
        if !internal::proves(given, key, method, PUBLISH, &body, now) {
            return refuse(Code::NotFound);
        }
        let Ok(news) = serde_json::from_slice::<News>(&body) else {
            return refuse(Code::BadRequest);
        };
        if !news.events.is_empty() {
            self.publish(news.events);
        }
        let shell = self.clone();
        self.state.wait_until(async move {
            shell.deliver().await;
            if news.jobs {
                work(&shell.host).await;
            }
        });
        let storage = self.state.storage();
        if storage.get_alarm().await?.is_none() {
            storage.set_alarm(JOBS_LATER_MS).await?;
        }
        Response::empty()
    }

    /// Looks after deadlines until there is nobody left who has one.
    async fn keep_time(self: Rc<Self>) {
        for tick in 1_u64.. {
            Delay::from(TICK).await;
            self.handle(Input::Bucket(bucket::Input::Tick));
            if tick.is_multiple_of(LOOK_EVERY) {
                self.deliver().await;
            }
            let hub = self.hub.borrow();
            if hub.bucket().connections() == 0 && hub.bucket().sessions() == 0 {
                break;
            }
        }
        self.ticking.set(false);
    }

    fn handle(self: &Rc<Self>, input: Input) {
        let mut effects = Vec::new();
        let now = self.host.now();
        self.hub.borrow_mut().handle(input, now, &mut effects);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Send { socket, frame } => {
                if let Some(socket) = self.sockets.borrow().get(&socket) {
                    socket.send(&frame);
                }
            }
            Effect::Close { socket, code } => {
                if let Some(socket) = self.sockets.borrow_mut().remove(&socket) {
                    socket.close(code);
                }
            }
            Effect::Ask(question) => spawn_local(self.clone().ask(question)),
            Effect::Malformed {
                guild,
                kind,
                reason,
            } => log_error(&format!("{} of guild {guild}: {reason}", kind.name())),
        }
    }

    async fn ask(self: Rc<Self>, question: Question) {
        let method = match question.method() {
            "GET" => Method::GET,
            _ => Method::POST,
        };
        let path = question.path();
        let answer = call_internal(&self.host, method, &path, question.body()).await;
        let (status, body) = answer.unwrap_or_else(|error| {
            log_error(&format!("{path}: {error:#}"));
            (Code::InternalServerError.status(), Vec::new())
        });
        if let Some(input) = question.answered(status, &body) {
            self.handle(input);
        }
    }
}

/// Has jobs done until there are none due.
async fn work(host: &Worker) {
    const PATH: &str = "/internal/v1/jobs/run";
    loop {
        let answer = call_internal(host, Method::POST, PATH, b"{}".to_vec()).await;
        let Ok((200, body)) = answer else {
            log_error(&format!(
                "jobs were not done; they are tried again: {answer:?}"
            ));
            return;
        };
        let done: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        if done["more"] != true {
            return;
        }
    }
}
