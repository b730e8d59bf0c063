//! What an object of the gateway does with what it hears, and with what its core wants done.

mod jobs;
mod outbox;
pub mod socket;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::time::Duration;

use gateway_durable::durable::link::Envelope;
use gateway_durable::durable::{Address, Durable, Input};
use gateway_durable::hub::Effect;
use gateway_durable::hub::Question;
use gateway_durable::registry::Settings;
use gateway_durable::transport::Transport;
use gateway_durable::{SessionId, SocketId};
use http::Method;
use model::gateway::CloseCode;
use model::{Code, Event};
use runtime::BodyStream;
use runtime::host::worker::{News, Worker, respond};
use runtime::host::{Host, log_error};
use wasm_bindgen_futures::spawn_local;
use worker::{Delay, Response, Result, State, WebSocket, WebSocketIncomingMessage};

use self::socket::Socket;
use crate::gateway_calls::{self, Call};
use crate::gateway_storage::{Mark, ObjectStorage};
use crate::internal_calls;
use outbox::Outbox;

/// How long after the last time the outboxes are looked at without being told to, if anything
/// happens.
const LOOK_EVERY_MS: i64 = 10_000;
/// Bytes of journal with which no connection is taken: an object has 128 MB of memory.
const JOURNAL_FULL_BYTES: usize = 16 << 20;
/// Milliseconds between two looks at deadlines, however close they are.
const TICK_MS: i64 = 1_000;
/// An alarm that is later than this will not come any more.
const ALARM_LATE_MS: i64 = 60_000;
/// How often another object is told the same before the next alarm, and the milliseconds between
/// the first two attempts, which double.
const ATTEMPTS: u32 = 8;
const AGAIN_MS: u64 = 20;
/// When an object that has something to tell is woken, in milliseconds: it did not get to it.
const UNTOLD_MS: i64 = 60_000;

/// The core and what it acts upon.
pub struct Shell {
    /// The stores and functions.
    pub host: Worker,
    /// What is known of the outboxes.
    pub outbox: Outbox,
    /// What is stored.
    pub storage: ObjectStorage,
    /// The platform's side of the object.
    pub state: Rc<State>,
    /// Which object it is.
    pub address: Address,
    gateway: RefCell<Durable>,
    sockets: RefCell<HashMap<SocketId, Socket>>,
    /// Whom something is being told.
    telling: RefCell<BTreeSet<Address>>,
    looked_at: Cell<i64>,
    has_failed: Cell<bool>,
}

impl Shell {
    /// The object as it was stored, or a new one.
    pub fn restore(
        state: Rc<State>,
        host: Worker,
        storage: ObjectStorage,
        address: Address,
        settings: Settings,
    ) -> Rc<Self> {
        let sockets: HashMap<_, _> = socket::open_ones(&state).collect();
        let now = host.now().as_millis();
        let new = |epoch| Durable::new(address, settings.clone(), epoch);
        let restored = storage.epoch().and_then(|epoch| match storage.load() {
            Some(stored) => new(epoch).restore(stored.snapshot.as_deref(), &stored.journal),
            // Nothing was worth storing so far.
            None => Some(new(epoch)),
        });
        // It is new, or what it stored cannot be read.
        let is_new = restored.is_none();
        let gateway = restored.unwrap_or_else(|| new(storage.begin_epoch(now)));
        let shell = Rc::new(Self {
            outbox: Outbox::default(),
            host,
            storage,
            state,
            address,
            gateway: RefCell::new(gateway),
            sockets: RefCell::new(sockets),
            telling: RefCell::default(),
            looked_at: Cell::new(now),
            has_failed: Cell::new(false),
        });
        match is_new {
            true => shell.part(),
            false => shell.go_on(),
        }
        shell
    }

    /// Continues after the memory was gone.
    fn go_on(self: &Rc<Self>) {
        let open = self.sockets.borrow();
        let open = open.iter().map(|(id, socket)| (*id, socket.heard()));
        let open = open.collect();
        let unanswered = self.gateway.borrow().unanswered().to_vec();
        self.handle(Input::Restored { open });
        spawn_local(self.clone().find_alarm(self.storage.mark(Mark::Alarm)));
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

    /// Sets the alarm again that the object wanted at this time, if it was reset before the
    /// platform did so.
    async fn find_alarm(self: Rc<Self>, wanted: i64) {
        let found = match wanted {
            0 => return,
            _ => self.state.storage().get_alarm().await,
        };
        // The alarm itself may be what the object came back for.
        if matches!(found, Ok(None)) && self.storage.mark(Mark::Alarm) == wanted {
            self.storage.set_mark(Mark::Alarm, 0);
            self.schedule();
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
        let Some(id) = socket::name(socket) else {
            return;
        };
        let input = match self.sockets.borrow().get(&id) {
            Some(socket) => socket.receive(id, &message, self.host.now()),
            None => return,
        };
        self.handle(input);
    }

    /// A socket is gone, with the code of its client's close frame, if there was one.
    pub fn gone(self: &Rc<Self>, socket: &WebSocket, code: Option<u16>) {
        // The platform leaves the answer to a close to us.
        let _ = socket.close(code.filter(|code| *code != 1005 && *code != 1006), Some(""));
        let Some(socket) = socket::name(socket) else {
            return;
        };
        if self.sockets.borrow_mut().remove(&socket).is_some() {
            self.handle(Input::Closed { socket, code });
        }
    }

    /// Publishes events, in this order.
    pub fn publish(self: &Rc<Self>, events: Vec<Event>) {
        self.handle(Input::Published { events });
    }

    /// Takes a call from inside.
    pub fn take(self: &Rc<Self>, call: Call) -> Result<Response> {
        let answer = match call {
            Call::News(news) => {
                self.hear(news);
                Vec::new()
            }
            Call::Envelope(envelope) => {
                let (from, of) = (envelope.from, envelope.epoch);
                self.handle(Input::Told(envelope));
                self.gateway.borrow().ack(from, of).write()
            }
        };
        respond(runtime::Response::new(BodyStream::from(answer)))
    }

    fn hear(self: &Rc<Self>, news: News) {
        if !news.events.is_empty() {
            self.publish(news.events);
        }
        let shell = self.clone();
        self.outbox
            .unsure
            .set(news.again || self.outbox.unsure.get());
        self.state.wait_until(async move {
            shell.deliver().await;
            shell.outbox.unsure.set(false);
            if news.jobs {
                shell.work().await;
            }
        });
        self.note_jobs();
    }

    /// The time for which the object wanted to be woken has come.
    pub async fn wake(self: &Rc<Self>) {
        self.storage.set_mark(Mark::Alarm, 0);
        self.handle(Input::Tick);
        if self.address == Address::Sessions {
            self.look().await;
        }
        self.work_if_due().await;
        self.schedule();
    }

    /// Looks for events that nobody was told of.
    async fn look(self: &Rc<Self>) {
        self.looked_at.set(self.host.now().as_millis());
        self.deliver().await;
        self.remind().await;
    }

    /// Has the object woken when there is something to do. An earlier time that is set already
    /// stays, so that heartbeats, which put deadlines off, store nothing.
    pub fn schedule(self: &Rc<Self>) {
        let now = self.host.now();
        let due = self.gateway.borrow().due(now);
        let due = due.map(|due| (due.as_millis() + 1).max(now.as_millis() + TICK_MS));
        let jobs = Some(self.storage.mark(Mark::Jobs)).filter(|jobs| *jobs != 0);
        let untold = self.gateway.borrow().to_tell().next();
        let untold = untold.map(|_| now.as_millis() + UNTOLD_MS);
        let Some(at) = [due, jobs, untold].into_iter().flatten().min() else {
            return;
        };
        let set = self.storage.mark(Mark::Alarm);
        let missed = set < now.as_millis() - ALARM_LATE_MS;
        if missed || set > at {
            self.storage.set_mark(Mark::Alarm, at);
            let shell = self.clone();
            spawn_local(async move {
                let later = at - shell.host.now().as_millis();
                if let Err(error) = shell.state.storage().set_alarm(later.max(0)).await {
                    log_error(&format!("no alarm: {error}"));
                }
            });
        }
    }

    /// Whether its storage refused: it is not what is stored any more, and has to be made anew.
    pub fn has_failed(&self) -> bool {
        self.has_failed.get()
    }

    /// Whether too much is under way for more connections.
    pub fn is_full(&self) -> bool {
        self.gateway.borrow().journal_bytes() > JOURNAL_FULL_BYTES
    }

    fn handle(self: &Rc<Self>, input: Input) {
        if self.has_failed() {
            return;
        }
        let mut effects = Vec::new();
        let now = self.host.now();
        let row = self.gateway.borrow_mut().handle(input, now, &mut effects);
        // An unrecorded input must not have visible effects.
        let stored = row.is_none_or(|row| self.storage.append(&row));
        if !stored {
            return self.has_failed.set(true);
        }
        for effect in effects {
            self.perform(effect);
        }
        if let Some(snapshot) = self.gateway.borrow_mut().compact(now)
            && !self.storage.replace(&snapshot)
        {
            return self.has_failed.set(true);
        }
        self.tell_all();
        self.schedule();
        let since = now.as_millis() - self.looked_at.get();
        if self.address == Address::Sessions && since > LOOK_EVERY_MS {
            let shell = self.clone();
            spawn_local(async move { shell.look().await });
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

    /// Tells others what they are to be told.
    fn tell_all(self: &Rc<Self>) {
        for to in self.gateway.borrow().to_tell() {
            if self.telling.borrow_mut().insert(to) {
                spawn_local(self.clone().tell(to));
            }
        }
    }

    /// Tells another object all that it is to be told, in order.
    async fn tell(self: Rc<Self>, to: Address) {
        let mut failures = 0;
        while let Some(envelope) = self.envelope(to)
            && failures < ATTEMPTS
        {
            match gateway_calls::tell(&self.host, &envelope).await {
                Ok(ack) => self.handle(Input::Answer { from: to, ack }),
                Err(error) => log_error(&format!("{to} was not told: {error:#}")),
            }
            let next = self.envelope(to);
            let stage = |it: &Envelope| (it.meant_for, it.first);
            if next.is_none_or(|next| stage(&next) != stage(&envelope)) {
                failures = 0;
                continue;
            }
            Delay::from(Duration::from_millis(AGAIN_MS << failures)).await;
            failures += 1;
        }
        self.telling.borrow_mut().remove(&to);
    }

    fn envelope(&self, to: Address) -> Option<Envelope> {
        self.gateway.borrow().envelope(to)
    }

    async fn ask(self: Rc<Self>, question: Question) {
        let method = match question.method() {
            "GET" => Method::GET,
            _ => Method::POST,
        };
        let path = question.path();
        let answer = internal_calls::call(&self.host, method, &path, question.body()).await;
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
