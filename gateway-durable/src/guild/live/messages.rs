//! Messages, as those get them who see their channel.

use model::event::MessageHead;
use model::{Event, Timestamp};

use super::apply::Applied;
use super::threads::note_message;
use super::{Live, deliver_to};
use crate::guild::{Effect, content};
use crate::payload::Payload;

impl Live {
    /// Notes a new message as its channel's last, and sends it.
    pub(super) fn message_created(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let message = MessageHead::of(event)?;
        if let Some(channel) = self.channel_mut(message.channel_id) {
            note_message(channel, message.id);
            self.changed();
        }
        self.send_message(event, now, effects)
    }

    /// Sends a message, without its content to bots that may not read it.
    pub(super) fn send_message(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let to = self.hearers(&event.audience, event.kind, now);
        let blind = self.blind();
        let (full, concealed) = content::split(to, &blind, event)?;
        deliver_to(full, event.kind, Payload::shared(&*event.data), effects);
        for (to, json) in concealed {
            deliver_to(to, event.kind, Payload::shared(json), effects);
        }
        Ok(())
    }
}
