//! Tests of showing, accepting and revoking invites.

use model::channel::{Channel, PrivateChannel, kind};
use model::guild::Guild;
use model::invite::{Invite, InviteChannel};
use model::permissions::{Overwrite, OverwriteKind};
use runtime::testing::{Actor, App};
use serde_json::{Value, json};
use store::Store;

use super::*;

/// An invite of `inviter` to a channel, stored as `change` leaves it.
fn store_invite(
    app: &App,
    inviter: &Actor<'_>,
    guild_id: Option<Id<marker::Guild>>,
    channel: Id<marker::Channel>,
    change: impl FnOnce(&mut Invite),
) -> String {
    let inviter = app.read(Store::Main, users::by_id(inviter.id)).pop();
    let mut invite = Invite {
        code: "abcd1234".to_owned(),
        guild_id,
        channel: InviteChannel {
            id: channel,
            kind: kind::TEXT,
            name: None,
            icon: None,
        },
        inviter,
        uses: 0,
        max_uses: 0,
        max_age: 0,
        temporary: false,
        created_at: app.now(),
        expires_at: None,
        target_type: None,
        target_user_id: None,
        target_application_id: None,
        flags: 0,
    };
    change(&mut invite);
    let mut batch = Batch::main();
    invites::insert(&mut batch, &invite, Code::InvalidInviteCode);
    app.write(batch);
    format!("/invites/{}", invite.code)
}

fn change_guild(app: &App, id: Id<marker::Guild>, change: impl FnOnce(&mut Guild)) {
    let before = app.read(Store::Main, guilds::by_id(id)).pop().unwrap();
    let mut guild = before.clone();
    change(&mut guild);
    let mut batch = Batch::main();
    guilds::update(&mut batch, &before, &guild);
    app.write(batch);
}

#[test]
fn anyone_sees_where_an_invite_leads() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    let shown = app.nobody().get(&FUNCTION, &path).ok();
    assert_eq!(shown["guild"]["id"], json!(guild));
    assert_eq!(shown["channel"]["name"], "general");
    assert_eq!(shown["inviter"]["username"], "alice");
    assert_eq!(
        shown.get("uses"),
        None,
        "how often it was used is for managers"
    );
    assert_eq!(shown.get("approximate_member_count"), None);
    let counted = app
        .nobody()
        .get(&FUNCTION, &format!("{path}?with_counts=true"))
        .ok();
    assert_eq!(counted["approximate_member_count"], 1);
    assert_eq!(counted["approximate_presence_count"], 1);
    let wrong = app
        .nobody()
        .get(&FUNCTION, &format!("{path}?with_counts=maybe"));
    assert_eq!(wrong.field_error(&["with_counts"]), "BOOLEAN_TYPE_CONVERT");
    app.nobody()
        .get(&FUNCTION, "/invites/nothing")
        .is(Code::UnknownInvite);
}

#[test]
fn mutes_and_timeouts_outlast_leaving() {
    use model::member::flags::DID_REJOIN;

    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    bob.post(&FUNCTION, &path, json!({})).ok();
    let stored = || app.read(Store::Main, members::one(guild, bob.id)).remove(0);
    assert_eq!(stored().flags, 0);
    let until = app.now().plus_millis(3_600_000);
    let mut batch = Batch::main();
    batch.push(members::set_timeout(guild, bob.id, Some(until)));
    batch.push(members::set_voice(guild, bob.id, Some(true), None));
    app.write(batch);
    let leave = || {
        let mut batch = Batch::main();
        members::delete_present(&mut batch, guild, &[bob.id]);
        app.write(batch);
    };
    for _ in 0..2 {
        leave();
        app.events();
        bob.post(&FUNCTION, &path, json!({})).ok();
        let member = stored();
        assert_eq!(member.communication_disabled_until, Some(until));
        assert_eq!((member.mute, member.deaf), (true, false));
        assert_eq!(member.flags, DID_REJOIN);
        let told = app.emitted(EventKind::GuildMemberAdd).data;
        let told: model::Member = serde_json::from_str(&told).unwrap();
        assert_eq!(told.communication_disabled_until, Some(until));
        assert_eq!((told.mute, told.flags), (true, DID_REJOIN));
    }
    leave();
    app.advance(3_600_001);
    bob.post(&FUNCTION, &path, json!({})).ok();
    assert_eq!(stored().communication_disabled_until, None);
}

#[test]
fn accepting_makes_a_member() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    let bob = app.register("bob");
    let answer = bob.post(&FUNCTION, &path, json!({})).ok();
    assert_eq!(answer["new_member"], true);
    let joined = app.emitted(EventKind::GuildMemberAdd);
    assert_eq!(joined.audience, Audience::Guild(guild));
    let joined: Value = serde_json::from_str(&joined.data).unwrap();
    assert_eq!(joined["guild_id"], json!(guild));
    assert_eq!(joined["user"]["username"], "bob");
    assert_eq!(app.read(Store::Main, guilds::member_count(guild)), [2]);
    let again = bob.post(&FUNCTION, &path, json!({})).ok();
    assert_eq!(again["new_member"], false);
    assert!(app.events().is_empty());
    let uses = app.read(Store::Main, invites::of_guild(guild, app.now()));
    assert_eq!(uses[0].uses, 1, "a member uses nothing up");
}

#[test]
fn bots_come_by_another_way() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    app.bot("robot")
        .post(&FUNCTION, &path, json!({}))
        .is(Code::BotsNotAllowed);
}

#[test]
fn the_banned_stay_out() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    let bob = app.register("bob");
    let mut batch = Batch::main();
    batch.push(bans::insert(guild, &[bob.id], alice.id, None, app.now()));
    app.write(batch);
    bob.post(&FUNCTION, &path, json!({}))
        .is(Code::BannedFromGuild);
    change_guild(&app, guild, |guild| {
        guild.features.push("INVITES_DISABLED".to_owned())
    });
    app.register("carol")
        .post(&FUNCTION, &path, json!({}))
        .is(Code::FeatureDisabled);
}

#[test]
fn an_invite_ends_by_use_and_by_time() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let once = store_invite(&app, &alice, Some(guild), channel, |invite| {
        invite.max_uses = 1
    });
    app.register("bob").post(&FUNCTION, &once, json!({})).ok();
    app.register("carol")
        .post(&FUNCTION, &once, json!({}))
        .is(Code::UnknownInvite);
    let brief = store_invite(&app, &alice, Some(guild), channel, |invite| {
        invite.code = "brief".to_owned();
        invite.expires_at = Some(invite.created_at.plus_millis(1000));
    });
    app.nobody().get(&FUNCTION, &brief).ok();
    app.advance(1000);
    app.nobody().get(&FUNCTION, &brief).is(Code::UnknownInvite);
    app.register("dave")
        .post(&FUNCTION, &brief, json!({}))
        .is(Code::UnknownInvite);
}

#[test]
fn the_last_use_counts_once_though_two_come_together() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    store_invite(&app, &alice, Some(guild), channel, |invite| {
        invite.max_uses = 1
    });
    // Both have seen the invite; only the batches decide.
    let seen = app.read(Store::Main, invites::by_code("abcd1234", app.now()));
    let mut first = Batch::main();
    invites::use_up(&mut first, &seen[0], app.now(), MOVED);
    let second = first.clone();
    app.write(first);
    assert_eq!(app.try_write(second), Err(Rejection::Code(MOVED)));
}

#[test]
fn a_user_is_in_so_many_guilds() {
    let app = App::new();
    app.configure(|config| config.limits.guilds_per_user_max = 1);
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    let bob = app.register("bob");
    bob.create_guild();
    bob.post(&FUNCTION, &path, json!({}))
        .is(Code::TooManyGuilds);
    assert!(app.events().is_empty());
    let uses = app.read(Store::Main, invites::of_guild(guild, app.now()));
    assert_eq!(uses[0].uses, 0, "nothing was half done");
}

#[test]
fn managers_revoke_invites() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    let bob = app.register("bob");
    bob.delete(&FUNCTION, &path).is(Code::MissingAccess);
    bob.join(guild);
    bob.delete(&FUNCTION, &path).is(Code::MissingPermissions);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    assert_eq!(bob.delete(&FUNCTION, &path).ok()["uses"], 0);
    let events = app.events();
    assert_eq!(events[0].kind, EventKind::InviteDelete);
    let managers = Audience::Holders {
        guild,
        channel: Some(channel),
        permissions: Permissions::MANAGE_CHANNELS,
    };
    assert_eq!(events[0].audience, managers);
    assert_eq!(events[1].kind, EventKind::GuildAuditLogEntryCreate);
    bob.delete(&FUNCTION, &path).is(Code::UnknownInvite);
}

#[test]
fn revoking_requires_the_guilds_second_factor() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    let mut batch = Batch::main();
    batch.push(guilds::set_mfa_level(guild, 1));
    app.write(batch);
    alice.delete(&FUNCTION, &path).is(Code::MfaRequired);
    for (name, permission) in [("bob", MANAGE_CHANNELS), ("carol", MANAGE_GUILD)] {
        let moderator = app.register(name);
        moderator.join(guild);
        moderator
            .delete(&FUNCTION, &path)
            .is(Code::MissingPermissions);
        moderator.grant(guild, 1, permission);
        moderator.delete(&FUNCTION, &path).is(Code::MfaRequired);
    }
    let mut batch = Batch::main();
    batch.push(users::set_totp(alice.id, Some("GEZDGNBVGY3TQOJQ")));
    app.write(batch);
    alice.delete(&FUNCTION, &path).ok();
}

#[test]
fn a_vanity_code_is_an_invite_that_cannot_be_revoked() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let mut batch = Batch::main();
    batch.push(guilds::set_vanity(guild, Some("cats")));
    app.write(batch);
    let shown = app.nobody().get(&FUNCTION, "/invites/Cats").ok();
    assert_eq!(shown["code"], "cats");
    assert_eq!(shown["channel"]["id"], json!(channel));
    let open = app.create_channel(guild, &[]);
    let hidden = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::VIEW_CHANNEL,
    };
    let mut batch = Batch::main();
    batch.push(channels::set_overwrite(channel, &hidden));
    app.write(batch);
    let shown = app.nobody().get(&FUNCTION, "/invites/Cats").ok();
    assert_eq!(shown["channel"]["id"], json!(open));
    let joined = app
        .register("bob")
        .post(&FUNCTION, "/invites/cats", json!({}))
        .ok();
    assert_eq!(joined["new_member"], true);
    assert_eq!(app.read(Store::Main, guilds::vanity_uses(guild)), [1]);
    alice
        .delete(&FUNCTION, "/invites/cats")
        .is(Code::UnknownInvite);
}

/// A group conversation in which somebody is alone.
fn group(app: &App, owner: &Actor<'_>) -> Id<marker::Channel> {
    let private = PrivateChannel {
        recipients: Vec::new(),
        name: Some("friends".to_owned()),
        icon: None,
        owner_id: Some(owner.id),
    };
    let channel = Channel {
        id: app.id(),
        kind: kind::GROUP_DM,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: None,
        private: Some(private.clone()),
    };
    let mut batch = Batch::main();
    batch.push(private_channels::insert(&channel, &private));
    let owners = private_channels::insert_recipients(channel.id, &[owner.id], false);
    batch.push(owners);
    app.write(batch);
    channel.id
}

#[test]
fn a_group_conversation_has_invites_too() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let channel = group(&app, &alice);
    let path = store_invite(&app, &alice, None, channel, |_| {});
    let answer = bob.post(&FUNCTION, &path, json!({})).ok();
    assert_eq!(
        (answer["type"].clone(), answer["new_member"].clone()),
        (json!(1), json!(true))
    );
    let events = app.events();
    let added = Audience::Private {
        channel,
        users: vec![alice.id],
    };
    assert_eq!(
        (events[0].kind, &events[0].audience),
        (EventKind::ChannelRecipientAdd, &added)
    );
    let own = Audience::Private {
        channel,
        users: vec![bob.id],
    };
    assert_eq!(
        (events[1].kind, &events[1].audience),
        (EventKind::ChannelCreate, &own)
    );
    let both = Audience::Private {
        channel,
        users: vec![alice.id, bob.id],
    };
    assert_eq!(
        (events[2].kind, &events[2].audience),
        (EventKind::MessageCreate, &both)
    );
    let said: Value = serde_json::from_str(&events[2].data).unwrap();
    assert_eq!(
        (
            &said["type"],
            &said["author"]["id"],
            &said["mentions"][0]["id"]
        ),
        (&json!(1), &json!(alice.id), &json!(bob.id))
    );
    assert_eq!(
        bob.post(&FUNCTION, &path, json!({})).ok()["new_member"],
        false
    );
    let list = &crate::channel_invites::FUNCTION;
    let listed = format!("/channels/{channel}/invites");
    let invites = alice.get(list, &listed).ok();
    assert_eq!(invites.as_array().map(Vec::len), Some(1));
    bob.get(list, &listed).is(Code::MissingPermissions);
    bob.delete(&FUNCTION, &path).is(Code::MissingPermissions);
    alice.delete(&FUNCTION, &path).ok();
}

#[test]
fn nobody_joins_more_groups_than_they_may_be_in() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    for _ in 0..10 {
        group(&app, &bob);
    }
    let path = store_invite(&app, &alice, None, group(&app, &alice), |_| {});
    bob.post(&FUNCTION, &path, json!({}))
        .is(Code::TooManyGroupChannels);
}

#[test]
fn the_last_use_ends_an_invite_and_its_managers_hear_of_it() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |invite| {
        invite.max_uses = 2;
        invite.uses = 1;
    });
    bob.post(&FUNCTION, &path, json!({})).ok();
    let ended = app.emitted(EventKind::InviteDelete);
    assert_eq!(
        ended.audience,
        Audience::Holders {
            guild,
            channel: Some(channel),
            permissions: Permissions::MANAGE_CHANNELS,
        }
    );
    assert!(ended.data.contains("abcd1234"));
    bob.get(&FUNCTION, &path).is(Code::UnknownInvite);
}

#[test]
fn the_system_channel_says_who_joined_where_that_is_wanted() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = store_invite(&app, &alice, Some(guild), channel, |_| {});
    let join = |name| {
        app.register(name).post(&FUNCTION, &path, json!({})).ok();
        let events = app.events();
        events
            .into_iter()
            .find(|event| event.kind == EventKind::MessageCreate)
    };
    assert_eq!(join("bob"), None);
    change_guild(&app, guild, |guild| guild.system_channel_id = Some(channel));
    let notice = join("carol").expect("a notice");
    assert_eq!(notice.audience, Audience::Channel { guild, channel });
    let said: Value = serde_json::from_str(&notice.data).unwrap();
    assert_eq!((&said["type"], &said["content"]), (&json!(7), &json!("")));
    assert_eq!(said["author"]["username"], "carol");
    assert!(said["member"]["joined_at"].is_string());
    change_guild(&app, guild, |guild| guild.system_channel_flags = 1);
    assert_eq!(join("dave"), None);
}
