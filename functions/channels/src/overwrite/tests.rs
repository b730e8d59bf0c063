//! Tests of overwrites: who may set which, and who hears of it.

use model::event::EventKind;
use runtime::testing::App;
use serde_json::json;

use super::*;
use crate::channel::FUNCTION as CHANNEL;

#[test]
fn an_overwrite_is_set_changed_and_deleted() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let path = format!("/channels/{channel}/permissions/{guild}");
    let set = |allow: u64| {
        let body = json!({ "type": 0, "allow": allow.to_string(), "deny": "0" });
        alice.put(&FUNCTION, &path, body).no_content();
        let events = app.events();
        assert_eq!(events.len(), 2, "{events:#?}");
        assert_eq!(events[1].kind, EventKind::ChannelUpdate);
        assert_eq!(events[1].audience, Audience::Channel { guild, channel });
        events[0].data.clone()
    };
    assert!(set(SEND_MESSAGES).contains(r#""action_type":13"#));
    assert!(set(SEND_TTS_MESSAGES).contains(r#""action_type":14"#));
    let shown = alice.get(&CHANNEL, &format!("/channels/{channel}")).ok();
    let expected = json!([{ "id": guild, "type": 0, "allow": "4096", "deny": "0" }]);
    assert_eq!(shown["permission_overwrites"], expected);
    alice.delete(&FUNCTION, &path).no_content();
    assert!(app.events()[0].data.contains(r#""action_type":15"#));
    alice.delete(&FUNCTION, &path).is(Code::UnknownOverwrite);
}

#[test]
fn nobody_grants_what_they_do_not_hold() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let path = format!("/channels/{channel}/permissions/{}", bob.id);
    let body = |allow: u64| json!({ "type": 1, "allow": allow.to_string() });
    bob.put(&FUNCTION, &path, body(SEND_MESSAGES))
        .is(Code::MissingPermissions);
    bob.grant(guild, 1, MANAGE_ROLES);
    bob.put(&FUNCTION, &path, body(SEND_MESSAGES)).no_content();
    bob.put(&FUNCTION, &path, body(BAN_MEMBERS))
        .is(Code::MissingPermissions);
}

#[test]
fn permissions_held_in_the_guild_or_the_category_can_be_set() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let overwrite = |user: Id<marker::User>, allow: u64, deny: u64| Overwrite {
        id: user.cast(),
        kind: OverwriteKind::Member,
        allow: Permissions::from_bits_retain(allow),
        deny: Permissions::from_bits_retain(deny),
    };
    let set = |channel: Id<marker::Channel>, allow: u64| {
        let path = format!("/channels/{channel}/permissions/{}", carol.id);
        let body = json!({ "type": 1, "allow": allow.to_string(), "deny": "0" });
        bob.put(&FUNCTION, &path, body)
    };
    // An overwrite of the channel lets him manage it: then he may set what he lacks in it, and even
    // in the guild, but not who manages.
    let managed = overwrite(bob.id, MANAGE_ROLES, SEND_MESSAGES);
    let managed = app.create_channel(guild, &[managed]);
    set(managed, SEND_MESSAGES).no_content();
    set(managed, SEND_MESSAGES | BAN_MEMBERS).no_content();
    set(managed, MANAGE_ROLES).is(Code::MissingPermissions);
    // He cannot give a permission that he holds by an overwrite of the channel alone.
    bob.grant(guild, 1, MANAGE_ROLES);
    let lent = app.create_channel(guild, &[overwrite(bob.id, PRIORITY_SPEAKER, 0)]);
    set(lent, PRIORITY_SPEAKER).is(Code::MissingPermissions);
    set(lent, SEND_MESSAGES).no_content();
    set(lent, MANAGE_ROLES).is(Code::MissingPermissions);
    // He can give one that he holds in the category.
    let category = app.create_channel(guild, &[overwrite(bob.id, PRIORITY_SPEAKER, 0)]);
    let mut batch = Batch::main();
    let before = app
        .read(store::Store::Main, channels::by_id(lent))
        .remove(0);
    let mut after = before.clone();
    after.guild.as_mut().unwrap().parent_id = Some(category);
    channels::update(&mut batch, &before, &after);
    app.write(batch);
    set(lent, PRIORITY_SPEAKER).no_content();
}

#[test]
fn a_channel_has_so_many_overwrites_and_no_more() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let many: Vec<_> = (1..=1000)
        .map(|id| Overwrite {
            id: Id::new(id),
            kind: OverwriteKind::Member,
            allow: Permissions::empty(),
            deny: Permissions::SPEAK,
        })
        .collect();
    let channel = app.create_channel(guild, &many);
    let path = format!("/channels/{channel}/permissions/{guild}");
    alice
        .put(&FUNCTION, &path, json!({ "type": 0 }))
        .is(Code::TooManyOverwrites);
}

#[test]
fn the_target_is_of_the_guild() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let stranger = app.register("mallory");
    let path = format!("/channels/{channel}/permissions/{}", stranger.id);
    alice
        .put(&FUNCTION, &path, json!({ "type": 1 }))
        .is(Code::UnknownMember);
    alice
        .put(&FUNCTION, &path, json!({ "type": 0 }))
        .is(Code::UnknownRole);
    let wrong = alice.put(&FUNCTION, &path, json!({ "type": 2 }));
    assert_eq!(wrong.field_error(&["type"]), "BASE_TYPE_CHOICES");
    stranger
        .put(&FUNCTION, &path, json!({ "type": 1 }))
        .is(Code::MissingAccess);
}
