//! Events that change the guild.
//!
//! Each is applied to the state and sent on. When it changes who sees which channel, those who
//! gain one get CHANNEL_CREATE and those who lose one get CHANNEL_DELETE, whatever the cause: a
//! role, an overwrite, the owner, or the channel itself appearing or going.

use model::event::{
    ChannelCreate, ChannelDelete, ChannelPinsUpdate, ChannelUpdate, EventKind, GuildDelete,
    GuildEmojisUpdate, GuildMemberAdd, GuildMemberRemove, GuildMemberUpdate, GuildRoleCreate,
    GuildRoleDelete, GuildRoleUpdate, GuildStickersUpdate, GuildUpdate,
};
use model::gateway::internal::SNAPSHOT_MEMBERS_MAX;
use model::{Channel, Event, Role, Timestamp};
use std::sync::Arc;

use super::views::gained;
use super::{Live, deliver, deliver_to, hearing, send};
use crate::guild::Effect;
use crate::guild::state::keep_state;
use crate::messages::ToSessions;
use crate::payload::Payload;

/// What a state change says when the event's data is not what its kind has.
pub(super) type Applied = Result<(), serde_json::Error>;

impl Live {
    /// Applies an event and sends it to its audience.
    pub(in crate::guild) fn publish(
        &mut self,
        event: Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let kind = event.kind;
        let applied = match kind {
            EventKind::GuildUpdate => self.guild_updated(&event, now, effects),
            EventKind::GuildCreate => Ok(()),
            EventKind::GuildDelete => self.guild_deleted(effects),
            EventKind::GuildRoleCreate => event
                .read::<GuildRoleCreate<'_>>()
                .map(|it| self.role_changed(it.role.into_owned(), &event, now, effects)),
            EventKind::GuildRoleUpdate => event
                .read::<GuildRoleUpdate<'_>>()
                .map(|it| self.role_changed(it.role.into_owned(), &event, now, effects)),
            EventKind::GuildRoleDelete => self.role_deleted(&event, now, effects),
            EventKind::ChannelCreate => event
                .read::<ChannelCreate<'_>>()
                .map(|it| self.channel_created(it.0.into_owned(), &event, now, effects)),
            EventKind::ChannelUpdate => event
                .read::<ChannelUpdate<'_>>()
                .map(|it| self.channel_changed(it.0.into_owned(), &event, now, effects)),
            EventKind::ChannelDelete => self.channel_deleted(&event, now, effects),
            EventKind::GuildMemberAdd => self.member_added(event, now, effects),
            EventKind::GuildMemberUpdate => self.member_updated(event, now, effects),
            EventKind::GuildMemberRemove => self.member_removed(event, now, effects),
            EventKind::GuildEmojisUpdate => self.emojis_changed(&event, now, effects),
            EventKind::GuildStickersUpdate => self.stickers_changed(&event, now, effects),
            EventKind::ChannelPinsUpdate => self.pins_changed(&event, now, effects),
            EventKind::ChannelStateKnown => self.channel_state_known(&event),
            EventKind::ThreadCreate
            | EventKind::ThreadUpdate
            | EventKind::ThreadDelete
            | EventKind::ThreadMembersKnown
            | EventKind::ThreadMembersUpdate => self.thread_event(&event, effects),
            EventKind::MessageCreate => self.message_created(&event, now, effects),
            EventKind::MessageUpdate => self.send_message(&event, now, effects),
            _ => {
                self.send(&event, now, effects);
                Ok(())
            }
        };
        if let Err(error) = applied {
            let reason = error.to_string();
            effects.push(Effect::Malformed { kind, reason });
        }
    }

    /// Sends an event as it is to those who hear it.
    fn send(&mut self, event: &Event, now: Timestamp, effects: &mut Vec<Effect>) {
        let to = self.hearers(&event.audience, event.kind, now);
        deliver_to(to, event.kind, Payload::shared(&*event.data), effects);
    }

    /// Groups sessions anew and tells them what they see now. `removed` is a channel that is no
    /// longer in the state.
    fn regroup(&mut self, removed: Option<&Channel>, effects: &mut Vec<Effect>) {
        let shifts = self.views.regroup(&self.state);
        self.tell(&shifts, removed, effects);
        self.changed();
    }

    fn guild_updated(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let owner = self.state.guild.owner_id;
        self.state
            .update(event.read::<GuildUpdate<'_>>()?.0.into_owned());
        self.send(event, now, effects);
        self.regroup(None, effects);
        if owner != self.state.guild.owner_id {
            self.list_everyone(now, effects);
        }
        Ok(())
    }

    fn guild_deleted(&mut self, effects: &mut Vec<Effect>) -> Applied {
        send(self.views.listeners(), &self.gone(), effects);
        let sessions = self.views.listeners().map(|l| l.session).collect();
        effects.push(Effect::Tell(ToSessions::Unsubscribed { sessions }));
        self.views = super::Views::default();
        self.audiences = super::Audiences::default();
        Ok(())
    }

    /// What those who do not belong to the guild any more are told.
    fn gone(&self) -> GuildDelete {
        GuildDelete {
            id: self.id,
            unavailable: None,
        }
    }

    fn role_changed(
        &mut self,
        role: Role,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let listed = |role: &Role| (role.hoist, role.position, role.permissions);
        let after = listed(&role);
        let before = self.state.roles.insert(role.id, role);
        self.send(event, now, effects);
        self.regroup(None, effects);
        if before.is_none_or(|before| listed(&before) != after) {
            self.list_everyone(now, effects);
        }
    }

    fn role_deleted(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let role = event.read::<GuildRoleDelete>()?.role_id;
        self.send(event, now, effects);
        self.state.roles.remove(&role);
        for member in self.state.members.values_mut() {
            if member.roles.contains(&role) {
                Arc::make_mut(member).roles.retain(|held| *held != role);
            }
        }
        self.regroup(None, effects);
        self.list_everyone(now, effects);
        Ok(())
    }

    fn channel_created(
        &mut self,
        channel: Channel,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        // If the snapshot had it already, everyone who sees it knows of it.
        if !self.state.channels.contains_key(&channel.id) {
            self.channel_changed(channel, event, now, effects);
        }
    }

    fn channel_changed(
        &mut self,
        mut channel: Channel,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let id = channel.id;
        if let Some(before) = self.state.channels.get(&id) {
            keep_state(before, &mut channel);
        }
        self.state.channels.insert(id, channel);
        self.state.note_overwritten();
        let shifts = self.views.regroup(&self.state);
        // A session that did not see the channel before gets the channel, not its change.
        let kept = self
            .views
            .of_channel(id)
            .filter(|listener| !gained(&shifts, listener.session, id));
        let to = hearing(kept, EventKind::ChannelUpdate);
        let payload = Payload::shared(&*event.data);
        deliver(to, EventKind::ChannelUpdate, payload, effects);
        self.tell(&shifts, None, effects);
        self.show_all_again(None, now, effects);
        self.changed();
    }

    fn channel_deleted(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let id = event.read::<ChannelDelete<'_>>()?.0.id;
        let Some(channel) = self.state.channels.remove(&id) else {
            return Ok(());
        };
        self.empty_voice(id, effects);
        self.forget_threads_of(id);
        self.state.note_overwritten();
        self.regroup(Some(&channel), effects);
        self.show_all_again(None, now, effects);
        Ok(())
    }

    fn member_added(&mut self, event: Event, now: Timestamp, effects: &mut Vec<Effect>) -> Applied {
        let member = event.read::<GuildMemberAdd>()?.member;
        let Some(user) = member.user.as_ref().map(|user| user.id) else {
            return Ok(());
        };
        let member = Arc::new(member);
        // The user's sessions may not have heard of the guild, whatever the snapshot had.
        effects.push(Effect::Tell(ToSessions::Joined {
            user,
            member: Box::new((*member).clone()),
            at: now,
        }));
        let known = self.state.members.get(&user);
        let same = known.is_some_and(|known| known.joined_at == member.joined_at);
        if !self.state.learned.remove(&user) && same {
            // The snapshot had it already.
            return Ok(());
        }
        self.state.member_count += 1;
        let was_complete = self.state.complete;
        if was_complete {
            self.state.members.insert(user, member);
            self.limit_members();
        }
        self.changed();
        let mut to = self.hearers(&event.audience, event.kind, now).to_vec();
        let own = self.views.of_user(&self.state, user);
        let own: Vec<_> = own.map(|listener| listener.session).collect();
        to.retain(|session| !own.contains(session));
        deliver(to, event.kind, Payload::shared(&*event.data), effects);
        if was_complete && !self.state.complete {
            self.list_the_connected(effects);
        } else {
            self.list_member(user, effects);
        }
        self.roster.count_changed();
        Ok(())
    }

    /// Keeps only who is connected once there are too many to know everyone.
    fn limit_members(&mut self) {
        if self.state.members.len() > SNAPSHOT_MEMBERS_MAX as usize {
            self.state.complete = false;
            let connected: std::collections::BTreeSet<_> = self
                .views
                .listeners()
                .map(|listener| listener.user)
                .collect();
            self.state
                .members
                .retain(|user, _| connected.contains(user));
        }
    }

    fn member_updated(
        &mut self,
        event: Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let member = event.read::<GuildMemberUpdate>()?.member;
        let Some(user) = member.user.as_ref().map(|user| user.id) else {
            return Ok(());
        };
        let mut to = self.hearers(&event.audience, event.kind, now).to_vec();
        // A bot hears of itself without the intent.
        let own = self.views.of_user(&self.state, user);
        let own = own.filter(|l| !l.wants.hears(event.kind, false) && l.wants.bot);
        to.extend(own.map(|listener| listener.session));
        deliver(to, event.kind, Payload::shared(&*event.data), effects);
        if self.state.members.contains_key(&user) {
            let member = Arc::new(member);
            let shift = self.views.regroup_user(&mut self.state, user, |state| {
                state.members.insert(user, member);
            });
            self.tell(shift.as_slice(), None, effects);
            self.changed();
            self.refresh_voice(user, effects);
            self.show_all_again(Some(user), now, effects);
            self.list_member(user, effects);
        }
        Ok(())
    }

    fn member_removed(
        &mut self,
        event: Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let user = event.read::<GuildMemberRemove<'_>>()?.user.id;
        self.leave_threads(user);
        if self.state.complete && !self.state.members.contains_key(&user) {
            // The snapshot was without them already.
            return Ok(());
        }
        self.leave_voice(user, effects);
        let own: Vec<_> = self.views.of_user(&self.state, user).cloned().collect();
        for listener in &own {
            self.views.remove(&self.state, user, listener.session);
            self.requests.cancel(listener.session);
            self.roster.forget(listener.session, now);
        }
        self.presences.remove(&user);
        self.state.members.remove(&user);
        self.state.learned.remove(&user);
        self.state.member_count = self.state.member_count.saturating_sub(1);
        self.list_member(user, effects);
        self.roster.count_changed();
        self.changed();
        self.send(&event, now, effects);
        send(own.iter(), &self.gone(), effects);
        if !own.is_empty() {
            let sessions = own.into_iter().map(|listener| listener.session).collect();
            effects.push(Effect::Tell(ToSessions::Unsubscribed { sessions }));
        }
        Ok(())
    }

    fn emojis_changed(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        self.state.emojis = event.read::<GuildEmojisUpdate<'_>>()?.emojis.into_owned();
        self.changed();
        self.send(event, now, effects);
        Ok(())
    }

    fn stickers_changed(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        self.state.stickers = event.read::<GuildStickersUpdate>()?.stickers;
        self.changed();
        self.send(event, now, effects);
        Ok(())
    }

    fn pins_changed(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let pins = event.read::<ChannelPinsUpdate>()?;
        if let Some(channel) = self.channel_mut(pins.channel_id) {
            channel.last_pin_timestamp = pins.last_pin_timestamp;
            self.changed();
        }
        self.send(event, now, effects);
        Ok(())
    }
}
