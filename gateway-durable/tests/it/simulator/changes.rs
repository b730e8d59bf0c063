//! Changes of a guild in a schedule.

use model::event::EventKind;
use model::permissions::{Overwrite, OverwriteKind};
use model::{Audience, Id, Permissions};
use serde_json::json;

use super::run::Run;
use super::schedule::Step;
use crate::support::{ChannelId, RoleId, channel, event, overwrite, role};

impl Run {
    pub(super) fn change(&mut self, step: &Step) {
        match *step {
            Step::Say {
                channel,
                user,
                mention,
            } => self.say(channel, user, mention),
            Step::GiveRoles { user, bits } => {
                let user = self.pick_user(user);
                let roles: Vec<RoleId> = self.roles();
                let chosen = roles.into_iter().enumerate();
                let chosen = chosen.filter(|(i, _)| bits >> i & 1 == 1);
                let chosen: Vec<RoleId> = chosen.map(|(_, role)| role).collect();
                if self.stored().members.contains_key(&user) {
                    self.world.change_roles(self.guild, user, &chosen);
                }
            }
            Step::ChangeRole { role, permissions } => {
                let mut roles = self.roles();
                roles.push(self.guild.cast());
                let role = roles[role % roles.len()];
                let stored = self.stored().roles.get_mut(&role).unwrap();
                stored.hoist = permissions >> 2 & 3 == 0;
                stored.position = (permissions >> 4 & 3) as i32;
                self.world.change_role(self.guild, role, grant(permissions));
            }
            Step::ChangeChannel {
                channel,
                overwrites,
            } => {
                if let Some(channel) = self.pick_channel(channel) {
                    let overwrites = self.overwrites(overwrites);
                    self.world.change_channel(self.guild, channel, &overwrites);
                }
            }
            Step::MakeChannel { overwrites } => self.make_channel(overwrites),
            Step::DeleteChannel { channel } => self.delete_channel(channel),
            Step::DeleteRole { role } => self.delete_role(role),
            Step::MakeRole { permissions } => self.make_role(permissions),
            Step::Join { user } => {
                let user = self.pick_user(user);
                if !self.stored().members.contains_key(&user) {
                    // Joining again has another time.
                    self.world.now = self.world.now.plus_millis(1);
                    self.world.join(self.guild, user);
                }
            }
            Step::Part { user } => {
                let user = self.pick_user(user);
                let owner = self.stored().guild.owner_id;
                if self.stored().members.contains_key(&user) && user != owner {
                    self.world.leave(self.guild, user);
                }
            }
            Step::Crown { user } => self.crown(user),
            ref other => self.change_threads(other),
        }
    }

    fn roles(&mut self) -> Vec<RoleId> {
        let everyone = self.guild.cast();
        let roles = self.stored().roles.keys().copied();
        roles.filter(|role| *role != everyone).collect()
    }

    /// Overwrites for everyone, for roles and for members, by the bits of a number.
    pub(super) fn overwrites(&mut self, n: usize) -> Vec<Overwrite> {
        let view = |n: usize| match n % 3 {
            0 => (Permissions::VIEW_CHANNEL, Permissions::empty()),
            1 => (Permissions::empty(), Permissions::VIEW_CHANNEL),
            _ => (Permissions::empty(), Permissions::SEND_MESSAGES),
        };
        let mut overwrites = Vec::new();
        if n & 1 == 1 {
            let (allow, deny) = view(n / 2);
            overwrites.push(overwrite(self.guild, OverwriteKind::Role, allow, deny));
        }
        for (i, role) in self.roles().into_iter().enumerate() {
            if n >> (i + 5) & 1 == 1 {
                let (allow, deny) = view(n / 7 + i);
                overwrites.push(overwrite(role, OverwriteKind::Role, allow, deny));
            }
        }
        if n >> 3 & 3 == 3 {
            let (allow, deny) = view(n / 11);
            let user = self.pick_user(n / 13);
            overwrites.push(overwrite(user, OverwriteKind::Member, allow, deny));
        }
        overwrites
    }

    fn make_channel(&mut self, n: usize) {
        let id: ChannelId = Id::new(self.world.fresh());
        let made = channel(self.guild, id, 0, &self.overwrites(n));
        self.stored().channels.insert(id, made.clone());
        self.publish_channel(EventKind::ChannelCreate, id, &made);
    }

    fn delete_channel(&mut self, n: usize) {
        if let Some(id) = self.pick_channel(n) {
            let gone = self.stored().channels.remove(&id).unwrap();
            self.stored()
                .threads
                .retain(|_, thread| thread.parent() != id);
            self.publish_channel(EventKind::ChannelDelete, id, &gone);
        }
    }

    fn publish_channel(&mut self, kind: EventKind, id: ChannelId, data: &model::Channel) {
        let audience = Audience::Channel {
            guild: self.guild,
            channel: id,
        };
        self.world.publish(vec![event(kind, audience, data)]);
    }

    fn make_role(&mut self, n: usize) {
        let id: RoleId = Id::new(self.world.fresh());
        let made = role(id, grant(n));
        self.stored().roles.insert(id, made.clone());
        let data = json!({"guild_id": self.guild, "role": made});
        self.publish_guild(EventKind::GuildRoleCreate, &data);
    }

    fn delete_role(&mut self, n: usize) {
        let roles = self.roles();
        if roles.is_empty() {
            return;
        }
        let id = roles[n % roles.len()];
        let stored = self.stored();
        stored.roles.remove(&id);
        for member in stored.members.values_mut() {
            member.roles.retain(|role| *role != id);
        }
        let data = json!({"guild_id": self.guild, "role_id": id});
        self.publish_guild(EventKind::GuildRoleDelete, &data);
    }

    fn crown(&mut self, n: usize) {
        let user = self.pick_user(n);
        if self.stored().members.contains_key(&user) {
            self.stored().guild.owner_id = user;
            let data = json!(self.stored().full());
            self.publish_guild(EventKind::GuildUpdate, &data);
        }
    }

    fn publish_guild(&mut self, kind: EventKind, data: &serde_json::Value) {
        let audience = Audience::Guild(self.guild);
        self.world.publish(vec![event(kind, audience, data)]);
    }
}

fn grant(n: usize) -> Permissions {
    match n % 4 {
        0 => Permissions::empty(),
        1 => Permissions::VIEW_CHANNEL,
        2 => Permissions::VIEW_CHANNEL | Permissions::MANAGE_THREADS,
        _ => Permissions::ADMINISTRATOR,
    }
}
