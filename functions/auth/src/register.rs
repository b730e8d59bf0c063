//! Registration.
//!
//! See [Userdoccers/Register Account](https://docs.discord.food/authentication#register-account).

use actions::account_fields::{self, Email, Username, check_free};
use actions::invite_end;
use actions::join_guild::{join_guild, welcome};
use actions::sessions::{self, Client};
use model::User;
use runtime::config::RegistrationMode;
use runtime::password::{self, PASSWORD_CHARS_MAX};
use runtime::prelude::*;
use runtime::token;
use serde::Serialize;
use store::tickets::{self, Kind};
use store::users::{self, Account, RIGHT_OPERATOR};
use store::{Rejection, invites};

use crate::secret;

function! {
    "/auth/register"
    POST register, 5 per 60_000 ms
    uses passwords
}

/// Characters of an invite's code or a ticket.
const INVITE_CHARS_MAX: usize = 128;
/// What the batch fails with when somebody took the name or the address a moment ago.
const TAKEN: Code = Code::InvalidFormBody;

struct Register {
    username: Option<String>,
    global_name: Option<String>,
    email: String,
    password: String,
    invite: Option<String>,
    /// The ticket of the link that the host prints for the first administrator: an extension.
    claim: Option<String>,
    date_of_birth: Option<String>,
}

impl Form for Register {
    fn read(fields: &mut Fields<'_>) -> Self {
        let global_name = account_fields::global_name(fields).flatten();
        // Who gives a name to be shown alone gets a username that nobody has.
        let username = match global_name {
            Some(_) => fields.get::<Username>("username"),
            None => Some(fields.required::<Username>("username")),
        };
        Self {
            username: username.map(|name| name.0),
            global_name,
            email: fields.required::<Email>("email").0,
            password: fields.required_text("password", 1..=PASSWORD_CHARS_MAX),
            invite: fields
                .text("invite", 0..=INVITE_CHARS_MAX)
                .filter(|code| !code.is_empty()),
            claim: fields.text("claim", 1..=INVITE_CHARS_MAX),
            date_of_birth: date(fields, "date_of_birth"),
        }
    }
}

/// A date, `YYYY-MM-DD`, with which a time may stand.
fn date(fields: &mut Fields<'_>, name: &str) -> Option<String> {
    let text: String = fields.get(name)?;
    let date = text.split('T').next().unwrap_or_default().to_owned();
    if Timestamp::parse(&format!("{date}T00:00:00Z")).is_some() {
        return Some(date);
    }
    fields.error(
        name,
        "DATE_TYPE_PARSE",
        "Could not interpret value as ISO8601 date.",
    );
    None
}

/// How somebody may register.
enum Admission {
    /// Without conditions.
    Free,
    /// By a ticket that is used up.
    Ticket(Vec<u8>),
    /// To run the instance, by a ticket that is used up.
    Operator(Vec<u8>),
    /// Into the guild that an invite leads to.
    Invite(Box<(model::invite::Invite, model::Guild)>),
}

/// The answer to a registration.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Registered {
    token: String,
}

/// Makes an account and its first session.
async fn register(
    cx: &Cx,
    _: Anyone,
    client: Client,
    Body(form): Body<Register>,
) -> Result<Json<Registered>> {
    password::check_new(cx, "password", &form.password)?;
    let admission = match &form.claim {
        Some(ticket) => admit_operator(cx, ticket).await?,
        None => admit(cx, form.invite.as_deref()).await?,
    };
    let account = account(cx, &form);
    check_free(cx, &account).await?;
    let account = Account {
        password_hash: Some(password::hash(cx, &form.password)?),
        ..account
    };

    let mut batch = Batch::main();
    batch.push_or(users::insert(&account), TAKEN);
    if let Some(date) = &form.date_of_birth {
        batch.push(users::set_date_of_birth(account.user.id, date));
    }
    let mut greeting = None;
    match &admission {
        Admission::Free => {}
        Admission::Ticket(hash) => {
            let spend = tickets::spend(hash, Kind::Registration, cx.now());
            batch.require_change(spend, Code::UnknownInvite);
        }
        Admission::Operator(hash) => {
            let spend = tickets::spend(hash, Kind::Operator, cx.now());
            batch.require_change(spend, Code::UnknownToken);
            batch.push(users::grant_rights(account.user.id, RIGHT_OPERATOR));
        }
        Admission::Invite(invite) => {
            let (invite, guild) = &**invite;
            invite_end::use_up(cx, &mut batch, invite);
            join_guild(
                cx,
                &mut batch,
                guild,
                &account.user,
                Vec::new(),
                invite.temporary,
                None,
            );
            greeting = Some(welcome(cx, &mut batch, guild, account.user.id));
        }
    }
    let token = sessions::begin(cx, &mut batch, account.user.id, client);
    match cx.write(batch).await {
        Err(Rejection::Code(TAKEN)) => {
            check_free(cx, &account).await?;
            Err(Code::Overloaded.into())
        }
        Err(rejection) => Err(rejection.into()),
        Ok(_) => {
            if let Some(greeting) = greeting {
                greeting.say(cx).await;
            }
            let token = token.reveal().to_owned();
            Ok(Json(Registered { token }))
        }
    }
}

/// Lets whoever has an administrator's ticket register, whatever the policy: on a new instance
/// nobody could invite them.
async fn admit_operator(cx: &Cx, ticket: &str) -> Result<Admission> {
    let hash = token::hash(ticket);
    let holder = tickets::holder(&hash, Kind::Operator, cx.now());
    match cx.read(holder.optional()).await? {
        Some(_) => Ok(Admission::Operator(hash)),
        None => Err(Code::UnknownToken.into()),
    }
}

/// Whether somebody may register, by the instance's policy and what they hold.
async fn admit(cx: &Cx, code: Option<&str>) -> Result<Admission> {
    let mode = cx.config().registration.mode;
    let closed = || {
        let message = "New user registration is disabled.";
        Error::field(&["email"], "REGISTRATION_DISABLED", message)
    };
    let Some(code) = code else {
        return match mode {
            RegistrationMode::Open => Ok(Admission::Free),
            RegistrationMode::Invite => Err(refused(
                "BASE_TYPE_REQUIRED",
                "An invite is required to register.",
            )),
            RegistrationMode::Closed => Err(closed()),
        };
    };
    let hash = token::hash(code);
    let (ticket, invite, guild) = cx
        .read((
            tickets::holder(&hash, Kind::Registration, cx.now()).optional(),
            invites::by_code(code, cx.now()).optional(),
            invites::guild_of(code).optional(),
        ))
        .await?;
    let open = |(_, guild): &(_, model::Guild)| {
        let mut features = guild.features.iter();
        !features.any(|feature| feature == "INVITES_DISABLED")
    };
    match (ticket, invite.zip(guild).filter(open)) {
        // An operator made it for somebody, also where strangers' invites open nothing.
        (Some(_), _) => Ok(Admission::Ticket(hash)),
        (None, _) if mode == RegistrationMode::Closed => Err(closed()),
        (None, Some(invite)) => Ok(Admission::Invite(Box::new(invite))),
        (None, None) if mode == RegistrationMode::Invite => {
            Err(refused("INVITE_INVALID", "Unknown Invite"))
        }
        // The account matters more than the guild that it would have joined.
        (None, None) => Ok(Admission::Free),
    }
}

fn refused(code: &str, message: &str) -> Error {
    Error::field(&["invite"], code, message)
}

/// The account, still without a password.
fn account(cx: &Cx, form: &Register) -> Account {
    let username = form.username.clone();
    let user = User {
        id: cx.id(),
        username: username.unwrap_or_else(|| format!("user_{}", secret::code::<10>(cx))),
        discriminator: "0".to_owned(),
        global_name: form.global_name.clone(),
        avatar: None,
        banner: None,
        accent_color: None,
        bot: false,
        public_flags: 0,
        avatar_decoration_data: None,
        collectibles: None,
        primary_guild: None,
        bio: String::new(),
        pronouns: String::new(),
        badge_ids: [],
    };
    Account {
        user,
        flags: 0,
        email: Some(form.email.clone()),
        password_hash: None,
        premium_type: 0,
        // Nothing here sends mail, and an address that cannot be verified must not shut people out
        // of guilds that ask for it.
        verified: true,
        locale: "en-US".to_owned(),
        totp_secret: None,
        totp_last_step: 0,
        rights: 0,
        disabled: false,
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Answer, App};
    use serde_json::{Value, json};
    use store::tickets::Ticket;

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
    fn who_claims_the_instance_may_register_once_whatever_the_policy() {
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
}
