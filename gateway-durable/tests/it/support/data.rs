//! Discord's objects, as the stores and the events of tests have them.

use std::collections::BTreeMap;

use model::channel::GuildChannel;
use model::event::EventKind;
use model::permissions::{Overwrite, OverwriteKind};
use model::thread::{Thread, ThreadMember, ThreadMetadata};
use model::{Audience, Channel, Event, Id, Member, Permissions, Role, Timestamp};
use serde_json::{Map, Value, json};

use super::{ChannelId, GuildId, RoleId, StoredThread, UserId};

/// An event as a function of another version may publish it: the gateway must bear any data.
pub fn event(kind: EventKind, audience: Audience, data: &impl serde::Serialize) -> Event {
    Event {
        audience,
        kind,
        data: serde_json::to_string(data).unwrap(),
    }
}

/// The `d` of a MESSAGE_CREATE.
pub fn message(
    id: u64,
    (guild, channel): (GuildId, ChannelId),
    author: UserId,
    mentioned: &[UserId],
) -> Value {
    let user = |id: &UserId| {
        json!({"id": id, "username": "someone", "discriminator": "0", "global_name": null,
            "avatar": null})
    };
    json!({
        "id": id.to_string(), "channel_id": channel, "guild_id": guild, "author": user(&author),
        "type": 0, "content": format!("message {id}"), "tts": false, "mention_everyone": false,
        "timestamp": "2026-01-01T00:00:00.000000+00:00", "edited_timestamp": null,
        "mentions": mentioned.iter().map(user).collect::<Vec<_>>(), "mention_roles": [],
        "attachments": [], "embeds": [], "components": [], "pinned": false, "flags": 0,
    })
}

pub fn role(id: RoleId, permissions: Permissions) -> Role {
    Role {
        id,
        name: format!("role{id}"),
        color: 0,
        colors: model::role::RoleColors::default(),
        hoist: false,
        icon: None,
        unicode_emoji: None,
        position: 0,
        permissions,
        managed: false,
        mentionable: false,
        flags: 0,
        tags: None,
    }
}

pub fn channel(guild: GuildId, id: ChannelId, kind: u8, overwrites: &[Overwrite]) -> Channel {
    Channel {
        id,
        kind,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: Some(GuildChannel {
            guild_id: guild,
            name: format!("channel{id}"),
            position: 0,
            parent_id: None,
            topic: None,
            nsfw: false,
            rate_limit_per_user: 0,
            permission_overwrites: overwrites.to_vec(),
            bitrate: None,
            user_limit: None,
            rtc_region: None,
            video_quality_mode: None,
            default_auto_archive_duration: None,
            thread: None,
            settings: Map::new(),
        }),
        private: None,
    }
}

/// An active thread without members.
pub fn thread(
    guild: GuildId,
    id: ChannelId,
    parent: ChannelId,
    private: bool,
    owner: UserId,
) -> StoredThread {
    use model::channel::kind;
    let kind = if private {
        kind::PRIVATE_THREAD
    } else {
        kind::PUBLIC_THREAD
    };
    let mut channel = channel(guild, id, kind, &[]);
    let now = Timestamp::from_millis(1_763_800_000_000);
    let fields = channel.guild.as_mut().unwrap();
    fields.parent_id = Some(parent);
    fields.thread = Some(Thread {
        owner_id: owner,
        message_count: 0,
        total_message_sent: 0,
        member_count: 0,
        thread_metadata: ThreadMetadata {
            archived: false,
            archive_timestamp: now,
            auto_archive_duration: 60,
            locked: false,
            invitable: private.then_some(true),
            create_timestamp: Some(now),
        },
        member: None,
    });
    StoredThread {
        channel,
        members: BTreeMap::new(),
    }
}

pub fn thread_member(thread: ChannelId, user: UserId) -> ThreadMember {
    ThreadMember {
        id: thread,
        user_id: user,
        join_timestamp: Timestamp::from_millis(1_763_800_000_000),
        flags: 0,
        member: None,
    }
}

pub fn overwrite<T>(
    id: Id<T>,
    kind: OverwriteKind,
    allow: Permissions,
    deny: Permissions,
) -> Overwrite {
    Overwrite {
        id: id.cast(),
        kind,
        allow,
        deny,
    }
}

/// Hides a channel from everyone who is not let in otherwise.
pub fn hidden(guild: GuildId) -> Overwrite {
    let nothing = Permissions::empty();
    overwrite(
        guild,
        OverwriteKind::Role,
        nothing,
        Permissions::VIEW_CHANNEL,
    )
}

/// Shows a channel to a role.
pub fn shown_to(role: RoleId) -> Overwrite {
    let nothing = Permissions::empty();
    overwrite(
        role,
        OverwriteKind::Role,
        Permissions::VIEW_CHANNEL,
        nothing,
    )
}

pub fn with_guild(member: &Member, guild: GuildId) -> Value {
    let mut value = json!(member);
    value["guild_id"] = json!(guild);
    value
}
