//! Messages, as those get them who see their channel, and what a channel shows of its messages.

use model::event::{ChannelLeft, ChannelStateKnown, MessageHead};
use model::message::kind;
use model::{Channel, Event, Id, Timestamp};

use super::apply::Applied;
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
            note_message(channel, &message);
            self.changed();
        }
        self.send_message(event, now, effects)
    }

    /// Takes over what a channel is left with after a deletion.
    pub(super) fn channel_state_known(&mut self, event: &Event) -> Applied {
        let known = event.read::<ChannelStateKnown>()?;
        let Some(channel) = self.channel_mut(known.id) else {
            return Ok(());
        };
        match known.left {
            ChannelLeft::LastPin(last) => channel.last_pin_timestamp = last,
            ChannelLeft::Messages { last, count } if last >= channel.last_message_id => {
                if let Some(thread) = channel.thread_mut() {
                    thread.message_count = count;
                }
            }
            ChannelLeft::Posts { deleted, last }
                if channel.last_message_id == Some(deleted.cast()) =>
            {
                channel.last_message_id = last.map(Id::cast);
            }
            // Newer ones are known of already.
            ChannelLeft::Messages { .. } | ChannelLeft::Posts { .. } => {}
        }
        self.changed();
        Ok(())
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

/// Notes a message as the channel's last. What the snapshot counted already is not counted again,
/// and what a thread began with is not counted at all.
fn note_message(channel: &mut Channel, message: &MessageHead) {
    let new = channel.last_message_id < Some(message.id);
    channel.last_message_id = channel.last_message_id.max(Some(message.id));
    let begins = message.kind == kind::THREAD_STARTER_MESSAGE;
    let counts = new && !begins && message.id.get() != channel.id.get();
    if let Some(thread) = channel.thread_mut().filter(|_| counts) {
        thread.message_count += 1;
        thread.total_message_sent += 1;
    }
}
