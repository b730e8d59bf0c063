//! Shared screens, and what user clients ask besides.

use gateway_durable::SocketId;
use model::gateway::Intents;
use model::permissions::OverwriteKind;
use model::{Audience, Permissions, event::EventKind};
use serde_json::{Value, json};

use crate::support::{ChannelId, GuildId, UserId, World, event, overwrite};

/// Two members in a voice channel.
struct Room {
    world: World,
    guild: GuildId,
    channel: ChannelId,
    owner: UserId,
    sharing: SocketId,
    watching: SocketId,
}

impl Room {
    fn new() -> Self {
        let (mut world, guild, owner, _) = World::with_guild();
        let member = world.user();
        world.enter(guild, member);
        let channel = world.channel(guild, 2, &[]);
        let [sharing, watching] = [owner, member].map(|user| world.connect_user(user));
        for socket in [sharing, watching] {
            let d = json!({"guild_id": guild, "channel_id": channel});
            world.send(socket, json!({"op": 4, "d": d}));
        }
        Self {
            world,
            guild,
            channel,
            owner,
            sharing,
            watching,
        }
    }

    fn key(&self) -> String {
        format!("guild:{}:{}:{}", self.guild, self.channel, self.owner)
    }

    fn share(&mut self) {
        let d = json!({"type": "guild", "guild_id": self.guild, "channel_id": self.channel});
        self.world.send(self.sharing, json!({"op": 18, "d": d}));
    }

    fn name(&mut self, op: u8, socket: SocketId) {
        let d = json!({"stream_key": self.key(), "paused": true});
        self.world.send(socket, json!({"op": op, "d": d}));
    }

    fn last(&self, socket: SocketId, name: &str) -> Value {
        self.world.events(socket, name).last().unwrap().clone()
    }
}

#[test]
fn streams_are_shown_and_their_viewers_counted() {
    let mut room = Room::new();
    room.share();
    let created = room.last(room.sharing, "STREAM_CREATE");
    assert_eq!(created["stream_key"], room.key());
    let state = room.last(room.watching, "VOICE_STATE_UPDATE");
    assert_eq!(state["self_stream"], true);
    assert!(room.world.events(room.watching, "STREAM_CREATE").is_empty());
    room.name(20, room.watching);
    let viewers = &room.last(room.sharing, "STREAM_UPDATE")["viewer_ids"];
    assert_eq!(viewers.as_array().unwrap().len(), 1);
    assert_eq!(
        room.last(room.watching, "STREAM_CREATE")["viewer_ids"],
        *viewers
    );
    room.name(22, room.sharing);
    assert_eq!(room.last(room.watching, "STREAM_UPDATE")["paused"], true);
    room.name(19, room.watching);
    let over = room.last(room.watching, "STREAM_DELETE");
    assert_eq!(over["reason"], "user_requested");
    assert_eq!(
        room.last(room.sharing, "STREAM_UPDATE")["viewer_ids"],
        json!([])
    );
}

#[test]
fn a_stream_ends_when_its_owner_leaves_voice() {
    let mut room = Room::new();
    room.share();
    room.name(20, room.watching);
    // Naming neither guild nor channel, as Discord's client does.
    let leave = json!({"guild_id": null, "channel_id": null});
    room.world.send(room.sharing, json!({"op": 4, "d": leave}));
    let over = room.last(room.watching, "STREAM_DELETE");
    assert_eq!(
        (&over["stream_key"], &over["reason"]),
        (&json!(room.key()), &json!("stream_ended"))
    );
    let state = room.last(room.watching, "VOICE_STATE_UPDATE");
    assert_eq!(
        (&state["channel_id"], &state["self_stream"]),
        (&Value::Null, &json!(false))
    );
    room.name(20, room.watching);
    let over = room.last(room.watching, "STREAM_DELETE");
    assert_eq!(over["reason"], "stream_ended");
}

#[test]
fn a_stream_is_for_who_may_share_and_for_who_is_there() {
    let mut room = Room::new();
    let deny = overwrite(
        room.guild,
        OverwriteKind::Role,
        Permissions::empty(),
        Permissions::STREAM,
    );
    let (guild, channel) = (room.guild, room.channel);
    room.world.change_channel(guild, channel, &[deny]);
    // The owner may all the same; the member may not.
    let d = json!({"type": "guild", "guild_id": guild, "channel_id": channel});
    room.world.send(room.watching, json!({"op": 18, "d": d}));
    assert!(room.world.events(room.watching, "STREAM_CREATE").is_empty());
    room.share();
    let leave = json!({"guild_id": guild, "channel_id": null});
    room.world.send(room.watching, json!({"op": 4, "d": leave}));
    room.name(20, room.watching);
    assert_eq!(
        room.last(room.watching, "STREAM_DELETE")["reason"],
        "unauthorized"
    );
    let d = json!({"stream_key": "nonsense"});
    room.world.send(room.watching, json!({"op": 20, "d": d}));
    assert_eq!(
        room.last(room.watching, "STREAM_DELETE")["reason"],
        "parse_failed"
    );
}

#[test]
fn questions_of_user_clients_are_answered_for_their_guilds() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let other = world.guild(member);
    let socket = world.connect_user(owner);
    let both = [guild, other];
    world.send(socket, json!({"op": 12, "d": both}));
    let synced = &world.events(socket, "GUILD_SYNC");
    assert_eq!(synced.len(), 1, "the other guild is not theirs");
    assert_eq!(synced[0]["members"].as_array().unwrap().len(), 2);
    assert_eq!(synced[0]["presences"].as_array().unwrap().len(), 1);
    world.send(socket, json!({"op": 31, "d": {"guild_ids": both}}));
    let expected = json!({"guild_id": guild, "soundboard_sounds": []});
    assert_eq!(world.events(socket, "SOUNDBOARD_SOUNDS"), [expected]);
    world.send(socket, json!({"op": 36, "d": {"guild_id": guild}}));
    let expected = json!({"guild_id": guild, "channels": []});
    assert_eq!(world.events(socket, "CHANNEL_STATUSES"), [expected]);
    world.send(
        socket,
        json!({"op": 43, "d": {"guild_id": guild, "fields": ["status"]}}),
    );
    assert_eq!(world.events(socket, "CHANNEL_INFO").len(), 1);
    let bot = world.bot(0);
    world.enter(guild, bot);
    let bot = world.connect(bot, Intents::GUILDS);
    world.send(bot, json!({"op": 12, "d": [guild]}));
    assert!(world.events(bot, "GUILD_SYNC").is_empty());
    for op in [23, 44, 255] {
        let socket = world.connect_user(owner);
        world.send(socket, json!({"op": op, "d": null}));
        assert_eq!(world.closed(socket).unwrap().number(), 4001);
    }
}

#[test]
fn a_publish_that_comes_twice_is_delivered_once() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let socket = world.connect_user(owner);
    let audience = Audience::Channel { guild, channel };
    let data = json!({"channel_id": channel, "guild_id": guild, "user_id": owner});
    let event = event(EventKind::TypingStart, audience, &data);
    for _ in 0..2 {
        world.input(gateway_durable::hub::Input::Published {
            first: 7,
            events: vec![event.clone(), event.clone()],
        });
    }
    assert_eq!(world.events(socket, "TYPING_START").len(), 2);
}
