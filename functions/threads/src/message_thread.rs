//! Making a thread from a message.

use actions::begin_thread::Beginning;
use actions::send_message::verification;
use actions::slow_mode;
use model::Channel;
use model::channel::kind;
use model::message::kind as message_kind;
use runtime::extract::Reason;
use runtime::prelude::*;
use store::messages;

use crate::new::{self, NewThread};

function! {
    "/channels/{channel_id}/messages/{message_id}/threads"
    POST create_thread_from_message, 5 per 5_000 ms
}

/// What the caller must be allowed.
const NEEDED: u64 = CREATE_PUBLIC_THREADS | READ_MESSAGE_HISTORY;

/// Makes a public thread that has the message's number, and begins with it.
///
/// See [Discord Docs/Start Thread from Message](https://discord.com/developers/docs/resources/channel#start-thread-from-message).
async fn create_thread_from_message(
    cx: &Cx,
    caller: InChannel<NEEDED>,
    Path((_, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
    Body(form): Body<NewThread>,
    Reason(reason): Reason,
) -> Result<Created<Channel>> {
    let kind = match caller.channel.kind {
        kind::TEXT => kind::PUBLIC_THREAD,
        kind::ANNOUNCEMENT => kind::ANNOUNCEMENT_THREAD,
        _ => return Err(Code::CannotExecuteOnChannelType.into()),
    };
    // Its name is read by everyone, as a message is.
    verification::check(cx, &caller)?;
    let query = messages::by_id(caller.caller.id(), caller.channel.id, id).optional();
    let row = cx.read_messages(caller.channel.id, query).await?;
    let row = row.ok_or(Code::UnknownMessage)?;
    if !matches!(row.kind, message_kind::DEFAULT | message_kind::REPLY) {
        return Err(Code::CannotExecuteOnSystemMessage.into());
    }
    let mut thread = form.build(cx, &caller, id.cast(), kind)?;
    let beginning = Beginning {
        guild_id: caller.membership()?.guild.id,
        channel_id: caller.channel.id,
        thread_id: thread.id,
        author_id: caller.caller.id(),
    };
    let slow_since = slow_mode::since(cx, &caller);
    let promise = |batch: &mut Batch| beginning.promise(cx, batch);
    let once = new::write(cx, &thread, slow_since, reason, promise).await?;
    thread.last_message_id = beginning.now(cx, &once).await;
    Ok(Created(thread))
}

#[cfg(test)]
mod tests {
    use actions::message_order::NOT_LAST;
    use model::message::flags;
    use runtime::testing::App;
    use serde_json::{Value, json};
    use store::messages::Stored;

    use super::*;

    fn message(app: &App, author: Id<marker::User>, channel: Id<marker::Channel>) -> Stored {
        let row = Stored::new(app.id(), channel, author, "look".to_owned());
        let mut batch = Batch::messages(channel);
        messages::insert(&mut batch, &row, &[], NOT_LAST);
        app.write(batch);
        row
    }

    #[test]
    fn a_thread_has_the_number_of_its_message_and_begins_with_it() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let row = message(&app, alice.id, channel);
        app.advance(1000);
        let path = format!("/channels/{channel}/messages/{}/threads", row.id);
        let answer = alice.post(&FUNCTION, &path, json!({ "name": "about it" }));
        assert_eq!(answer.status, 201);
        let thread = answer.ok();
        assert_eq!(thread["id"], json!(row.id));
        assert_eq!(thread["type"], 11);
        assert_eq!(thread["parent_id"], json!(channel));
        assert_eq!(thread["message_count"], 0);
        assert_eq!(thread["member_count"], 1);
        assert_eq!(thread["member"]["user_id"], json!(alice.id));
        assert_eq!(thread["thread_metadata"]["auto_archive_duration"], 1440);
        for absent in ["position", "permission_overwrites", "topic"] {
            assert!(thread.get(absent).is_none(), "{absent}");
        }
        let events = app.events();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                EventKind::ThreadMembersKnown,
                EventKind::ThreadCreate,
                EventKind::GuildAuditLogEntryCreate,
                EventKind::MessageUpdate,
                EventKind::MessageCreate,
            ]
        );
        let created: Value = serde_json::from_str(&events[1].data).unwrap();
        assert_eq!(created["newly_created"], true);
        assert!(created.get("member").is_none());
        let updated: Value = serde_json::from_str(&events[3].data).unwrap();
        assert_eq!(updated["flags"], flags::HAS_THREAD);
        assert_eq!(updated["thread"]["id"], json!(row.id));
        let starter: Value = serde_json::from_str(&events[4].data).unwrap();
        assert_eq!(starter["type"], 21);
        assert_eq!(starter["channel_id"], json!(row.id));
        assert_eq!(starter["referenced_message"]["content"], "look");
        alice
            .post(&FUNCTION, &path, json!({ "name": "again" }))
            .is(Code::ThreadExists);
    }

    #[test]
    fn messages_that_cannot_have_a_thread_are_refused() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let row = message(&app, alice.id, channel);
        let path = format!("/channels/{channel}/messages/{}/threads", row.id);
        let unnamed = alice.post(&FUNCTION, &path, json!({}));
        assert_eq!(unnamed.field_error(&["name"]), "BASE_TYPE_REQUIRED");
        let odd = json!({ "name": "x", "auto_archive_duration": 61 });
        let odd = alice.post(&FUNCTION, &path, odd);
        assert_eq!(
            odd.field_error(&["auto_archive_duration"]),
            "BASE_TYPE_CHOICES"
        );
        let named = json!({ "name": "x" });
        alice
            .post(
                &FUNCTION,
                &format!("/channels/{channel}/messages/9/threads"),
                named.clone(),
            )
            .is(Code::UnknownMessage);
        let thread = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let inside = message(&app, alice.id, thread);
        let inside = format!("/channels/{thread}/messages/{}/threads", inside.id);
        alice
            .post(&FUNCTION, &inside, named.clone())
            .is(Code::CannotExecuteOnChannelType);
        let bob = app.register("bob");
        bob.join(guild);
        let mute = model::permissions::Overwrite {
            id: guild.cast(),
            kind: model::permissions::OverwriteKind::Role,
            allow: Permissions::empty(),
            deny: Permissions::CREATE_PUBLIC_THREADS,
        };
        let closed = app.create_channel(guild, &[mute]);
        let row = message(&app, alice.id, closed);
        let path = format!("/channels/{closed}/messages/{}/threads", row.id);
        bob.post(&FUNCTION, &path, named)
            .is(Code::MissingPermissions);
    }

    #[test]
    fn failed_beginnings_of_threads_are_retried_by_a_job() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let row = message(&app, alice.id, channel);
        let path = format!("/channels/{channel}/messages/{}/threads", row.id);
        app.fill_messages(true);
        let thread = alice.post(&FUNCTION, &path, json!({ "name": "it" })).ok();
        assert_eq!(thread["last_message_id"], Value::Null);
        app.fill_messages(false);
        let due = store::jobs::due(app.now().plus_millis(3_600_000), 9);
        let jobs = app.read(store::Store::Main, due);
        let job = jobs
            .iter()
            .find(|job| job.kind == store::jobs::BEGIN_THREAD);
        let beginning = &job.unwrap().payload["beginning"];
        let beginning: Beginning = serde_json::from_value(beginning.clone()).unwrap();
        let cx = runtime::testing::block_on(Cx::new(app.host())).unwrap();
        app.events();
        for expected in [2, 0] {
            let begun = actions::begin_thread::begin(&cx, &beginning, "once");
            runtime::testing::block_on(begun).unwrap();
            assert_eq!(app.events().len(), expected);
        }
    }
}
