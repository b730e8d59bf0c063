//! Tests of payloads: what is left out, and that who reads gets what was published.

use serde_json::{Value, json};

use super::*;
use crate::Message;

fn data(payload: &impl Payload) -> Value {
    serde_json::to_value(payload).unwrap()
}

/// Borrowed by who publishes, owned by who reads: both are the same JSON.
#[test]
fn published_events_are_read_again() {
    let (guild, channel) = (Id::new(1), Id::new(2));
    let deleted = MessageDelete {
        channel_id: channel,
        guild_id: Some(guild),
        id: Id::new(3),
    };
    let event = Event::new(Audience::Channel { guild, channel }, &deleted);
    assert_eq!(event.kind, EventKind::MessageDelete);
    assert_eq!(event.read::<MessageDelete>().unwrap(), deleted);
}

#[test]
fn an_event_is_not_read_as_another_kind() {
    let deleted = GuildRoleDelete {
        guild_id: Id::new(1),
        role_id: Id::new(2),
    };
    let event = Event::new(Audience::Guild(Id::new(1)), &deleted);
    let error = event.read::<GuildDelete>().unwrap_err().to_string();
    assert_eq!(error, "GUILD_ROLE_DELETE is read as GUILD_DELETE");
}

#[test]
fn private_conversations_have_no_guild_and_no_pin_is_null() {
    let update = ChannelPinsUpdate {
        channel_id: Id::new(2),
        guild_id: None,
        last_pin_timestamp: None,
    };
    let expected = json!({ "channel_id": "2", "last_pin_timestamp": null });
    assert_eq!(data(&update), expected);
}

#[test]
fn an_acknowledgement_says_that_it_was_by_hand_only_if_it_was() {
    let read = MessageAck {
        channel_id: Id::new(1),
        manual: false,
        mention_count: None,
        message_id: Id::new(2),
        version: 3,
    };
    let expected = json!({ "channel_id": "1", "message_id": "2", "version": 3 });
    assert_eq!(data(&read), expected);
    let by_hand = MessageAck {
        manual: true,
        mention_count: Some(0),
        ..read
    };
    assert_eq!(data(&by_hand)["mention_count"], 0);
    assert_eq!(data(&by_hand)["manual"], true);
}

fn thread() -> crate::Channel {
    serde_json::from_value(json!({
        "id": "5", "type": 11, "flags": 0, "last_message_id": null, "guild_id": "1",
        "name": "a thread", "parent_id": "4", "rate_limit_per_user": 0, "owner_id": "2",
        "message_count": 0, "total_message_sent": 0, "member_count": 1,
        "thread_metadata": {
            "archived": false, "archive_timestamp": "2026-01-01T00:00:00.000000+00:00",
            "auto_archive_duration": 60, "locked": false,
        },
    }))
    .unwrap()
}

/// That it is new is said once, and is no field of the thread.
#[test]
fn a_thread_is_read_without_that_it_is_new() {
    let thread = thread();
    let created = ThreadCreate {
        newly_created: true,
        thread: std::borrow::Cow::Borrowed(&thread),
    };
    let (guild, channel) = (Id::new(1), thread.id);
    let event = Event::new(Audience::Channel { guild, channel }, &created);
    let read = event.read::<ThreadCreate<'_>>().unwrap();
    assert!(read.newly_created);
    assert_eq!(*read.thread, thread);
    let seen = ThreadCreate {
        newly_created: false,
        ..read
    };
    assert_eq!(data(&seen), json!(thread));
}

fn message() -> Value {
    let user = json!({
        "id": "1", "username": "a", "discriminator": "0", "global_name": null, "avatar": null,
    });
    json!({
        "id": "9", "channel_id": "8", "author": user, "type": 19, "content": "secret",
        "timestamp": "2026-01-01T00:00:00.000000+00:00", "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [user], "mention_roles": [],
        "attachments": [], "embeds": [{ "title": "secret" }],
        "components": [{ "content": "secret" }], "pinned": false, "flags": 0,
        "message_snapshots": [{ "message": {
            "type": 0, "content": "secret", "timestamp": "2026-01-01T00:00:00.000000+00:00",
            "edited_timestamp": null, "flags": 0, "mentions": [], "mention_roles": [],
            "attachments": [], "embeds": [{ "title": "secret" }], "components": [],
        } }],
    })
}

fn created(message: Value) -> Event {
    Event {
        audience: Audience::Users(Vec::new()),
        kind: EventKind::MessageCreate,
        data: message.to_string(),
    }
}

/// The message as a bot gets it that may not read what others say.
fn concealed(event: &Event) -> Message {
    let mut message = message_of(event).unwrap();
    message.conceal(message.readable_by(Id::new(7)));
    message
}

/// What a message answers may itself forward one.
#[test]
fn a_message_without_content_says_nothing_at_any_depth() {
    let mut message_with_answer = message();
    message_with_answer["referenced_message"] = message();
    let event = created(message_with_answer);
    let stripped = concealed(&event);
    let json = serde_json::to_value(&stripped).unwrap();
    assert!(!json.to_string().contains("secret"), "{json}");
    assert_eq!(json["referenced_message"]["id"], "9");
    assert_eq!(json["embeds"], json!([]));
}

/// Clients tell by it that what was answered is gone.
#[test]
fn an_answer_to_what_was_deleted_keeps_its_null() {
    let mut answer = message();
    answer["referenced_message"] = Value::Null;
    let stripped = concealed(&created(answer));
    let json = serde_json::to_value(&stripped).unwrap();
    assert_eq!(json.get("referenced_message"), Some(&Value::Null));
}

#[test]
fn the_head_of_a_message_is_what_the_message_says() {
    let head = MessageHead::of(&created(message())).unwrap();
    let named = Named { id: Id::new(1) };
    assert_eq!((head.id, head.channel_id), (Id::new(9), Id::new(8)));
    assert_eq!((head.author, head.mentions), (named, vec![named]));
}
