//! Tests of registration: the account, its mistakes, and who is admitted.

use runtime::config::RegistrationMode;
use runtime::testing::{Answer, App};
use runtime::token;
use serde_json::{Value, json};
use store::invites;
use store::tickets::{self, Kind, Ticket};

use super::*;

fn alice() -> Value {
    json!({
        "username": "Alice",
        "email": "alice@example.org",
        "password": "correct horse",
        "consent": true,
        "date_of_birth": "1990-02-28",
        "fingerprint": "1.abc",
    })
}

fn try_register(app: &App, change: Value) -> Answer {
    let mut body = alice();
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.nobody().post(&FUNCTION, "/auth/register", body)
}

#[test]
fn an_account_begins_with_a_session() {
    let app = App::new();
    let answer = try_register(&app, json!({})).ok();
    let alice = app.holding(answer["token"].as_str().unwrap());
    let account = app
        .read(
            store::Store::Main,
            users::account_by_id(alice.id).optional(),
        )
        .unwrap();
    assert_eq!(
        (account.user.username.as_str(), account.user.bot),
        ("alice", false)
    );
    assert_eq!(account.email.as_deref(), Some("alice@example.org"));
    assert!(account.password_hash.unwrap().starts_with("$argon2id$"));
    let sessions = app.read(store::Store::Main, store::sessions::of_user(alice.id));
    assert_eq!(
        sessions[0].token_hash,
        token::hash(answer["token"].as_str().unwrap())
    );
}

#[test]
fn names_and_addresses_are_taken_in_any_case() {
    let app = App::new();
    try_register(&app, json!({})).ok();
    let again = try_register(
        &app,
        json!({ "email": "ALICE@example.org", "username": "ALICE" }),
    );
    assert_eq!(again.field_error(&["username"]), "USERNAME_ALREADY_TAKEN");
    assert_eq!(again.field_error(&["email"]), "EMAIL_ALREADY_REGISTERED");
}

#[test]
fn every_mistake_is_named() {
    let app = App::new();
    let wrong = json!({
        "username": "a", "email": "alice", "password": 1, "date_of_birth": "soon",
    });
    let answer = try_register(&app, wrong);
    assert_eq!(answer.field_error(&["username"]), "BASE_TYPE_BAD_LENGTH");
    assert_eq!(answer.field_error(&["email"]), "EMAIL_TYPE_INVALID_EMAIL");
    assert_eq!(answer.field_error(&["date_of_birth"]), "DATE_TYPE_PARSE");
    let short = try_register(&app, json!({ "password": "1234567" }));
    assert_eq!(short.field_error(&["password"]), "BASE_TYPE_BAD_LENGTH");
    let long = try_register(&app, json!({ "password": "x".repeat(73) }));
    assert_eq!(long.field_error(&["password"]), "BASE_TYPE_BAD_LENGTH");
}

#[test]
fn a_shown_name_is_enough() {
    let app = App::new();
    let body = json!({
        "global_name": " Alice  A. ", "email": "a@example.org", "password": "correct horse",
    });
    let answer = app.nobody().post(&FUNCTION, "/auth/register", body).ok();
    let alice = app.holding(answer["token"].as_str().unwrap());
    let user = app
        .read(store::Store::Main, users::by_id(alice.id).optional())
        .unwrap();
    assert_eq!(user.global_name.as_deref(), Some("Alice A."));
    assert!(user.username.starts_with("user_"));
}

#[test]
fn a_closed_instance_takes_nobody_but_who_has_an_operators_ticket() {
    let app = App::new();
    app.configure(|config| config.registration.mode = RegistrationMode::Closed);
    let (guild, channel) = app.register("owner").create_guild();
    app.write(invitation(&app, guild, channel));
    for change in [json!({}), json!({ "invite": "welcome" })] {
        let answer = try_register(&app, change);
        assert_eq!(answer.field_error(&["email"]), "REGISTRATION_DISABLED");
    }
    app.write(ticket(&app, "let me in"));
    try_register(&app, json!({ "invite": "let me in" })).ok();
}

#[test]
fn a_claim_registers_one_account_under_every_policy() {
    for mode in [
        RegistrationMode::Open,
        RegistrationMode::Invite,
        RegistrationMode::Closed,
    ] {
        let app = App::new();
        app.configure(|config| config.registration.mode = mode);
        let expires_at = app.now().plus_millis(1000);
        let hash = token::hash("key");
        app.write(store::admin::operator_ticket(&hash, expires_at));
        let wrong = try_register(&app, json!({ "claim": "kee" }));
        wrong.is(Code::UnknownToken);
        let answer = try_register(&app, json!({ "claim": "key" })).ok();
        let alice = app.holding(answer["token"].as_str().unwrap());
        let account = app.read(store::Store::Main, users::account_by_id(alice.id));
        assert!(account[0].is_operator());
        // Nobody is made by a ticket that is used up, or that ended meanwhile.
        let bob = json!({ "claim": "key", "username": "bob", "email": "bob@example.org" });
        try_register(&app, bob.clone()).is(Code::UnknownToken);
        app.write(store::admin::operator_ticket(
            &token::hash("late"),
            app.now().plus_millis(1000),
        ));
        app.advance(1000);
        let mut late = bob;
        late["claim"] = json!("late");
        try_register(&app, late).is(Code::UnknownToken);
        let name = users::account_by_username("bob");
        assert_eq!(app.read(store::Store::Main, name), []);
    }
}

#[test]
fn a_ticket_admits_once() {
    let app = App::new();
    app.configure(|config| config.registration.mode = RegistrationMode::Invite);
    app.write(ticket(&app, "let me in"));
    let none = try_register(&app, json!({}));
    assert_eq!(none.field_error(&["invite"]), "BASE_TYPE_REQUIRED");
    let wrong = try_register(&app, json!({ "invite": "let me out" }));
    assert_eq!(wrong.field_error(&["invite"]), "INVITE_INVALID");
    try_register(&app, json!({ "invite": "let me in" })).ok();
    let bob = json!({ "invite": "let me in", "username": "bob", "email": "bob@example.org" });
    assert_eq!(
        try_register(&app, bob).field_error(&["invite"]),
        "INVITE_INVALID"
    );
}

#[test]
fn an_invite_admits_into_its_guild() {
    let app = App::new();
    app.configure(|config| config.registration.mode = RegistrationMode::Invite);
    let owner = app.register("owner");
    let (guild, channel) = owner.create_guild();
    app.write(invitation(&app, guild, channel));
    let answer = try_register(&app, json!({ "invite": "welcome" })).ok();
    let alice = app.holding(answer["token"].as_str().unwrap());
    let joined = app.emitted(EventKind::GuildMemberAdd);
    assert_eq!(joined.audience, Audience::Guild(guild));
    assert!(
        app.read(
            store::Store::Main,
            store::members::one(guild, alice.id).optional()
        )
        .is_some()
    );
    assert!(
        app.read(
            store::Store::Main,
            invites::by_code("welcome", app.now()).optional()
        )
        .is_none()
    );
}

#[test]
fn nobody_comes_in_by_an_invite_while_invites_are_off() {
    let app = App::new();
    app.configure(|config| config.registration.mode = RegistrationMode::Invite);
    let (guild, channel) = app.register("owner").create_guild();
    app.write(invitation(&app, guild, channel));
    let before = app
        .read(store::Store::Main, store::guilds::by_id(guild))
        .remove(0);
    let mut after = before.clone();
    after.features.push("INVITES_DISABLED".to_owned());
    let mut batch = Batch::main();
    store::guilds::update(&mut batch, &before, &after);
    app.write(batch);
    let refused = try_register(&app, json!({ "invite": "welcome" }));
    assert_eq!(refused.field_error(&["invite"]), "INVITE_INVALID");
}

fn ticket(app: &App, text: &str) -> Batch {
    let mut batch = Batch::main();
    batch.push(tickets::insert(&Ticket {
        hash: token::hash(text),
        kind: Kind::Registration,
        user_id: None,
        expires_at: app.now().plus_millis(1000),
        uses: 1,
    }));
    batch
}

fn invitation(app: &App, guild: Id<marker::Guild>, channel: Id<marker::Channel>) -> Batch {
    let invite = model::invite::Invite {
        code: "welcome".to_owned(),
        guild_id: Some(guild),
        channel: model::invite::InviteChannel {
            id: channel,
            kind: 0,
            name: None,
            icon: None,
        },
        inviter: None,
        uses: 0,
        max_uses: 1,
        max_age: 0,
        temporary: false,
        created_at: app.now(),
        expires_at: None,
        target_type: None,
        target_user_id: None,
        target_application_id: None,
        flags: 0,
    };
    let mut batch = Batch::main();
    invites::insert(&mut batch, &invite, Code::BadRequest);
    batch
}
