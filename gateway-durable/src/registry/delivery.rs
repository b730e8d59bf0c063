//! Giving events to sessions: one to many, each written once.

use model::Timestamp;
use model::event::EventKind;

use super::{DEFLATED_HERE_BYTES_MAX, Effect, GuildId, SessionRegistry};
use crate::ids::SessionId;
use crate::messages::Delivery;
use crate::payload::Payload;

impl SessionRegistry {
    /// Sends an event of a guild to those of its sessions that have a connection, and keeps it for
    /// all: what this costs does not depend on how many others wait for a resume.
    pub(super) fn deliver(
        &mut self,
        guild: GuildId,
        delivery: Delivery,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Delivery { to, kind, payload } = delivery;
        if to.len() == 1 {
            return self.fan_out(&to, kind, &payload, now, effects);
        }
        let attentive = self.attentive.among(guild, &to);
        self.deflate_for(&attentive, &payload);
        effects.reserve(attentive.len());
        let record = payload.clone();
        self.history.record(guild, to, kind, record, now);
        for id in attentive {
            let Some(session) = self.sessions.get_mut(&id) else {
                continue;
            };
            if let Some(waiting) = &mut session.waiting {
                waiting.held.push((kind, payload.clone()));
            } else if let Some((socket, frame)) = session.send(kind, payload.clone()) {
                effects.push(Effect::Send { socket, frame });
            }
        }
    }

    /// Compresses what some of these sessions read compressed, if it is short.
    fn deflate_for(&mut self, to: &[SessionId], payload: &Payload) {
        let zlib = |id: &SessionId| self.sessions.get(id).is_some_and(|session| session.zlib);
        let here = payload.len() <= DEFLATED_HERE_BYTES_MAX;
        if here && to.iter().any(zlib) {
            payload.shared.deflate(&mut self.deflater);
        }
    }

    /// Sends an event to several sessions.
    pub(super) fn fan_out(
        &mut self,
        to: &[SessionId],
        kind: EventKind,
        payload: &Payload,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        effects.reserve(to.len());
        self.deflate_for(to, payload);
        for id in to {
            self.dispatch(*id, kind, payload.clone(), now, effects);
        }
    }
}
