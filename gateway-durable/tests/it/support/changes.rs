//! Changes with their events.

use std::collections::BTreeSet;

use gateway_durable::SocketId;
use model::event::EventKind;
use model::permissions::Overwrite;
use model::{Audience, Permissions};
use serde_json::json;

use super::data::{event, message, with_guild};
use super::{ChannelId, GuildId, RoleId, UserId, World};

impl World {
    pub fn say(&mut self, guild: GuildId, channel: ChannelId, author: UserId) -> String {
        let data = message(self.fresh(), (guild, channel), author, &[]);
        let content = data["content"].as_str().unwrap().to_owned();
        let audience = Audience::Channel { guild, channel };
        self.publish(vec![event(EventKind::MessageCreate, audience, &data)]);
        content
    }

    /// A member begins to type.
    pub fn type_in(&mut self, guild: GuildId, channel: ChannelId, user: UserId) {
        let data = json!({"channel_id": channel, "guild_id": guild, "user_id": user});
        let audience = Audience::Channel { guild, channel };
        self.publish(vec![event(EventKind::TypingStart, audience, &data)]);
    }

    /// Who got a message with this content, of the given connections.
    pub fn sockets_that_read(&self, content: &str, sockets: &[SocketId]) -> BTreeSet<SocketId> {
        let read = |socket: &&SocketId| {
            let events = self.events(**socket, "MESSAGE_CREATE");
            events.iter().any(|message| message["content"] == content)
        };
        sockets.iter().filter(read).copied().collect()
    }

    pub fn change_channel(&mut self, guild: GuildId, id: ChannelId, overwrites: &[Overwrite]) {
        let channel = self.stored(guild).channels.get_mut(&id).unwrap();
        channel.guild.as_mut().unwrap().permission_overwrites = overwrites.to_vec();
        let data = channel.clone();
        let audience = Audience::Channel { guild, channel: id };
        self.publish(vec![event(EventKind::ChannelUpdate, audience, &data)]);
    }

    pub fn change_roles(&mut self, guild: GuildId, user: UserId, roles: &[RoleId]) {
        let member = self.stored(guild).members.get_mut(&user).unwrap();
        member.roles = roles.to_vec();
        let data = with_guild(member, guild);
        let audience = Audience::Guild(guild);
        self.publish(vec![event(EventKind::GuildMemberUpdate, audience, &data)]);
    }

    pub fn change_role(&mut self, guild: GuildId, id: RoleId, permissions: Permissions) {
        let role = self.stored(guild).roles.get_mut(&id).unwrap();
        role.permissions = permissions;
        let data = json!({"guild_id": guild, "role": role});
        let audience = Audience::Guild(guild);
        self.publish(vec![event(EventKind::GuildRoleUpdate, audience, &data)]);
    }

    /// Makes two users friends, without telling anybody.
    pub fn befriend(&mut self, one: UserId, other: UserId) {
        self.friends.extend([(one, other), (other, one)]);
    }

    /// Makes two users friends, or ends that.
    pub fn change_friends(&mut self, one: UserId, other: UserId, friends: bool) {
        let mut events = Vec::new();
        for (user, other) in [(one, other), (other, one)] {
            let audience = Audience::Users(vec![user]);
            let (kind, data) = match friends {
                true => {
                    self.friends.insert((user, other));
                    let mut data = json!(self.relationship(other));
                    data["should_notify"] = json!(true);
                    (EventKind::RelationshipAdd, data)
                }
                false => {
                    self.friends.remove(&(user, other));
                    let data = json!({"id": other, "type": 1, "nickname": null});
                    (EventKind::RelationshipRemove, data)
                }
            };
            events.push(event(kind, audience, &data));
        }
        self.publish(events);
    }

    pub fn join(&mut self, guild: GuildId, user: UserId) {
        self.enter(guild, user);
        let data = with_guild(&self.stored(guild).members[&user].clone(), guild);
        let audience = Audience::Guild(guild);
        self.publish(vec![event(EventKind::GuildMemberAdd, audience, &data)]);
    }

    pub fn leave(&mut self, guild: GuildId, user: UserId) {
        self.stored(guild).members.remove(&user);
        for thread in self.stored(guild).threads.values_mut() {
            thread.members.remove(&user);
        }
        let user = &self.users[&user].0.user;
        let data = json!({"guild_id": guild, "user": user});
        let audience = Audience::Guild(guild);
        let event = event(EventKind::GuildMemberRemove, audience, &data);
        self.publish(vec![event]);
    }
}
