//! Tests of forwards.

use super::*;

#[test]
fn a_forward_holds_what_was_said() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let other = app.create_channel(guild, &[]);
    let message = say(&alice, channel, "said");
    let reference = json!({ "type": 1, "channel_id": channel, "message_id": message["id"] });
    let forward = json!({ "message_reference": reference });
    let forward = send(&alice, other, forward).ok();
    assert_eq!(
        forward["message_snapshots"][0]["message"]["content"],
        "said"
    );
    assert_eq!(forward["flags"], 1 << 14);
    let (_, foreign) = app.register("mallory").create_guild();
    let reference = json!({ "type": 1, "channel_id": foreign, "message_id": message["id"] });
    let hidden = send(&alice, other, json!({ "message_reference": reference }));
    assert_eq!(
        hidden.field_error(&["message_reference"]),
        "REPLIES_UNKNOWN_MESSAGE"
    );
}

#[test]
fn nobody_forwards_what_they_do_not_read() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, open) = alice.create_guild();
    bob.join(guild);
    let closed = alice.create_thread(open, model::channel::kind::PRIVATE_THREAD);
    let past = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::READ_MESSAGE_HISTORY,
    };
    let forgetful = app.create_channel(guild, &[past]);
    let forward = |actor: &Actor<'_>, channel, message: &Value| {
        let reference = json!({ "type": 1, "channel_id": channel, "message_id": message["id"] });
        send(actor, open, json!({ "message_reference": reference }))
    };
    for channel in [closed, forgetful] {
        let secret = say(&alice, channel, "secret");
        let refused = forward(&bob, channel, &secret);
        assert_eq!(
            refused.field_error(&["message_reference"]),
            "REPLIES_UNKNOWN_MESSAGE"
        );
        assert!(forward(&alice, channel, &secret).ok()["message_snapshots"].is_array());
    }
    bob.grant(guild, 1, MANAGE_THREADS);
    let secret = say(&alice, closed, "secret");
    let moderator = forward(&bob, closed, &secret).ok();
    let snapshot = &moderator["message_snapshots"][0]["message"];
    assert_eq!(snapshot["content"], "secret");
}
