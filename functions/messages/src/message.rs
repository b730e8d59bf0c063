//! One message: reading, editing, deleting.

use actions::audit_log::{self, Entry};
use actions::delete_messages::delete_messages;
use actions::message_view::view;
use actions::send_message::EditMessage;
use actions::{attachments, edit_message, threads};
use model::Message;
use model::message::kind;
use runtime::extract::{Reason, WithFiles};
use runtime::prelude::*;
use store::messages;
use store::messages::Stored;

function! {
    "/channels/{channel_id}/messages/{message_id}"
    GET get_message, 5 per 5_000 ms
    PATCH update_message, 5 per 5_000 ms
        requires EMBED_LINKS when "the message gets embeds"
        requires ATTACH_FILES when "files are uploaded"
        requires MANAGE_MESSAGES when "embeds of another's message are hidden or shown"
        requires READ_MESSAGE_HISTORY when "the message is another's"
    DELETE delete_message, 5 per 5_000 ms
        requires MANAGE_MESSAGES when "the message is another's"
    uses blobs
}

async fn read<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    id: Id<marker::Message>,
) -> Result<Stored> {
    let query = messages::by_id(caller.caller.id(), caller.channel.id, id);
    let row = cx
        .read_messages(caller.channel.id, query.optional())
        .await?;
    row.ok_or(Code::UnknownMessage.into())
}

/// The message.
///
/// See [Discord Docs/Get Channel Message](https://discord.com/developers/docs/resources/message#get-channel-message).
async fn get_message(
    cx: &Cx,
    caller: InChannel<READ_MESSAGE_HISTORY>,
    Path((_, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
) -> Result<Json<Message>> {
    let row = read(cx, &caller, id).await?;
    view(cx, &caller, row).await.map(Json)
}

/// Changes the message. Only its author may change the text; moderators may hide its embeds.
///
/// See [Discord Docs/Edit Message](https://discord.com/developers/docs/resources/message#edit-message).
async fn update_message(
    cx: &Cx,
    caller: InChannel,
    Path((_, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
    WithFiles(mut request, _): WithFiles<EditMessage>,
) -> Result<Json<Message>> {
    threads::require_active(&caller.channel)?;
    read(cx, &caller, id).await?;
    let uploads = attachments::receive(cx, &caller, caller.channel.id, &mut request).await?;
    match edit_message::edit_message(cx, &caller, id, &uploads).await {
        Ok(message) => Ok(Json(message)),
        Err(error) => {
            uploads.abort(cx).await;
            Err(error)
        }
    }
}

/// Deletes the message. That of somebody else only with MANAGE_MESSAGES, noted in the audit log.
///
/// See [Discord Docs/Delete Message](https://discord.com/developers/docs/resources/message#delete-message).
async fn delete_message(
    cx: &Cx,
    caller: InChannel,
    Path((_, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let row = read(cx, &caller, id).await?;
    let own = row.author_id == caller.caller.id();
    if !own {
        caller.require(MANAGE_MESSAGES)?;
    }
    if is_lasting(row.kind) {
        return Err(Code::CannotExecuteOnSystemMessage.into());
    }
    let moderated = caller.channel.guild_id().filter(|_| !own);
    let entry = moderated.map(|guild| {
        Entry::new(guild, caller.caller.id(), audit_log::MESSAGE_DELETE)
            .target(row.author_id)
            .option("channel_id", row.channel_id)
            .option("count", 1)
            .reason(reason)
    });
    delete_messages(cx, &caller, std::slice::from_ref(&row), entry).await?;
    Ok(NoContent)
}

/// Whether messages of this type cannot be deleted.
fn is_lasting(kind: u8) -> bool {
    let lasting = [
        kind::RECIPIENT_ADD,
        kind::RECIPIENT_REMOVE,
        kind::CHANNEL_NAME_CHANGE,
        kind::CHANNEL_ICON_CHANGE,
        kind::THREAD_STARTER_MESSAGE,
    ];
    lasting.contains(&kind)
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, App};
    use serde_json::{Value, json};

    use super::*;
    use crate::messages::FUNCTION as MESSAGES;

    fn say(actor: &Actor<'_>, channel: Id<marker::Channel>, body: Value) -> String {
        let path = format!("/channels/{channel}/messages");
        let message = actor.post(&MESSAGES, &path, body).ok();
        format!("{path}/{}", message["id"].as_str().expect("an id"))
    }

    #[test]
    fn an_edit_is_seen_and_heard_of() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let path = say(
            &alice,
            channel,
            json!({ "content": "first", "flags": 4096 }),
        );
        app.events();
        let edited = alice
            .patch(
                &FUNCTION,
                &path,
                json!({ "content": "1st", "embeds": null }),
            )
            .ok();
        assert_eq!(edited["content"], "1st");
        assert_eq!(edited["flags"], 4096);
        assert!(edited["edited_timestamp"].is_string());
        let event = app.emitted(EventKind::MessageUpdate);
        assert_eq!(event.audience, Audience::Channel { guild, channel });
        assert!(event.data.contains(r#""content":"1st""#));
        assert!(event.data.contains(r#""joined_at""#));
        assert_eq!(alice.get(&FUNCTION, &path).ok(), edited);
        let long = alice.patch(&FUNCTION, &path, json!({ "content": "x".repeat(2001) }));
        assert_eq!(long.field_error(&["content"]), "BASE_TYPE_MAX_LENGTH");
        alice
            .patch(&FUNCTION, &path, json!({ "content": "" }))
            .is(Code::EmptyMessage);
        assert_eq!(alice.get(&FUNCTION, &path).ok()["content"], "1st");
    }

    #[test]
    fn a_message_of_components_keeps_no_text_from_before() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = say(&alice, channel, json!({ "content": "before" }));
        let components = json!([{ "type": 10, "content": "after" }]);
        let edit = |mut body: Value| {
            body["flags"] = json!(1 << 15);
            body["components"] = components.clone();
            alice.patch(&FUNCTION, &path, body)
        };
        assert_eq!(
            edit(json!({})).field_error(&["content"]),
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
        );
        let edited = edit(json!({ "content": null })).ok();
        assert_eq!(
            (&edited["flags"], &edited["content"]),
            (&json!(1 << 15), &json!(""))
        );
    }

    #[test]
    fn nobody_edits_what_others_say() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let body = json!({ "content": "mine", "embeds": [{ "title": "a" }] });
        let path = say(&bob, channel, body);
        let other = json!({ "content": "yours" });
        alice
            .patch(&FUNCTION, &path, other)
            .is(Code::CannotEditOthersMessage);
        let hidden = alice.patch(&FUNCTION, &path, json!({ "flags": 4 })).ok();
        assert_eq!(hidden["embeds"], json!([]));
        assert_eq!(hidden["edited_timestamp"], Value::Null);
        let shown = alice.patch(&FUNCTION, &path, json!({ "flags": 0 })).ok();
        assert_eq!(shown["embeds"][0]["title"], "a");
        let hers = say(&alice, channel, json!({ "content": "hers" }));
        bob.patch(&FUNCTION, &hers, json!({ "flags": 4 }))
            .is(Code::MissingPermissions);
    }

    #[test]
    fn a_deleted_message_is_gone_and_a_moderator_is_noted() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let hers = say(&alice, channel, json!({ "content": "hers" }));
        bob.delete(&FUNCTION, &hers).is(Code::MissingPermissions);
        let his = say(&bob, channel, json!({ "content": "his" }));
        app.events();
        alice.delete(&FUNCTION, &his).no_content();
        let events = app.events();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                EventKind::MessageDelete,
                EventKind::GuildAuditLogEntryCreate
            ]
        );
        assert_eq!(events[0].audience, Audience::Channel { guild, channel });
        assert!(events[1].data.contains(r#""action_type":72"#));
        alice.delete(&FUNCTION, &his).is(Code::UnknownMessage);
        alice.get(&FUNCTION, &his).is(Code::UnknownMessage);
        alice.delete(&FUNCTION, &hers).no_content();
        app.emitted(EventKind::MessageDelete);
    }

    #[test]
    fn a_message_is_found_in_its_own_channel_alone() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let path = say(&alice, channel, json!({ "content": "here" }));
        let id = path.rsplit('/').next().expect("an id");
        let other = app.create_channel(guild, &[]);
        let elsewhere = format!("/channels/{other}/messages/{id}");
        alice.get(&FUNCTION, &elsewhere).is(Code::UnknownMessage);
        let body = json!({ "content": "there" });
        alice
            .patch(&FUNCTION, &elsewhere, body)
            .is(Code::UnknownMessage);
        alice.delete(&FUNCTION, &elsewhere).is(Code::UnknownMessage);
        app.register("mallory")
            .get(&FUNCTION, &path)
            .is(Code::MissingAccess);
    }

    #[test]
    fn a_message_is_told_of_as_it_is() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = say(&alice, channel, json!({ "content": "first" }));
        app.events();
        let (token, other) = (alice.token().to_owned(), path.clone());
        app.before_next_write(move |app| {
            let edit = json!({ "content": "second" });
            app.holding(&token).patch(&FUNCTION, &other, edit).ok();
        });
        let hidden = alice.patch(&FUNCTION, &path, json!({ "flags": 4 })).ok();
        assert_eq!(
            (&hidden["content"], &hidden["flags"]),
            (&json!("second"), &json!(4))
        );
        let events = app.events();
        let last: Value = serde_json::from_str(&events.last().unwrap().data).unwrap();
        assert_eq!(
            (&last["content"], &last["flags"]),
            (&json!("second"), &json!(4))
        );
    }

    #[test]
    fn a_pinned_message_is_told_of_as_it_is() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = say(&alice, channel, json!({ "content": "first" }));
        let (token, other) = (alice.token().to_owned(), path.clone());
        app.events();
        app.before_next_write(move |app| {
            let edit = json!({ "content": "second" });
            app.holding(&token).patch(&FUNCTION, &other, edit).ok();
        });
        let pin = path.replace("/messages/", "/messages/pins/");
        alice
            .put(&crate::pin::FUNCTION, &pin, json!({}))
            .no_content();
        let mut events = app.events();
        events.retain(|event| event.kind == EventKind::MessageUpdate);
        let last: Value = serde_json::from_str(&events.last().unwrap().data).unwrap();
        assert_eq!(
            (&last["content"], &last["pinned"]),
            (&json!("second"), &json!(true))
        );
    }
}
