//! Who hears what in a guild, while it changes.

use model::event::EventKind;
use model::gateway::Intents;
use model::permissions::OverwriteKind;
use model::{Audience, Permissions};
use serde_json::json;

use crate::support::{ALL_FLAGS, World, channel, event, hidden, overwrite, shown_to};

#[test]
fn a_message_reaches_those_who_see_the_channel() {
    let (mut world, guild, owner, open) = World::with_guild();
    let (member, guest) = (world.user(), world.user());
    world.enter(guild, member);
    world.enter(guild, guest);
    let role = world.role(guild, Permissions::empty());
    let secret = world.channel(guild, 0, &[hidden(guild), shown_to(role)]);
    world.stored(guild).members.get_mut(&member).unwrap().roles = vec![role];
    let sockets = [owner, member, guest].map(|user| world.connect_user(user));
    let content = world.say(guild, open, owner);
    assert_eq!(world.sockets_that_read(&content, &sockets).len(), 3);
    let content = world.say(guild, secret, owner);
    let readers = world.sockets_that_read(&content, &sockets);
    assert_eq!(readers, [sockets[0], sockets[1]].into());
}

#[test]
fn a_hidden_channel_is_in_nothing_that_a_member_gets() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let secret = world.channel(guild, 0, &[hidden(guild)]);
    let socket = world.connect_user(member);
    world.say(guild, secret, owner);
    let stored = world.stored(guild).channels[&secret].clone();
    world.change_channel(guild, secret, stored.overwrites());
    let all = format!("{:?}", world.clients[&socket].received);
    assert!(!all.contains(&format!("channel{secret}")));
    assert!(!all.contains("MESSAGE_CREATE"));
}

#[test]
fn an_overwrite_shows_and_hides_a_channel() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let id = world.channel(guild, 0, &[]);
    let [own, other] = [owner, member].map(|user| world.connect_user(user));
    world.change_channel(guild, id, &[hidden(guild)]);
    assert_eq!(world.names(own).last().unwrap(), "CHANNEL_UPDATE");
    assert_eq!(world.names(other).last().unwrap(), "CHANNEL_DELETE");
    let for_member = overwrite(
        member,
        OverwriteKind::Member,
        Permissions::VIEW_CHANNEL,
        Permissions::empty(),
    );
    world.change_channel(guild, id, &[hidden(guild), for_member]);
    assert_eq!(world.names(own).last().unwrap(), "CHANNEL_UPDATE");
    assert_eq!(world.names(other).last().unwrap(), "CHANNEL_CREATE");
    let created = &world.events(other, "CHANNEL_CREATE")[0];
    assert_eq!(created["id"], json!(id));
    assert_eq!(
        created["permission_overwrites"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_role_given_and_taken_shows_and_hides_its_channels() {
    let (mut world, guild, _, _) = World::with_guild();
    let (member, other) = (world.user(), world.user());
    world.enter(guild, member);
    world.enter(guild, other);
    let role = world.role(guild, Permissions::empty());
    let secret = world.channel(guild, 0, &[hidden(guild), shown_to(role)]);
    let sockets = [member, other].map(|user| world.connect_user(user));
    world.change_roles(guild, member, &[role]);
    let names = world.names(sockets[0]);
    assert_eq!(
        names[names.len() - 2..],
        ["GUILD_MEMBER_UPDATE", "CHANNEL_CREATE"]
    );
    let content = world.say(guild, secret, member);
    assert_eq!(
        world.sockets_that_read(&content, &sockets),
        [sockets[0]].into()
    );
    world.change_roles(guild, member, &[]);
    assert_eq!(world.names(sockets[0]).last().unwrap(), "CHANNEL_DELETE");
    let content = world.say(guild, secret, member);
    assert!(world.sockets_that_read(&content, &sockets).is_empty());
    assert!(world.events(sockets[1], "CHANNEL_CREATE").is_empty());
}

#[test]
fn an_administrator_sees_everything_while_they_are_one() {
    let (mut world, guild, _, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let role = world.role(guild, Permissions::empty());
    world.stored(guild).members.get_mut(&member).unwrap().roles = vec![role];
    world.channel(guild, 0, &[hidden(guild)]);
    let socket = world.connect_user(member);
    world.change_role(guild, role, Permissions::ADMINISTRATOR);
    assert_eq!(world.names(socket).last().unwrap(), "CHANNEL_CREATE");
    world.change_role(guild, role, Permissions::empty());
    assert_eq!(world.names(socket).last().unwrap(), "CHANNEL_DELETE");
}

#[test]
fn a_deleted_role_takes_its_channels_along() {
    let (mut world, guild, _, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let role = world.role(guild, Permissions::empty());
    world.channel(guild, 0, &[hidden(guild), shown_to(role)]);
    world.stored(guild).members.get_mut(&member).unwrap().roles = vec![role];
    let socket = world.connect_user(member);
    world.stored(guild).roles.remove(&role);
    let data = json!({"guild_id": guild, "role_id": role});
    let event = event(EventKind::GuildRoleDelete, Audience::Guild(guild), &data);
    world.publish(vec![event]);
    let names = world.names(socket);
    assert_eq!(
        names[names.len() - 2..],
        ["GUILD_ROLE_DELETE", "CHANNEL_DELETE"]
    );
}

#[test]
fn channels_appear_and_disappear_for_those_who_see_them() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let [own, other] = [owner, member].map(|user| world.connect_user(user));
    let id = model::Id::new(world.fresh());
    let made = channel(guild, id, 0, &[hidden(guild)]);
    let audience = || Audience::Channel { guild, channel: id };
    world.publish(vec![event(EventKind::ChannelCreate, audience(), &made)]);
    assert_eq!(world.events(own, "CHANNEL_CREATE").len(), 1);
    assert!(world.events(other, "CHANNEL_CREATE").is_empty());
    world.publish(vec![event(EventKind::ChannelDelete, audience(), &made)]);
    assert_eq!(world.events(own, "CHANNEL_DELETE").len(), 1);
    assert!(world.events(other, "CHANNEL_DELETE").is_empty());
}

#[test]
fn joiners_get_the_guild_and_others_are_told() {
    let (mut world, guild, owner, _) = World::with_guild();
    let newcomer = world.user();
    let bot = world.bot(0);
    let sockets = [world.connect_user(owner), world.connect_user(newcomer)];
    let bot_socket = world.connect(bot, Intents::GUILDS);
    world.join(guild, newcomer);
    world.answer_all();
    assert_eq!(world.events(sockets[0], "GUILD_MEMBER_ADD").len(), 1);
    assert!(world.events(sockets[1], "GUILD_MEMBER_ADD").is_empty());
    assert_eq!(
        world.events(sockets[1], "GUILD_CREATE")[0]["member_count"],
        2
    );
    world.join(guild, bot);
    let created = &world.events(bot_socket, "GUILD_CREATE")[0];
    assert!(
        created.get("unavailable").is_none(),
        "joined, not reconnected"
    );
}

#[test]
fn leavers_lose_the_guild_and_others_are_told() {
    let (mut world, guild, owner, open) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let sockets = [world.connect_user(owner), world.connect_user(member)];
    world.leave(guild, member);
    assert_eq!(world.events(sockets[0], "GUILD_MEMBER_REMOVE").len(), 1);
    assert!(world.events(sockets[1], "GUILD_MEMBER_REMOVE").is_empty());
    assert_eq!(
        world.events(sockets[1], "GUILD_DELETE"),
        [json!({"id": guild})]
    );
    let content = world.say(guild, open, owner);
    assert_eq!(
        world.sockets_that_read(&content, &sockets),
        [sockets[0]].into()
    );
    world.join(guild, member);
    assert_eq!(world.events(sockets[1], "GUILD_CREATE").len(), 1);
}

#[test]
fn a_guild_that_is_loaded_for_nobody_else_is_found_by_who_joins() {
    let (mut world, guild, _, _) = World::with_guild();
    let newcomer = world.user();
    let socket = world.connect_user(newcomer);
    assert_eq!(world.hub.guilds(), 0);
    world.join(guild, newcomer);
    world.answer_all();
    assert_eq!(world.events(socket, "GUILD_CREATE").len(), 1);
}

#[test]
fn a_deleted_guild_is_gone_for_everyone() {
    let (mut world, guild, owner, _) = World::with_guild();
    let socket = world.connect_user(owner);
    let data = json!({"id": guild});
    let event = event(EventKind::GuildDelete, Audience::Guild(guild), &data);
    world.publish(vec![event]);
    assert_eq!(world.events(socket, "GUILD_DELETE"), [json!({"id": guild})]);
    world.pass(61_000);
    assert_eq!(world.hub.guilds(), 0);
}

#[test]
fn holders_of_a_permission_hear_what_others_do_not() {
    let (mut world, guild, owner, _) = World::with_guild();
    let (moderator, member) = (world.user(), world.user());
    world.enter(guild, moderator);
    world.enter(guild, member);
    let role = world.role(guild, Permissions::VIEW_AUDIT_LOG);
    world
        .stored(guild)
        .members
        .get_mut(&moderator)
        .unwrap()
        .roles = vec![role];
    let sockets = [owner, moderator, member].map(|user| world.connect_user(user));
    let audience = Audience::Holders {
        guild,
        channel: None,
        permissions: Permissions::VIEW_AUDIT_LOG,
    };
    let event = event(EventKind::GuildAuditLogEntryCreate, audience, &json!({}));
    world.publish(vec![event.clone()]);
    let heard = |world: &World| {
        sockets.map(|socket| world.events(socket, "GUILD_AUDIT_LOG_ENTRY_CREATE").len())
    };
    assert_eq!(heard(&world), [1, 1, 0]);
    // A timeout takes all permissions.
    let until = world.now.plus_millis(60_000);
    let stored = world.stored(guild).members.get_mut(&moderator).unwrap();
    stored.communication_disabled_until = Some(until);
    world.change_roles(guild, moderator, &[role]);
    world.publish(vec![event.clone()]);
    assert_eq!(heard(&world), [2, 1, 0]);
    world.pass(60_001);
    world.publish(vec![event]);
    assert_eq!(heard(&world), [3, 2, 0]);
}

#[test]
fn intents_decide_what_bots_hear() {
    let (mut world, guild, owner, open) = World::with_guild();
    let (quiet, loud) = (world.bot(0), world.bot(ALL_FLAGS));
    world.enter(guild, quiet);
    world.enter(guild, loud);
    let quiet_socket = world.connect(quiet, Intents::GUILDS);
    let loud_socket = world.connect(loud, Intents::all());
    let content = world.say(guild, open, owner);
    let readers = world.sockets_that_read(&content, &[quiet_socket, loud_socket]);
    assert_eq!(readers, [loud_socket].into());
    // GUILD_MEMBER_UPDATE about oneself needs no intent.
    world.change_roles(guild, owner, &[]);
    assert!(world.events(quiet_socket, "GUILD_MEMBER_UPDATE").is_empty());
    world.change_roles(guild, quiet, &[]);
    assert_eq!(world.events(quiet_socket, "GUILD_MEMBER_UPDATE").len(), 1);
    assert_eq!(world.events(loud_socket, "GUILD_MEMBER_UPDATE").len(), 2);
}

#[test]
fn message_content_needs_its_intent() {
    let (mut world, guild, owner, open) = World::with_guild();
    let bot = world.bot(0);
    world.enter(guild, bot);
    let socket = world.connect(bot, Intents::GUILD_MESSAGES);
    world.say(guild, open, owner);
    let own = world.say(guild, open, bot);
    let messages = world.events(socket, "MESSAGE_CREATE");
    assert_eq!(messages[0]["content"], "");
    assert_eq!(messages[1]["content"], json!(own));
}

#[test]
fn private_messages_reach_their_users_and_the_first_shard() {
    let mut world = World::new();
    let (bot, user, stranger) = (world.bot(0), world.user(), world.user());
    let shards =
        [0, 1].map(|id| world.connect_with(bot, json!({"intents": 1 << 12, "shard": [id, 2]})));
    let sockets = [world.connect_user(user), world.connect_user(stranger)];
    let audience = Audience::Private {
        channel: model::Id::new(5),
        users: vec![bot, user],
    };
    let data = json!({"content": "hello"});
    world.publish(vec![event(EventKind::MessageCreate, audience, &data)]);
    let all = [shards[0], shards[1], sockets[0], sockets[1]];
    let readers = world.sockets_that_read("hello", &all);
    assert_eq!(readers, [shards[0], sockets[0]].into());
}

#[test]
fn events_published_twice_are_delivered_once() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let socket = world.connect_user(owner);
    let audience = Audience::Channel { guild, channel };
    let data = json!({"user_id": owner});
    let event = event(EventKind::TypingStart, audience, &data);
    let first = world.published_events.len() as u64;
    for _ in 0..3 {
        let events = vec![event.clone()];
        world.input(gateway_durable::hub::Input::Published { first, events });
    }
    assert_eq!(world.events(socket, "TYPING_START").len(), 1);
}

#[test]
fn an_event_that_makes_no_sense_is_reported_and_not_sent() {
    let (mut world, guild, owner, _) = World::with_guild();
    let socket = world.connect_user(owner);
    let audience = Audience::Guild(guild);
    let event = event(EventKind::GuildRoleUpdate, audience, &json!({"role": 1}));
    world.publish(vec![event]);
    assert_eq!(world.malformed.len(), 1);
    assert_eq!(world.names(socket), ["READY"]);
}

#[test]
fn a_large_guild_is_known_by_who_is_connected() {
    let (mut world, guild, owner, open) = World::with_guild();
    for _ in 0..300 {
        let user = world.user();
        world.enter(guild, user);
    }
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    world.connect_user(owner);
    let socket = world.connect(bot, Intents::all());
    let create = &world.events(socket, "GUILD_CREATE")[0];
    assert_eq!(create["large"], true);
    assert_eq!(create["member_count"], 302);
    assert_eq!(create["members"].as_array().unwrap().len(), 2);
    let newcomer = world.user();
    world.join(guild, newcomer);
    assert_eq!(world.events(socket, "GUILD_MEMBER_ADD").len(), 1);
    let content = world.say(guild, open, owner);
    assert_eq!(world.sockets_that_read(&content, &[socket]).len(), 1);
}
