//! What happens because time passes.

use model::Timestamp;
use model::gateway::CloseCode;

use super::{Effect, SessionRegistry, UserId};
use crate::ids::{SessionId, SocketId};
use crate::payload::Frame;
use crate::session::{RESUME_MS, Session};

impl SessionRegistry {
    /// Looks after everything that has a deadline. One pass over all connections and sessions is
    /// cheaper than a timer for each.
    pub(super) fn tick(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.starts.tick(now);
        let interval = self.settings.heartbeat_interval_ms;
        self.history
            .forget_before(now.plus_millis(-kept_ms(interval)));
        let silent: Vec<SocketId> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.expired(interval, now))
            .map(|(socket, _)| *socket)
            .collect();
        for socket in silent {
            self.close(socket, CloseCode::SessionTimedOut, now, effects);
        }
        let mut over: Vec<SessionId> = Vec::new();
        let mut changed: Vec<UserId> = Vec::new();
        let mut late: Vec<SessionId> = Vec::new();
        for (id, session) in &mut self.sessions {
            if session.expired(now) {
                over.push(*id);
            } else if session.shown && !session.is_present(now) {
                session.shown = false;
                changed.push(session.origin.user);
            } else if session.changes.due(now) {
                changed.push(session.origin.user);
            }
            if let Some(waiting) = &mut session.waiting
                && waiting.deadline <= now
            {
                for guild in std::mem::take(&mut waiting.missing) {
                    waiting.guilds.insert(guild, None);
                }
                late.push(*id);
            }
        }
        for id in over {
            self.end(id, now, effects);
        }
        for user in changed {
            self.show_user(user, now, effects);
        }
        for id in late {
            self.send_ready_if_complete(id, now, effects);
        }
        self.bound_waiting(now, effects);
    }

    /// After when a tick does something.
    pub fn due(&self) -> Option<Timestamp> {
        let interval = self.settings.heartbeat_interval_ms;
        let connections = self.connections.values().map(|it| it.deadline(interval));
        let sessions = self.sessions.values().filter_map(Session::deadline);
        connections.chain(sessions).min()
    }

    /// Asks every client to connect again and resume.
    pub(super) fn shutdown(&mut self, effects: &mut Vec<Effect>) {
        for (socket, _) in std::mem::take(&mut self.connections) {
            let frame = Frame::Reconnect;
            effects.push(Effect::Send { socket, frame });
            let code = CloseCode::GoingAway;
            effects.push(Effect::Close { socket, code });
        }
    }
}

/// How long events are kept: a client may resume for [`RESUME_MS`], and it may take a connection
/// that is dead some intervals to be found out.
fn kept_ms(heartbeat_interval_ms: u32) -> i64 {
    RESUME_MS + 2 * i64::from(heartbeat_interval_ms)
}
