//! Who hears of threads, and of who is in them.

use model::channel::kind;
use model::event::EventKind;
use model::gateway::Intents;
use model::{Audience, Id, Permissions, Timestamp};
use serde_json::{Value, json};

use crate::support::{
    ALL_FLAGS, ChannelId, GuildId, UserId, World, event, hidden, thread, thread_member,
};

fn publish(world: &mut World, guild: GuildId, channel: ChannelId, kind: EventKind, data: &Value) {
    let audience = Audience::Channel { guild, channel };
    world.publish(vec![event(kind, audience, data)]);
}

/// A thread of which its owner is the only member, told to everyone.
fn start(
    world: &mut World,
    guild: GuildId,
    parent: ChannelId,
    private: bool,
    owner: UserId,
) -> ChannelId {
    let id = Id::new(world.fresh());
    let mut made = thread(guild, id, parent, private, owner);
    let member = thread_member(id, owner);
    made.members.insert(owner, member.clone());
    let mut data = json!(made.channel);
    data["newly_created"] = json!(true);
    world.stored(guild).threads.insert(id, made);
    let known = json!({"id": id, "members": [member]});
    publish(world, guild, id, EventKind::ThreadMembersKnown, &known);
    publish(world, guild, id, EventKind::ThreadCreate, &data);
    id
}

fn join(world: &mut World, guild: GuildId, thread: ChannelId, user: UserId) {
    let data = json!({
        "id": thread, "guild_id": guild, "member_count": 2,
        "added_members": [thread_member(thread, user)],
    });
    publish(world, guild, thread, EventKind::ThreadMembersUpdate, &data);
}

#[test]
fn showing_a_thread_lists_its_members() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let (member, outsider) = (world.user(), world.user());
    for user in [member, outsider] {
        world.enter(guild, user);
    }
    let [own, other] = [owner, outsider].map(|user| world.connect_user(user));
    let open = start(&mut world, guild, channel, false, owner);
    let secret = start(&mut world, guild, channel, true, owner);
    join(&mut world, guild, open, member);
    for (socket, seen) in [(own, vec![open, secret]), (other, vec![open])] {
        let d = json!({"guild_id": guild, "thread_member_lists": [open, secret, "77"]});
        world.send(socket, json!({"op": 14, "d": d}));
        let lists = world.events(socket, "THREAD_MEMBER_LIST_UPDATE");
        let told: Vec<&Value> = lists.iter().map(|list| &list["thread_id"]).collect();
        assert_eq!(json!(told), json!(seen));
        let members = lists[0]["members"].as_array().unwrap();
        let of = |user: UserId| {
            members
                .iter()
                .find(|it| it["user_id"] == json!(user))
                .unwrap()
        };
        assert_eq!(members.len(), 2);
        assert_eq!(of(owner)["presence"]["status"], "online");
        assert_eq!(of(member)["presence"]["status"], "offline");
        assert_eq!(of(member)["member"]["user"]["id"], json!(member));
    }
}

#[test]
fn the_creator_is_told_with_their_own_member_and_others_without() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let [own, other] = [owner, member].map(|user| world.connect_user(user));
    let thread = start(&mut world, guild, channel, false, owner);
    for socket in [own, other] {
        let created = &world.events(socket, "THREAD_CREATE")[0];
        assert_eq!(created["newly_created"], true);
        assert_eq!(created["id"], json!(thread));
        let with_member = created["member"]["user_id"] == json!(owner);
        assert_eq!(with_member, socket == own);
        assert!(!world.names(socket).iter().any(|name| name.starts_with('_')));
    }
}

#[test]
fn added_members_hear_of_a_private_thread_first() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let (member, other) = (world.user(), world.user());
    world.enter(guild, member);
    world.enter(guild, other);
    let [added, stranger] = [member, other].map(|user| world.connect_user(user));
    let thread = start(&mut world, guild, channel, true, owner);
    assert_eq!(world.events(added, "THREAD_CREATE"), [] as [Value; 0]);
    world.clear(added);
    join(&mut world, guild, thread, member);
    let names = world.names(added);
    assert_eq!(
        names,
        [
            "THREAD_CREATE",
            "THREAD_MEMBER_UPDATE",
            "THREAD_MEMBERS_UPDATE"
        ]
    );
    let created = &world.events(added, "THREAD_CREATE")[0];
    assert_eq!(created["member"]["user_id"], json!(member));
    assert!(created.get("newly_created").is_none());
    let content = world.say(guild, thread, owner);
    assert_eq!(
        world.sockets_that_read(&content, &[added, stranger]),
        [added].into()
    );
    let all = format!("{:?}", world.clients[&stranger].received);
    assert!(
        !all.contains(&thread.to_string()),
        "a stranger hears nothing"
    );
}

#[test]
fn without_the_members_intent_a_bot_hears_of_its_own_joining_alone() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let (blind, seeing, person) = (world.bot(ALL_FLAGS), world.bot(ALL_FLAGS), world.user());
    for user in [blind, seeing, person] {
        world.enter(guild, user);
    }
    let socket = world.connect(blind, Intents::GUILDS);
    let other = world.connect(seeing, Intents::GUILDS | Intents::GUILD_MEMBERS);
    let thread = start(&mut world, guild, channel, false, owner);
    join(&mut world, guild, thread, person);
    let changes = |world: &World, socket| world.events(socket, "THREAD_MEMBERS_UPDATE").len();
    assert_eq!((changes(&world, socket), changes(&world, other)), (0, 1));
    join(&mut world, guild, thread, blind);
    assert_eq!((changes(&world, socket), changes(&world, other)), (1, 2));
    let own = world.events(socket, "THREAD_MEMBER_UPDATE");
    assert_eq!(own[0]["guild_id"], json!(guild));
    assert_eq!(
        world.events(other, "THREAD_MEMBER_UPDATE"),
        [] as [Value; 0]
    );
}

#[test]
fn newly_visible_channels_bring_their_active_threads() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let secret = world.channel(guild, 0, &[hidden(guild)]);
    let socket = world.connect_user(member);
    let public = start(&mut world, guild, secret, false, owner);
    start(&mut world, guild, secret, true, owner);
    assert_eq!(world.events(socket, "THREAD_CREATE"), [] as [Value; 0]);
    world.change_channel(guild, secret, &[]);
    let sync = &world.events(socket, "THREAD_LIST_SYNC")[0];
    assert_eq!(sync["channel_ids"], json!([secret]));
    assert_eq!(sync["threads"].as_array().unwrap().len(), 1);
    assert_eq!(sync["threads"][0]["id"], json!(public));
    assert_eq!(sync["members"], json!([]));
}

#[test]
fn moderators_are_told_of_threads_as_rights_change() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let moderators = world.role(guild, Permissions::MANAGE_THREADS);
    let socket = world.connect_user(member);
    let public = start(&mut world, guild, channel, false, owner);
    let private = start(&mut world, guild, channel, true, owner);
    for (roles, expected) in [
        (vec![moderators], vec![public, private]),
        (vec![], vec![public]),
    ] {
        world.clear(socket);
        world.change_roles(guild, member, &roles);
        let sync = &world.events(socket, "THREAD_LIST_SYNC")[0];
        assert_eq!(sync["channel_ids"], json!([channel]));
        let threads = sync["threads"].as_array().unwrap().iter();
        let threads: Vec<_> = threads.map(|thread| thread["id"].clone()).collect();
        assert_eq!(json!(threads), json!(expected));
    }
    // Their own threads are not news to them.
    join(&mut world, guild, private, member);
    world.clear(socket);
    world.change_roles(guild, member, &[moderators]);
    assert_eq!(world.events(socket, "THREAD_LIST_SYNC"), [] as [Value; 0]);
}

#[test]
fn new_sessions_get_the_threads_they_see() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let (member, moderator) = (world.user(), world.user());
    world.enter(guild, member);
    world.enter(guild, moderator);
    let role = world.role(guild, Permissions::MANAGE_THREADS);
    world
        .stored(guild)
        .members
        .get_mut(&moderator)
        .unwrap()
        .roles = vec![role];
    world.connect_user(owner);
    start(&mut world, guild, channel, false, owner);
    let private = start(&mut world, guild, channel, true, owner);
    let threads = |world: &mut World, user| {
        let socket = world.connect_user(user);
        let ready = &world.events(socket, "READY")[0];
        ready["guilds"][0]["threads"].as_array().unwrap().clone()
    };
    assert_eq!(threads(&mut world, member).len(), 1);
    assert_eq!(threads(&mut world, moderator).len(), 2);
    let own = threads(&mut world, owner);
    assert_eq!(own[0]["member"]["user_id"], json!(owner));
    join(&mut world, guild, private, member);
    assert_eq!(threads(&mut world, member).len(), 2);
}

#[test]
fn new_sessions_see_the_remaining_last_pin_and_last_post() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let forum = world.channel(guild, kind::FORUM, &[]);
    // The guild lives as long as somebody is connected: the store is not asked again.
    world.connect_user(owner);
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    let seen = |world: &mut World, id: ChannelId, field: &str| {
        let socket = world.connect(bot, Intents::GUILDS);
        let guild = world.events(socket, "GUILD_CREATE").remove(0);
        let mut channels = guild["channels"].as_array().unwrap().iter();
        channels.find(|it| it["id"] == json!(id)).unwrap()[field].clone()
    };
    for last in [Some(2000), Some(1000), None] {
        let last = json!(last.map(Timestamp::from_millis));
        let pins = json!({"channel_id": channel, "guild_id": guild, "last_pin_timestamp": last});
        let kind = EventKind::ChannelPinsUpdate;
        publish(&mut world, guild, channel, kind, &pins);
        assert_eq!(seen(&mut world, channel, "last_pin_timestamp"), last);
    }
    for _ in 0..2 {
        let post = start(&mut world, guild, forum, false, owner);
        assert_eq!(seen(&mut world, forum, "last_message_id"), json!(post));
    }
}
