//! The task that owns the gateway's state and carries out what it wants.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use gateway_durable::hub::{Effect, Hub, Input};
use gateway_durable::registry;
use gateway_durable::{Frame, SocketId};
use model::gateway::CloseCode;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::MissedTickBehavior;

use super::calls::Calls;
use super::inbox::{FromSocket, News};
use super::outbox::Outbox;
use super::snapshot;
use crate::clock::steady;

/// How often deadlines are looked at. One pass over all sockets takes microseconds.
const TICK: Duration = Duration::from_secs(1);

/// Inputs that are handled before others get a turn.
const BATCH: usize = 256;

struct Socket {
    outbox: Outbox,
    abort: AbortHandle,
}

struct State {
    hub: Hub,
    sockets: HashMap<SocketId, Socket>,
    calls: Calls,
    published: u64,
    /// The tasks of all sockets, once the process stops.
    leaving: Vec<AbortHandle>,
    /// Sockets that do not read, found while effects were carried out.
    stuck: Vec<SocketId>,
    effects: Vec<Effect>,
}

/// Serves until the process stops.
pub async fn run(
    hub: Hub,
    snapshot: Option<PathBuf>,
    calls: Calls,
    mut news: mpsc::UnboundedReceiver<News>,
    mut sockets: mpsc::Receiver<FromSocket>,
) {
    let mut state = State {
        hub,
        sockets: HashMap::new(),
        calls,
        published: 0,
        leaving: Vec::new(),
        stuck: Vec::new(),
        effects: Vec::new(),
    };
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut fresh, mut said) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            count = news.recv_many(&mut fresh, BATCH) => {
                if count == 0 {
                    return;
                }
                for news in fresh.drain(..) {
                    if let Some(done) = state.hear_news(news) {
                        sockets.close();
                        snapshot::leave(state.hub, snapshot.as_deref());
                        return farewell(&state.leaving, done).await;
                    }
                }
            }
            count = sockets.recv_many(&mut said, BATCH) => {
                if count == 0 {
                    return;
                }
                for from in said.drain(..) {
                    state.hear_socket(from);
                }
            }
            _ = ticks.tick() => state.input(Input::Registry(registry::Input::Tick)),
        }
        // A burst of either must not starve the sockets' own tasks.
        tokio::task::yield_now().await;
    }
}

/// Waits until the last socket is gone. The caller bounds the wait.
async fn farewell(leaving: &[AbortHandle], done: oneshot::Sender<()>) {
    while !leaving.iter().all(AbortHandle::is_finished) && !done.is_closed() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let _ = done.send(());
}

impl State {
    fn hear_news(&mut self, news: News) -> Option<oneshot::Sender<()>> {
        match news {
            News::Published(events) => {
                let first = self.published;
                self.published += events.len() as u64;
                self.input(Input::Published { first, events });
                None
            }
            News::Answer(input) => {
                self.input(input);
                None
            }
            News::Shutdown(done) => {
                let sockets = self.sockets.values();
                self.leaving = sockets.map(|socket| socket.abort.clone()).collect();
                self.input(Input::Registry(registry::Input::Shutdown));
                Some(done)
            }
        }
    }

    fn hear_socket(&mut self, from: FromSocket) {
        match from {
            FromSocket::Opened {
                input,
                outbox,
                abort,
            } => {
                if let registry::Input::Opened { socket, .. } = *input {
                    self.sockets.insert(socket, Socket { outbox, abort });
                }
                self.input(Input::Registry(*input));
            }
            FromSocket::Input(input) => {
                if let registry::Input::Closed { socket, .. } = *input {
                    self.sockets.remove(&socket);
                }
                self.input(Input::Registry(*input));
            }
        }
    }

    fn input(&mut self, input: Input) {
        self.handle(input);
        while let Some(socket) = self.stuck.pop() {
            let code = None;
            let closed = registry::Input::Closed { socket, code };
            self.handle(Input::Registry(closed));
        }
    }

    fn handle(&mut self, input: Input) {
        let mut effects = std::mem::take(&mut self.effects);
        self.hub.handle(input, steady(), &mut effects);
        for effect in effects.drain(..) {
            self.perform(effect);
        }
        self.effects = effects;
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Ask(question) => self.calls.ask(question),
            Effect::Send { socket, frame } => self.send(socket, frame),
            Effect::Close { socket, code } => self.close(socket, code),
            Effect::Malformed {
                guild,
                kind,
                reason,
            } => {
                let kind = kind.name();
                tracing::error!(%guild, kind, "an event was not sent: {reason}");
            }
        }
    }

    fn send(&mut self, socket: SocketId, frame: Frame) {
        let full = self
            .sockets
            .get(&socket)
            .is_some_and(|it| it.outbox.send(frame).is_err());
        if full && let Some(it) = self.sockets.remove(&socket) {
            // A close frame would wait behind all that is not read. The client resumes.
            it.abort.abort();
            self.stuck.push(socket);
            tracing::debug!(?socket, "a socket does not read");
        }
    }

    fn close(&mut self, socket: SocketId, code: CloseCode) {
        if let Some(it) = self.sockets.remove(&socket) {
            it.outbox.close(code);
        }
    }
}
