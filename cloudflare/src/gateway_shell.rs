//! What the gateway's object does with what it hears, and with what the cores want done.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gateway_durable::bucket::Settings;
use gateway_durable::calls::Question;
use gateway_durable::durable::{Durable, Input};
use gateway_durable::encoding::Transport;
use gateway_durable::hub::Effect;
use gateway_durable::{SessionId, SocketId};
use http::{Method, header};
use model::gateway::CloseCode;
use model::{Code, Event};
use runtime::host::worker::{News, PUBLISH, Worker, refuse};
use runtime::host::{Host, log_error};
use runtime::{BodyStream, internal};
use wasm_bindgen_futures::spawn_local;
use worker::{Response, Result, State, WebSocket, WebSocketIncomingMessage};

use crate::edge::call_internal;
use crate::gateway_kept::{Kept, Mark};
use crate::gateway_outbox::Outbox;
use crate::gateway_socket_do::{self, Socket};

/// How long after the last time the outbox is read without being told to, if anything happens.
const LOOK_EVERY_MS: i64 = 10_000;
/// Milliseconds between two looks at deadlines, however close they are.
const TICK_MS: i64 = 1_000;
/// When work is looked for that was put off, in milliseconds after something was written.
const JOBS_LATER_MS: i64 = 70 * 60 * 1000;
/// An alarm that is later than this will not come any more.
const ALARM_LATE_MS: i64 = 60_000;
/// Bytes of what a function tells.
const NEWS_BYTES_MAX: usize = 4 << 20;

/// The core and what it acts upon.
pub struct Shell {
    /// The stores and functions.
    pub host: Worker,
    /// What is known of the outboxes.
    pub outbox: Outbox,
    /// What is stored.
    pub kept: Kept,
    /// The platform's side of the object.
    pub state: Rc<State>,
    gateway: RefCell<Durable>,
    sockets: RefCell<HashMap<SocketId, Socket>>,
    looked_at: Cell<i64>,
}

impl Shell {
    /// The gateway as it was stored, or a new one.
    pub fn revive(state: Rc<State>, host: Worker, kept: Kept, settings: Settings) -> Rc<Self> {
        let sockets: HashMap<_, _> = gateway_socket_do::open_ones(&state).collect();
        let revived = kept.load().and_then(|stored| {
            let whole = stored.whole.as_deref();
            Durable::revive(settings.clone(), whole, &stored.journal)
        });
        let now = host.now().as_millis();
        let shell = Rc::new(Self {
            outbox: Outbox::default(),
            host,
            kept,
            state,
            gateway: RefCell::new(Durable::new(settings)),
            sockets: RefCell::new(sockets),
            looked_at: Cell::new(now),
        });
        match revived {
            Some(gateway) => {
                shell.gateway.replace(gateway);
                shell.go_on();
            }
            // It is new, or what it stored cannot be read.
            None => {
                shell.kept.forget();
                shell.part();
            }
        }
        shell
    }

    /// Continues after the memory was gone.
    fn go_on(self: &Rc<Self>) {
        let open = self.sockets.borrow().keys().copied().collect();
        let unanswered = self.gateway.borrow().unanswered().to_vec();
        self.handle(Input::Revived { open });
        for question in unanswered {
            match question.cannot_be_repeated() {
                false => spawn_local(self.clone().ask(question)),
                true => self.handle(Input::Answered {
                    question,
                    status: Code::ServiceUnavailable.status(),
                    body: Vec::new(),
                }),
            }
        }
    }

    /// Closes connections of which nothing is known any more.
    fn part(&self) {
        for (_, socket) in self.sockets.borrow_mut().drain() {
            socket.close(CloseCode::UnknownError);
        }
    }

    /// Takes in a socket.
    pub fn open(self: &Rc<Self>, socket: Socket, id: SocketId, transport: Transport) {
        self.sockets.borrow_mut().insert(id, socket);
        self.handle(Input::Opened {
            socket: id,
            transport,
            session_id: SessionId(self.random()),
        });
    }

    /// 128 random bits.
    pub fn random(&self) -> u128 {
        let mut random = [0; 16];
        self.host.random(&mut random);
        u128::from_le_bytes(random)
    }

    /// Takes what came over a socket.
    pub fn receive(self: &Rc<Self>, socket: &WebSocket, message: WebSocketIncomingMessage) {
        let message = match message {
            WebSocketIncomingMessage::String(text) => text.into_bytes(),
            WebSocketIncomingMessage::Binary(bytes) => bytes,
        };
        let Some(id) = gateway_socket_do::name(socket) else {
            return;
        };
        let input = match self.sockets.borrow().get(&id) {
            Some(socket) => socket.receive(id, &message),
            None => return,
        };
        self.handle(input);
    }

    /// A socket is gone, with the code of its client's close frame, if there was one.
    pub fn gone(self: &Rc<Self>, socket: &WebSocket, code: Option<u16>) {
        // The platform leaves the answer to a close to us.
        let _ = socket.close(code.filter(|code| *code != 1005 && *code != 1006), Some(""));
        let Some(socket) = gateway_socket_do::name(socket) else {
            return;
        };
        if self.sockets.borrow_mut().remove(&socket).is_some() {
            self.handle(Input::Closed { socket, code });
        }
    }

    /// Publishes events, in this order.
    pub fn publish(self: &Rc<Self>, events: Vec<Event>) {
        let first = self.gateway.borrow().hub().published();
        self.handle(Input::Published { first, events });
    }

    /// Takes what a function tells.
    pub async fn hear(
        self: &Rc<Self>,
        request: &mut http::Request<BodyStream>,
    ) -> Result<Response> {
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
        if self.kept.mark(Mark::Jobs) == 0 {
            let later = self.host.now().as_millis() + JOBS_LATER_MS;
            self.kept.set_mark(Mark::Jobs, later);
            self.schedule();
        }
        Response::empty()
    }

    /// The time for which the object wanted to be woken has come.
    pub async fn wake(self: &Rc<Self>) {
        self.kept.set_mark(Mark::Alarm, 0);
        self.handle(Input::Tick);
        self.deliver().await;
        let jobs = self.kept.mark(Mark::Jobs);
        if jobs != 0 && jobs <= self.host.now().as_millis() {
            self.kept.set_mark(Mark::Jobs, 0);
            work(&self.host).await;
        }
        self.schedule();
    }

    /// Has the object woken when there is something to do. An earlier time that is set already
    /// stays, so that heartbeats, which put deadlines off, store nothing.
    fn schedule(self: &Rc<Self>) {
        let now = self.host.now();
        let due = self.gateway.borrow().hub().due(now);
        let due = due.map(|due| (due.as_millis() + 1).max(now.as_millis() + TICK_MS));
        let jobs = Some(self.kept.mark(Mark::Jobs)).filter(|jobs| *jobs != 0);
        let Some(at) = due.into_iter().chain(jobs).min() else {
            return;
        };
        let set = self.kept.mark(Mark::Alarm);
        let missed = set < now.as_millis() - ALARM_LATE_MS;
        if missed || set > at {
            self.kept.set_mark(Mark::Alarm, at);
            let shell = self.clone();
            spawn_local(async move {
                let later = at - shell.host.now().as_millis();
                if let Err(error) = shell.state.storage().set_alarm(later.max(0)).await {
                    log_error(&format!("no alarm: {error}"));
                }
            });
        }
    }

    fn handle(self: &Rc<Self>, input: Input) {
        let mut effects = Vec::new();
        let now = self.host.now();
        let row = self.gateway.borrow_mut().handle(input, now, &mut effects);
        if let Some(row) = row {
            self.kept.append(&row);
        }
        for effect in effects {
            self.perform(effect);
        }
        if let Some(whole) = self.gateway.borrow_mut().compact(now) {
            self.kept.replace(&whole);
        }
        self.schedule();
        if now.as_millis() - self.looked_at.replace(now.as_millis()) > LOOK_EVERY_MS {
            let shell = self.clone();
            spawn_local(async move { shell.deliver().await });
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
        self.handle(Input::Answered {
            question,
            status,
            body,
        });
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
