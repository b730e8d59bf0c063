//! Work that is due, as the timer has it done.

use actions::audit_log::Entry;
use actions::images::{self, Image, Owner, variant_key};
use actions::join_guild::welcome;
use model::event::GuildDelete;
use model::invite::{Invite, InviteChannel};
use model::limits::LOG_AGE_MS_MAX;
use runtime::testing::{Actor, App, block_on};
use serde_json::{Value, json};
use store::log::{Reader, retention};
use store::messages::{self, Stored};
use store::{Store, channels, invites, outbox, pending_uploads};

use super::*;

type ChannelId = Id<marker::Channel>;

fn run(app: &App) -> Value {
    app.itself().post(&FUNCTION, "/jobs/run", json!({})).ok()
}

fn send(app: &App, actor: &Actor<'_>, channel: ChannelId, count: usize) {
    for _ in 0..count {
        app.advance(1);
        let message = Stored::new(app.id(), channel, actor.id, "hello".to_owned());
        let mut batch = Batch::messages(channel);
        messages::insert(&mut batch, &message, &[], Code::BadRequest);
        app.write(batch);
    }
}

fn sent(app: &App, channel: ChannelId) -> usize {
    app.read(Store::messages(channel), messages::some_of(channel, 1000))
        .len()
}

fn add(app: &App, kind: &str, payload: Value) {
    let mut batch = Batch::main();
    batch.push(jobs::insert(
        &format!("job {kind}"),
        kind,
        &payload,
        app.now(),
    ));
    app.write(batch);
}

#[test]
fn a_deleted_channel_loses_its_messages_in_steps() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    send(&app, &alice, channel, 250);
    add(
        &app,
        jobs::DELETE_CHANNEL_MESSAGES,
        json!({ "channel_id": channel }),
    );
    assert_eq!(finish(&app).0, 1);
    assert_eq!(sent(&app, channel), 0);
    assert!(
        app.read(
            Store::messages(channel),
            messages::channel_states(&[channel])
        )
        .is_empty()
    );
    assert!(app.events().is_empty());
    assert_eq!(run(&app)["done"], 0);
}

#[test]
fn one_call_does_bounded_work() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    send(&app, &alice, channel, 1001);
    let channels = app.create_channels_apart(guild);
    for number in 0..ATTACHMENTS {
        let channel = channels[number % channels.len()];
        let mut batch = Batch::messages(channel);
        let key = format!("attachments/{channel}/{number}");
        batch.extend(pending_uploads::release([&*key], channel));
        app.write(batch);
    }
    add(
        &app,
        jobs::DELETE_CHANNEL_MESSAGES,
        json!({ "channel_id": channel }),
    );
    let first = run(&app);
    assert_eq!((&first["done"], &first["more"]), (&json!(0), &json!(true)));
    assert!((1..1001).contains(&sent(&app, channel)));
    // The caller bounds what each requests.
    let (done, swept) = finish(&app);
    assert_eq!((done, swept), (1, ATTACHMENTS as u64));
    assert_eq!(sent(&app, channel), 0);
}

/// Runs jobs until there are none due: how many were done, and what was swept.
fn finish(app: &App) -> (u64, u64) {
    let (mut done, mut swept) = (0, 0);
    loop {
        let answer = run(app);
        done += answer["done"].as_u64().unwrap();
        swept += answer["swept"].as_u64().unwrap();
        if answer["more"] != true {
            return (done, swept);
        }
    }
}

/// Files that nobody claims, in a test.
const ATTACHMENTS: usize = 50;

#[test]
fn the_messages_of_who_was_banned_go_and_others_stay() {
    let app = App::new();
    let alice = app.register("alice");
    let mallory = app.register("mallory");
    let (guild, channel) = alice.create_guild();
    let (_, elsewhere) = alice.create_guild();
    let apart = app.create_channels_apart(guild);
    send(&app, &mallory, channel, 2);
    app.advance(10_000);
    let since = app.now();
    send(&app, &mallory, channel, 3);
    send(&app, &alice, channel, 1);
    for other in &apart {
        send(&app, &mallory, *other, 120);
    }
    send(&app, &mallory, elsewhere, 1);
    let payload = json!({ "guild_id": guild, "user_ids": [mallory.id], "since": since });
    add(&app, jobs::DELETE_MESSAGES_BY_AUTHOR, payload);
    assert_eq!(finish(&app).0, 1);
    let events = app.events();
    for channel in apart.iter().copied().chain([channel]) {
        let audience = Audience::Channel { guild, channel };
        assert!(events.iter().any(|event| event.audience == audience));
    }
    assert!(apart.iter().all(|channel| sent(&app, *channel) == 0));
    assert_eq!(sent(&app, channel), 3);
    assert_eq!(sent(&app, elsewhere), 1);
}

#[test]
fn a_job_that_fails_waits_longer_each_time_and_holds_up_nothing() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    add(&app, "a riddle", json!({}));
    send(&app, &alice, channel, 1);
    add(
        &app,
        jobs::DELETE_CHANNEL_MESSAGES,
        json!({ "channel_id": channel }),
    );
    assert_eq!(run(&app)["done"], 1);
    let due = |app: &App| app.read(Store::Main, jobs::due(app.now(), 9)).len();
    assert_eq!(due(&app), 0);
    app.advance(WAIT_MS);
    assert_eq!(due(&app), 1);
    run(&app);
    app.advance(WAIT_MS);
    assert_eq!(due(&app), 0);
    app.advance(WAIT_MS);
    assert_eq!(due(&app), 1);
}

#[test]
fn a_deleted_guild_leaves_a_job_for_each_channel() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let apart = app.create_channels_apart(guild);
    for channel in &apart {
        send(&app, &alice, *channel, 1);
    }
    let count = app.read(Store::Main, channels::ids_of_guild(guild)).len();
    let mut batch = Batch::main();
    batch.push(jobs::insert_deletion_of_channels("a job", guild, app.now()));
    store::guilds::delete(&mut batch, guild);
    app.write(batch);
    assert!(
        app.read(Store::Main, channels::ids_of_guild(guild))
            .is_empty()
    );
    let mut done = 0;
    while done < count as u64 {
        let more = run(&app)["done"].as_u64().filter(|more| *more > 0);
        done += more.expect("a job for each channel");
    }
    assert!(apart.iter().all(|channel| sent(&app, *channel) == 0));
}

#[test]
fn an_invite_ends_when_its_time_is_over() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let end = app.now().plus_millis(1000);
    let invite = Invite {
        code: "abcd1234".to_owned(),
        guild_id: Some(guild),
        channel: InviteChannel {
            id: channel,
            kind: 0,
            name: None,
            icon: None,
        },
        inviter: None,
        uses: 0,
        max_uses: 0,
        max_age: 1,
        temporary: false,
        created_at: app.now(),
        expires_at: Some(end),
        target_type: None,
        target_user_id: None,
        target_application_id: None,
        flags: 0,
    };
    let mut batch = Batch::main();
    invites::insert(&mut batch, &invite, Code::InvalidInviteCode);
    let payload = json!({ "code": invite.code });
    batch.push(jobs::insert("end", jobs::EXPIRE_INVITE, &payload, end));
    app.write(batch);
    assert_eq!(run(&app)["done"], 0);
    app.advance(1000);
    assert_eq!(run(&app)["done"], 1);
    let ended = app.emitted(EventKind::InviteDelete);
    assert!(ended.data.contains("abcd1234"));
    let left = invites::expired(&invite.code, app.now());
    assert_eq!(app.read(Store::Main, left), []);
}

#[test]
fn an_image_goes_with_its_variants_unless_it_is_named_again() {
    const HOUR_MS: i64 = 3_600_000;
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let replace = |actor: &Actor<'_>| {
        let owner = Owner::Avatar(actor.id);
        let keys = [
            owner.key("abc"),
            variant_key(&owner.key("abc"), Some(64), "png"),
        ];
        let mut batch = Batch::main();
        in_cx(&app, async |cx| {
            for key in &keys {
                let image = b"image".to_vec().into();
                let put = cx.blobs().put(key, "image/png", image).await;
                put.expect("it is stored");
            }
            images::replaced(cx, &mut batch, owner, Some("abc"), None);
        });
        app.write(batch);
    };
    replace(&alice);
    replace(&bob);
    let again = store::users::Edit {
        avatar: Some(Some("abc".to_owned())),
        ..Default::default()
    };
    let mut batch = Batch::main();
    batch.push(store::users::edit(bob.id, &again));
    app.write(batch);
    assert_eq!(run(&app)["done"], 0);
    assert_eq!(app.blobs().len(), 4);
    app.advance(HOUR_MS);
    assert_eq!(run(&app)["done"], 2);
    let left = app.blobs();
    let of_bob = |key: &String| key.contains(&bob.id.to_string());
    assert_eq!((left.len(), left.iter().all(of_bob)), (2, true));
}

#[test]
fn an_image_that_no_row_came_to_name_goes() {
    const HOUR_MS: i64 = 3_600_000;
    const GIF: &str = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let store = |actor: &Actor<'_>| {
        let mut hash = String::new();
        in_cx(&app, async |cx| {
            let image = Image::from_data_url(GIF).expect("an image");
            let stored = image.store(cx, Owner::Avatar(actor.id), "avatar").await;
            hash = stored.expect("it is stored");
        });
        hash
    };
    store(&alice);
    let named = store::users::Edit {
        avatar: Some(Some(store(&bob))),
        ..Default::default()
    };
    let mut batch = Batch::main();
    batch.push(store::users::edit(bob.id, &named));
    app.write(batch);
    assert_eq!(app.blobs().len(), 2);
    app.advance(HOUR_MS);
    assert_eq!(run(&app)["done"], 2);
    let left = app.blobs();
    assert_eq!(left.len(), 1);
    assert!(left[0].contains(&bob.id.to_string()));
}

#[test]
fn an_entry_of_the_audit_log_survives_whoever_wrote_it() {
    const MINUTE_MS: i64 = 60_000;
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let apart = app.create_channels_apart(guild);
    for channel in &apart {
        let mut batch = Batch::messages(*channel);
        let entry = Entry::new(guild, alice.id, audit_log::MESSAGE_DELETE);
        // The function that noted it ends here.
        in_cx(&app, async |cx| {
            let _ = audit_log::note(cx, &mut batch, *channel, entry);
        });
        app.write(batch);
    }
    run(&app);
    assert!(app.events().is_empty(), "it may still be at work");
    app.advance(MINUTE_MS + 1);
    run(&app);
    let told = app.events();
    assert_eq!(told.len(), apart.len());
    for event in told {
        assert_eq!(event.kind, EventKind::GuildAuditLogEntryCreate);
        assert!(event.data.contains(r#""action_type":72"#));
    }
    let log = store::audit_log::page(guild, Default::default(), 9);
    assert_eq!(app.read(Store::Main, log).len(), apart.len());
    run(&app);
    assert!(app.events().is_empty());
}

/// Runs something within a request.
fn in_cx(app: &App, act: impl AsyncFnOnce(&Cx)) {
    block_on(async {
        let cx = Cx::new(app.host()).await.expect("a configuration");
        act(&cx).await;
    });
}

#[test]
fn nobody_but_the_timer_runs_jobs() {
    let app = App::new();
    let path = "/jobs/run";
    app.register("alice")
        .post(&FUNCTION, path, json!({}))
        .is(Code::NotFound);
    app.nobody()
        .post(&FUNCTION, path, json!({}))
        .is(Code::NotFound);
}

#[test]
fn joins_are_announced_once_even_after_a_crash() {
    let app = App::new();
    let alice = app.register("alice");
    let (id, channel) = alice.create_guild();
    let mut guild = app.read(Store::Main, store::guilds::by_id(id)).remove(0);
    let before = guild.clone();
    guild.system_channel_id = Some(channel);
    let mut batch = Batch::main();
    store::guilds::update(&mut batch, &before, &guild);
    app.write(batch);
    let cx = block_on(Cx::new(app.host())).expect("a context");
    for (name, dies) in [("bob", true), ("carol", false)] {
        let user = app.register(name).id;
        let mut batch = Batch::main();
        let welcome = welcome(&cx, &mut batch, &guild, user);
        app.write(batch);
        if !dies {
            block_on(welcome.say(&cx));
        }
    }
    assert_eq!(sent(&app, channel), 1);
    app.advance(61_000);
    assert_eq!(run(&app)["done"], 1);
    assert_eq!(sent(&app, channel), 2);
    // A message sent before the job's deletion is not sent again.
    let job = json!({ "guild_id": id, "user_id": alice.id, "once": "a" });
    for _ in 0..2 {
        add(&app, jobs::SAY_WHO_JOINED, job.clone());
        assert_eq!(run(&app)["done"], 1);
    }
    assert_eq!(sent(&app, channel), 3);
}

#[test]
fn a_notice_is_written_once_while_its_channel_is_there() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let notice = actions::system_message::Notice {
        channel,
        audience: Audience::Channel { guild, channel },
        kind: model::message::kind::THREAD_CREATED,
        author: alice.id,
        mentions: Vec::new(),
        content: "a thread".to_owned(),
        reference: None,
    };
    let payload = json!({ "notice": notice, "once": "x" });
    for expected in [1, 0] {
        add(&app, jobs::SEND_NOTICE, payload.clone());
        run(&app);
        assert_eq!(app.events().len(), expected);
    }
    let mut batch = Batch::main();
    channels::delete(&mut batch, guild, channel);
    app.write(batch);
    let payload = json!({ "notice": notice, "once": "y" });
    add(&app, jobs::SEND_NOTICE, payload);
    run(&app);
    assert!(app.events().is_empty());
}

#[test]
fn a_post_without_its_first_message_goes() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let kind = model::channel::kind::PUBLIC_THREAD;
    let (empty, begun) = (
        alice.create_thread(channel, kind),
        alice.create_thread(channel, kind),
    );
    let mut batch = Batch::messages(begun);
    let row = Stored::new(app.id(), begun, alice.id, "how?".to_owned());
    messages::insert(&mut batch, &row, &[], Code::Overloaded);
    app.write(batch);
    for post in [empty, begun] {
        add(&app, jobs::DELETE_EMPTY_POST, json!({ "channel_id": post }));
        run(&app);
    }
    let left = app.read(Store::Main, store::threads::active(guild));
    assert_eq!(left.iter().map(|post| post.id).collect::<Vec<_>>(), [begun]);
}

/// A lagging reader costs bounded space, though nobody acknowledges anything any more.
#[test]
fn a_log_that_nobody_reads_any_more_is_trimmed() {
    let app = App::new();
    let oldest = || app.read(Store::Main, retention::kept(app.now()))[0].oldest;
    let host = app.host();
    let reader = Reader::begin(&host, Store::Main, "search", app.now());
    block_on(reader).expect("a reader");
    let gone = GuildDelete {
        id: Id::new(1),
        unavailable: None,
    };
    let event = Event::new(Audience::Guild(gone.id), &gone);
    let mut batch = Batch::main();
    batch.extend(outbox::insert_delivered(&[event], app.now()));
    app.write(batch);
    finish(&app);
    assert_ne!(oldest(), 0);
    app.advance(LOG_AGE_MS_MAX + 1);
    finish(&app);
    assert_eq!(oldest(), 0);
    let reader = Reader::begin(&host, Store::Main, "search", app.now());
    assert!(block_on(reader).expect("a reader").1, "it missed something");
}
