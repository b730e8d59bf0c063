//! Making a thread that comes from no message: in a forum, a post with its first message.

use actions::attachments;
use actions::begin_thread;
use actions::send_message::{self, verification};
use actions::slow_mode;
use actions::system_message::{self, Notice};
use actions::threads::check_tags;
use model::channel::kind;
use model::message::{Reference, kind as message_kind};
use model::{Channel, Message};
use runtime::extract::{Extract, Reason, WithFiles};
use runtime::prelude::*;
use serde::Serialize;
use store::{channels, members};

use crate::new::{self, NewThread};

function! {
    "/channels/{channel_id}/threads"
    POST create_thread, 5 per 5_000 ms
        requires CREATE_PRIVATE_THREADS when "the thread is private"
        requires CREATE_PUBLIC_THREADS when "the thread is public"
        requires SEND_MESSAGES when "it is a forum's post"
        requires MANAGE_THREADS when "one of a post's tags is for moderators"
        requires EMBED_LINKS when "a post has embeds"
        requires ATTACH_FILES when "a post has files"
    uses blobs
}

/// A forum's flag: posts must have a tag.
const REQUIRE_TAG: i64 = 1 << 4;

/// A new thread, with the message that it began with if it is a post.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct CreatedThread {
    #[serde(flatten)]
    channel: Channel,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

/// Makes a thread; of which type is the request's to say in a text channel, and a private one if it
/// does not.
///
/// See [Discord Docs/Start Thread without Message](https://discord.com/developers/docs/resources/channel#start-thread-without-message)
/// and [Discord Docs/Start Thread in Forum](https://discord.com/developers/docs/resources/channel#start-thread-in-forum-or-media-channel).
async fn create_thread(
    cx: &Cx,
    caller: InChannel,
    WithFiles(mut request, _): WithFiles<NewThread>,
) -> Result<Created<CreatedThread>> {
    let Reason(reason) = Reason::extract(cx, &mut request).await?;
    if caller.channel.is_forum() {
        return post(cx, caller, &mut request, reason).await.map(Created);
    }
    let Body(form) = Body::<NewThread>::extract(cx, &mut request).await?;
    let kind = form.kind.unwrap_or(kind::PRIVATE_THREAD);
    match (caller.channel.kind, kind) {
        (kind::TEXT, kind::PRIVATE_THREAD) => caller.require(CREATE_PRIVATE_THREADS)?,
        (kind::TEXT, kind::PUBLIC_THREAD) | (kind::ANNOUNCEMENT, kind::ANNOUNCEMENT_THREAD) => {
            caller.require(CREATE_PUBLIC_THREADS)?;
        }
        _ => return Err(Code::CannotExecuteOnChannelType.into()),
    }
    // Its name is read by everyone, as a message is.
    verification::check(cx, &caller)?;
    let channel = form.build(cx, &caller, cx.fresh_id(), kind)?;
    let notice = (kind != kind::PRIVATE_THREAD).then(|| notice(&caller, &channel));
    let promise = |batch: &mut Batch| notice.map(|it| system_message::promise(cx, batch, it));
    let slow_since = slow_mode::since(cx, &caller);
    if let Some(promised) = new::write(cx, &channel, slow_since, reason, promise).await? {
        promised.keep(cx).await;
    }
    Ok(Created(CreatedThread {
        channel,
        message: None,
    }))
}

/// What says in the channel that there is a new thread.
fn notice(caller: &InChannel, thread: &Channel) -> Notice {
    Notice {
        channel: caller.channel.id,
        audience: caller.audience(),
        kind: message_kind::THREAD_CREATED,
        author: caller.caller.id(),
        mentions: Vec::new(),
        content: thread
            .guild
            .as_ref()
            .map_or_else(String::new, |guild| guild.name.clone()),
        reference: Some(Reference {
            kind: Reference::DEFAULT,
            channel_id: thread.id,
            message_id: None,
            guild_id: thread.guild_id(),
        }),
    }
}

/// Makes a post. It is there before its first message, which is checked before either.
async fn post(
    cx: &Cx,
    caller: InChannel,
    request: &mut Request,
    reason: Option<String>,
) -> Result<CreatedThread> {
    let mut sender: InChannel<SEND_MESSAGES> = caller.requiring()?;
    // The files are those of the post, which is a channel of its own.
    let id = cx.fresh_id();
    let mut uploads = attachments::receive(cx, &sender, id, request).await?;
    let made = async {
        let form: NewThread = Fields::read(uploads.payload.clone())?;
        let forum = &sender.channel;
        check_tags(forum, &form.tags, || sender.require(MANAGE_THREADS))?;
        if forum.flags & REQUIRE_TAG != 0 && form.tags.is_empty() {
            return Err(Code::TagRequired.into());
        }
        let Some(message) = uploads.payload.get_mut("message") else {
            let required = "This field is required";
            return Err(Error::field(&["message"], "BASE_TYPE_REQUIRED", required));
        };
        uploads.payload = message.take();
        require_present(cx, &sender).await?;
        let slow_since = slow_mode::since(cx, &sender);
        let mut channel = form.build(cx, &sender, id, kind::PUBLIC_THREAD)?;
        sender.channel = channel.clone();
        let draft = send_message::draft(cx, &sender, &uploads).await?;
        let promise = |batch: &mut Batch| begin_thread::promise_first_message(cx, batch, &channel);
        new::write(cx, &channel, slow_since, reason, promise).await?;
        let message = match draft.begin_thread(cx).await {
            Ok(message) => message,
            Err(error) => {
                // Where even that fails, a job does it.
                begin_thread::delete_empty_post(cx, &channel).await?;
                return Err(error);
            }
        };
        channel.last_message_id = Some(message.id);
        Ok(CreatedThread {
            channel,
            message: Some(message),
        })
    }
    .await;
    if made.is_err() {
        uploads.abort(cx).await;
    }
    made
}

/// Looks once more whether the forum and its sender are there. The post's files may have taken a
/// while to come, and their request cannot be handled again: the write rests on this alone, and not
/// on all that was read before.
async fn require_present(cx: &Cx, sender: &InChannel<SEND_MESSAGES>) -> Result<()> {
    cx.forget_reads();
    let guild = sender.membership()?.guild.id;
    let (forum, member) = cx
        .read((
            channels::by_id(sender.channel.id).optional(),
            members::one(guild, sender.caller.id()).optional(),
        ))
        .await?;
    forum.ok_or(Code::UnknownChannel)?;
    member.ok_or(Code::MissingAccess)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use actions::message_order::NOT_LAST;
    use runtime::testing::{Actor, Answer, App};
    use serde_json::{Value, json};
    use store::messages::{self, Stored};
    use store::{Store, guilds};

    use super::*;

    fn start(actor: &Actor<'_>, channel: Id<marker::Channel>, body: Value) -> Answer {
        actor.post(&FUNCTION, &format!("/channels/{channel}/threads"), body)
    }

    /// A forum with one tag for everyone and one for moderators; whether posts need one.
    fn forum(app: &App, guild: Id<marker::Guild>, strict: bool) -> Id<marker::Channel> {
        let id = app.create_channel(guild, &[]);
        let before = app
            .read(Store::Main, channels::by_id(id).optional())
            .unwrap();
        let mut after = before.clone();
        after.kind = kind::FORUM;
        after.flags = if strict { REQUIRE_TAG } else { 0 };
        let tags = json!([
            { "id": "7", "name": "open", "moderated": false },
            { "id": "8", "name": "shut", "moderated": true },
        ]);
        let settings = &mut after.guild.as_mut().unwrap().settings;
        settings.insert("available_tags".to_owned(), tags);
        let mut batch = Batch::main();
        channels::update(&mut batch, &before, &after);
        app.write(batch);
        id
    }

    #[test]
    fn a_name_can_be_seen() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        for blank in ["   ", "\u{200b}", "\u{3000}\u{feff}", "\n\t"] {
            let refused = start(&alice, channel, json!({ "name": blank, "type": 11 }));
            assert_eq!(refused.field_error(&["name"]), "BASE_TYPE_REQUIRED");
        }
        let body = json!({ "name": "\u{a0}a b\u{200b} ", "type": 11.0 });
        assert_eq!(start(&alice, channel, body).ok()["name"], "a b");
    }

    #[test]
    fn a_public_thread_is_announced_and_a_private_one_is_not() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let body = json!({ "name": "All of us", "type": 11, "rate_limit_per_user": 5 });
        let thread = start(&alice, channel, body).ok();
        assert_eq!(thread["type"], 11);
        assert_eq!(thread["name"], "All of us");
        assert_eq!(thread["rate_limit_per_user"], 5);
        assert!(thread["thread_metadata"].get("invitable").is_none());
        let told = app.emitted(EventKind::MessageCreate);
        let told: Value = serde_json::from_str(&told.data).unwrap();
        assert_eq!(told["type"], 18);
        assert_eq!(told["content"], "All of us");
        assert_eq!(told["message_reference"]["channel_id"], thread["id"]);
        let private = json!({ "name": "some", "invitable": false });
        let private = start(&alice, channel, private).ok();
        assert_eq!(private["type"], 12);
        assert_eq!(private["thread_metadata"]["invitable"], false);
        let events = app.events();
        assert!(
            events
                .iter()
                .all(|event| event.kind != EventKind::MessageCreate)
        );
    }

    #[test]
    fn a_thread_fits_its_channel() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let body = json!({ "name": "x", "type": 10 });
        start(&alice, channel, body).is(Code::CannotExecuteOnChannelType);
        let thread = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let body = json!({ "name": "x", "type": 11 });
        start(&alice, thread, body).is(Code::CannotExecuteOnChannelType);
        let long = start(&alice, channel, json!({ "name": "x".repeat(101) }));
        assert_eq!(long.field_error(&["name"]), "BASE_TYPE_BAD_LENGTH");
    }

    #[test]
    fn newcomers_wait_before_they_make_threads() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let before = app.read(Store::Main, guilds::by_id(guild)).remove(0);
        let mut strict = before.clone();
        strict.verification_level = 3;
        let mut batch = Batch::main();
        guilds::update(&mut batch, &before, &strict);
        app.write(batch);
        let bob = app.register("bob");
        bob.join(guild);
        let body = json!({ "name": "buy this", "type": 11 });
        start(&bob, channel, body.clone()).is(Code::VerificationLevelTooHigh);
        let row = Stored::new(app.id(), channel, alice.id, "look".to_owned());
        let mut batch = Batch::messages(channel);
        messages::insert(&mut batch, &row, &[], NOT_LAST);
        app.write(batch);
        let path = format!("/channels/{channel}/messages/{}/threads", row.id);
        bob.post(&crate::message_thread::FUNCTION, &path, body.clone())
            .is(Code::VerificationLevelTooHigh);
        app.advance(10 * 60 * 1000);
        start(&bob, channel, body).ok();
    }

    #[test]
    fn slow_mode_is_for_threads_too() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (bob, carol) = (app.register("bob"), app.register("carol"));
        bob.join(guild);
        carol.join(guild);
        let text = app.create_channel(guild, &[]);
        let forum = forum(&app, guild, false);
        for (channel, body) in [
            (text, json!({ "name": "x", "type": 11 })),
            (
                forum,
                json!({ "name": "x", "message": { "content": "how?" } }),
            ),
        ] {
            let channels = || app.read(Store::Main, channels::by_id(channel).optional());
            let before = channels().unwrap();
            let mut slow = before.clone();
            slow.guild.as_mut().unwrap().rate_limit_per_user = 10;
            let mut batch = Batch::main();
            channels::update(&mut batch, &before, &slow);
            app.write(batch);
            start(&bob, channel, body.clone()).ok();
            app.advance(4_000);
            let refused = start(&bob, channel, body.clone());
            refused.is(Code::SlowmodeRateLimited);
            let refused: Value = serde_json::from_slice(&refused.body).unwrap();
            assert_eq!(refused["retry_after"], 6.0);
            start(&carol, channel, body.clone()).ok();
            app.advance(6_001);
            start(&bob, channel, body.clone()).ok();
            start(&alice, channel, body.clone()).ok();
            start(&alice, channel, body).ok();
        }
    }

    #[test]
    fn a_post_begins_with_its_message() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let forum = forum(&app, guild, true);
        let body = json!({
            "name": "help", "applied_tags": ["7"], "message": { "content": "how?" },
        });
        let post = start(&alice, forum, body).ok();
        assert_eq!(post["applied_tags"], json!(["7"]));
        assert_eq!(post["message"]["content"], "how?");
        assert_eq!(post["message"]["id"], post["id"]);
        assert_eq!(post["last_message_id"], post["id"]);
        assert_eq!(post["message_count"], 0);
        let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
        let created = kinds
            .iter()
            .position(|kind| *kind == EventKind::ThreadCreate);
        let said = kinds
            .iter()
            .position(|kind| *kind == EventKind::MessageCreate);
        assert!(created < said && created.is_some());
    }

    #[test]
    fn a_post_without_what_it_needs_is_not_there() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let forum = forum(&app, guild, true);
        let message = json!({ "content": "how?" });
        let untagged = json!({ "name": "x", "message": message });
        start(&bob, forum, untagged).is(Code::TagRequired);
        let unknown = json!({ "name": "x", "applied_tags": ["9"], "message": message });
        start(&bob, forum, unknown).is(Code::UnknownTag);
        let moderated = json!({ "name": "x", "applied_tags": ["8"], "message": message });
        start(&bob, forum, moderated).is(Code::MissingPermissions);
        let silent = start(&bob, forum, json!({ "name": "x", "applied_tags": ["7"] }));
        assert_eq!(silent.field_error(&["message"]), "BASE_TYPE_REQUIRED");
        let empty = json!({ "name": "x", "applied_tags": ["7"], "message": { "content": "" } });
        start(&bob, forum, empty).is(Code::EmptyMessage);
        assert!(
            app.read(Store::Main, store::threads::active(guild))
                .is_empty()
        );
    }

    #[test]
    fn no_thread_outlives_the_channel_that_it_was_made_in() {
        for kind in [kind::PUBLIC_THREAD, kind::PRIVATE_THREAD] {
            let app = App::new();
            let alice = app.register("alice");
            let (guild, channel) = alice.create_guild();
            app.before_next_write(move |app| {
                let mut batch = Batch::main();
                channels::delete(&mut batch, guild, channel);
                app.write(batch);
            });
            let refused = start(&alice, channel, json!({ "name": "x", "type": kind }));
            refused.is(Code::UnknownChannel);
            assert!(
                app.read(Store::Main, store::threads::active(guild))
                    .is_empty()
            );
            assert!(app.events().is_empty());
        }
    }

    #[test]
    fn who_was_removed_meanwhile_makes_no_thread() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let id = bob.id;
        app.before_next_write(move |app| {
            let mut batch = Batch::main();
            members::delete(&mut batch, guild, id);
            app.write(batch);
        });
        start(&bob, channel, json!({ "name": "x", "type": 11 })).is(Code::MissingAccess);
        assert!(
            app.read(Store::Main, store::threads::active(guild))
                .is_empty()
        );
    }

    #[test]
    fn what_cannot_be_said_of_a_thread_now_is_said_later() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let jobs = |kind: &str| {
            let due = store::jobs::due(app.now().plus_millis(3_600_000), 9);
            let mut jobs = app.read(Store::Main, due);
            jobs.retain(|job| job.kind == kind);
            jobs
        };
        let told = || jobs(store::jobs::SEND_NOTICE);
        start(&alice, channel, json!({ "name": "first", "type": 11 })).ok();
        assert!(told().is_empty());
        app.fill_messages(true);
        let thread = start(&alice, channel, json!({ "name": "second", "type": 11 })).ok();
        let job = told().remove(0);
        assert_eq!(job.payload["notice"]["content"], "second");
        assert_eq!(
            job.payload["notice"]["reference"]["channel_id"],
            thread["id"]
        );
        let forum = forum(&app, guild, false);
        let body = json!({ "name": "x", "message": { "content": "how?" } });
        start(&alice, forum, body).is(Code::Overloaded);
        let threads = app.read(Store::Main, store::threads::active(guild));
        assert!(
            threads
                .iter()
                .all(|thread| thread.parent_id() != Some(forum))
        );
    }
}
