//! The caller's own account.
//!
//! See [Discord Docs/Modify Current User](https://discord.com/developers/docs/resources/user#modify-current-user)
//! and, for people, [Userdoccers/Modify Current User](https://docs.discord.food/resources/user#modify-current-user).

use actions::account_fields::{self, BotName, Email, Username};
use actions::attempts;
use actions::images::{self, Image, Owner};
use model::user::PrivateUser;
use runtime::fields::FromField;
use runtime::password::{self, PASSWORD_CHARS_MAX};
use runtime::prelude::*;
use serde::Serialize;
use serde_json::json;
use store::users::Edit;

use crate::{edit, profile};

function! {
    "/users/@me"
    GET get_my_user
    PATCH update_my_user, 5 per 30_000 ms
    uses images passwords
}

struct UpdateMyUser {
    username: Option<String>,
    global_name: Option<Option<String>>,
    avatar: Option<Option<Image>>,
    profile: profile::UpdateMyProfile,
    email: Option<String>,
    password: Option<String>,
    new_password: Option<String>,
}

impl Form for UpdateMyUser {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            username: fields.patch("username"),
            global_name: account_fields::global_name(fields),
            avatar: fields.nullable("avatar"),
            profile: profile::UpdateMyProfile::read(fields),
            email: fields.patch::<Email>("email").map(|email| email.0),
            password: fields.text("password", 1..=PASSWORD_CHARS_MAX),
            new_password: fields.text("new_password", 1..=PASSWORD_CHARS_MAX),
        }
    }
}

/// The caller's account.
async fn get_my_user(_: &Cx, caller: Caller) -> Result<Json<PrivateUser>> {
    Ok(Json(caller.account.private()))
}

/// The account as it is now.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct UpdatedUser {
    #[serde(flatten)]
    user: PrivateUser,
    /// The token in place of the one that was, where the password changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Changes the caller's account. A new username, email or password needs the current password.
async fn update_my_user(
    cx: &Cx,
    caller: Caller,
    Body(patch): Body<UpdateMyUser>,
) -> Result<Json<UpdatedUser>> {
    let bot = caller.user().bot;
    let username = match patch.username {
        Some(name) => Some(checked_username(&name, bot)?),
        None => None,
    };
    let username = username.filter(|name| *name != caller.user().username);
    // Bots have one name, and neither an address nor a password.
    let global_name = patch.global_name.filter(|_| !bot);
    let email = patch
        .email
        .filter(|email| !bot && Some(email) != caller.account.email.as_ref());
    let new_password = patch.new_password.filter(|_| !bot);
    if let Some(password) = &new_password {
        password::check_new(cx, "new_password", password)?;
    }
    if !bot && (username.is_some() || email.is_some() || new_password.is_some()) {
        prove(cx, &caller, patch.password.as_deref()).await?;
    }
    let avatar = match patch.avatar {
        Some(Some(image)) => Some(Some(
            image
                .store(cx, Owner::Avatar(caller.id()), "avatar")
                .await?,
        )),
        cleared_or_not => cleared_or_not.map(|_| None),
    };
    let edit = Edit {
        username,
        global_name,
        avatar,
        email,
        ..patch.profile.into_edit(cx, caller.id()).await?
    };
    let (account, token) = edit::write(cx, &caller, &edit, new_password.as_deref()).await?;
    Ok(Json(UpdatedUser {
        user: account.private(),
        token: token.map(|token| token.reveal().to_owned()),
    }))
}

/// The name as it is stored; what may be in it depends on whose it is.
fn checked_username(name: &str, bot: bool) -> Result<String> {
    let name = json!(name);
    let checked = match bot {
        true => BotName::from_field(&name, false).map(|name| name.0),
        false => Username::from_field(&name, false).map(|name| name.0),
    };
    checked.map_err(|(code, message)| Error::field(&["username"], code, message))
}

async fn prove(cx: &Cx, caller: &Caller, password: Option<&str>) -> Result<()> {
    let Some(password) = password else {
        let message = "This field is required";
        return Err(Error::field(&["password"], "BASE_TYPE_REQUIRED", message));
    };
    attempts::require_password(cx, caller, password).await
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, Answer, App, block_on};
    use serde_json::Value;
    use store::{Store, sessions, users};

    use super::*;

    const PATH: &str = "/users/@me";

    /// Somebody with a password.
    fn alice(app: &App) -> Actor<'_> {
        let alice = app.register("alice");
        let cx = block_on(Cx::new(app.host())).unwrap();
        let hash = password::hash(&cx, "correct horse").unwrap();
        app.write(store::admin::set_password(alice.id, &hash));
        let mut batch = Batch::main();
        let token = actions::sessions::begin(&cx, &mut batch, alice.id, Default::default());
        app.write(batch);
        app.holding(token.reveal())
    }

    fn patch(actor: &Actor<'_>, body: Value) -> Answer {
        actor.patch(&FUNCTION, PATH, body)
    }

    #[test]
    fn the_caller_sees_what_others_do_not() {
        let app = App::new();
        let me = app.register("alice").get(&FUNCTION, PATH).ok();
        assert_eq!(
            (&me["email"], &me["locale"]),
            (&json!("alice@example.org"), &json!("en-US"))
        );
        assert_eq!(me["flags"], 0);
        assert!(me.get("password_hash").is_none());
    }

    #[test]
    fn only_bots_call_with_their_scheme() {
        let app = App::new();
        let (alice, robot) = (app.register("alice"), app.bot("robot"));
        let (person, bot) = (alice.token(), robot.token().trim_start_matches("Bot "));
        for (id, header, answered) in [
            (alice.id, person.to_owned(), true),
            (alice.id, format!("Bearer {person}"), true),
            (alice.id, format!("Bot {person}"), false),
            (robot.id, format!(" Bot   {bot} "), true),
            (robot.id, bot.to_owned(), false),
            (robot.id, format!("Bearer {bot}"), false),
            (robot.id, format!("bot {bot}"), false),
        ] {
            let answer = app.holder(id, &header).get(&FUNCTION, PATH);
            match answered {
                true => assert_eq!(answer.ok()["id"], json!(id)),
                false => answer.is(Code::Unauthorized),
            }
        }
    }

    #[test]
    fn a_new_name_is_told_to_own_sessions_and_to_guilds() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let answer = patch(&alice, json!({ "global_name": " Alice  A. ", "bio": "hi" })).ok();
        assert_eq!(
            (&answer["global_name"], &answer["bio"]),
            (&json!("Alice A."), &json!("hi"))
        );
        let events = app.events();
        assert_eq!(events[0].kind, EventKind::UserUpdate);
        assert_eq!(events[0].audience, Audience::Users(vec![alice.id]));
        assert_eq!(events[1].kind, EventKind::GuildMemberUpdate);
        assert_eq!(events[1].audience, Audience::Guild(guild));
        assert!(events[1].data.contains(r#""global_name":"Alice A.""#));
        patch(&alice, json!({ "bio": "hello", "global_name": "Alice A." })).ok();
        let events = app.events();
        assert_eq!(events.len(), 2);
        assert!(events[1].data.contains(r#""bio":"hello""#));
        // Guilds do not hear of changes that nobody else sees.
        patch(&alice, json!({ "global_name": "Alice A." })).ok();
        app.emitted(EventKind::UserUpdate);
    }

    #[test]
    fn a_hundred_guilds_are_told_at_once() {
        let app = App::new();
        let alice = app.register("alice");
        for _ in 0..100 {
            alice.create_guild();
        }
        patch(&alice, json!({ "global_name": "Alice" })).ok();
        assert_eq!(app.events().len(), 1 + 100);
    }

    #[test]
    fn two_edits_at_once_both_count() {
        let app = App::new();
        let alice = app.register("alice");
        patch(&alice, json!({ "bio": "hi" })).ok();
        let edit = Edit {
            pronouns: Some("she".to_owned()),
            ..Edit::default()
        };
        let mut batch = Batch::main();
        batch.push(users::edit(alice.id, &edit));
        app.write(batch);
        let me = alice.get(&FUNCTION, PATH).ok();
        assert_eq!((&me["bio"], &me["pronouns"]), (&json!("hi"), &json!("she")));
        let cleared = patch(&alice, json!({ "bio": null, "pronouns": "" })).ok();
        assert_eq!(
            (&cleared["bio"], &cleared["pronouns"]),
            (&json!(""), &json!(""))
        );
    }

    #[test]
    fn name_and_address_need_the_password() {
        let app = App::new();
        let alice = alice(&app);
        app.register("bob");
        let body = json!({ "username": "Alice.2", "email": "A2@example.org" });
        let missing = patch(&alice, body.clone());
        assert_eq!(missing.field_error(&["password"]), "BASE_TYPE_REQUIRED");
        let with = |password: &str, username: &str| {
            let mut body = body.clone();
            body["password"] = json!(password);
            body["username"] = json!(username);
            patch(&alice, body)
        };
        let wrong = with("wrong", "alice.2");
        assert_eq!(wrong.field_error(&["password"]), "PASSWORD_DOES_NOT_MATCH");
        let taken = with("correct horse", "Bob");
        assert_eq!(taken.field_error(&["username"]), "USERNAME_ALREADY_TAKEN");
        let changed = with("correct horse", "Alice.2").ok();
        assert_eq!(changed["username"], "alice.2");
        assert_eq!(changed["email"], "a2@example.org");
    }

    #[test]
    fn passwords_cannot_be_tried_one_after_the_other() {
        let app = App::new();
        let alice = alice(&app);
        let body = |password: &str| json!({ "username": "alice.2", "password": password });
        for _ in 0..10 {
            let wrong = patch(&alice, body("wrong"));
            assert_eq!(wrong.field_error(&["password"]), "PASSWORD_DOES_NOT_MATCH");
        }
        patch(&alice, body("correct horse")).is(Code::RateLimited);
    }

    #[test]
    fn a_new_password_ends_other_sessions_and_renews_the_token() {
        let app = App::new();
        let alice = alice(&app);
        let kept = app.read(Store::Main, sessions::of_user(alice.id)).remove(0);
        let cx = block_on(Cx::new(app.host())).unwrap();
        let mut batch = Batch::main();
        let other = actions::sessions::begin(&cx, &mut batch, alice.id, Default::default());
        app.write(batch);
        let body = json!({ "password": "correct horse", "new_password": "battery staple" });
        let answer = patch(&alice, body.clone()).ok();
        let revoked = app.emitted(EventKind::SessionsRevoked);
        let named = json!([runtime::token::id_hash(&other.hash())]);
        assert_eq!(revoked.data, named.to_string());
        alice.get(&FUNCTION, PATH).is(Code::Unauthorized);
        app.holding(other.reveal())
            .get(&FUNCTION, PATH)
            .is(Code::Unauthorized);
        let alice = app.holding(answer["token"].as_str().unwrap());
        alice.get(&FUNCTION, PATH).ok();
        let left = app.read(Store::Main, sessions::of_user(alice.id));
        assert_eq!((left.len(), &left[0].id_hash), (1, &kept.id_hash));
        let again = patch(&alice, body);
        assert_eq!(again.field_error(&["password"]), "PASSWORD_DOES_NOT_MATCH");
        let short = json!({ "password": "battery staple", "new_password": "short" });
        let short = patch(&alice, short);
        assert_eq!(short.field_error(&["new_password"]), "BASE_TYPE_BAD_LENGTH");
    }

    #[test]
    fn a_bot_renames_itself_without_a_password() {
        let app = App::new();
        let robot = app.bot("robot");
        let answer = patch(&robot, json!({ "username": "Mr. Robot", "email": "r@x.y" })).ok();
        assert_eq!(
            (&answer["username"], &answer["email"]),
            (&json!("Mr. Robot"), &Value::Null)
        );
        let wrong = patch(&robot, json!({ "username": "everyone" }));
        assert_eq!(
            wrong.field_error(&["username"]),
            "USERNAME_INVALID_CONTAINS"
        );
    }

    #[test]
    fn an_avatar_is_stored_named_and_taken_away() {
        let app = App::new();
        let alice = app.register("alice");
        let pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
        let answer = patch(&alice, json!({ "avatar": pixel, "banner": pixel })).ok();
        let hash = answer["avatar"].as_str().unwrap();
        assert_eq!((hash.len(), &answer["banner"]), (32, &answer["avatar"]));
        let answer = patch(&alice, json!({ "avatar": null })).ok();
        assert_eq!(answer["avatar"], Value::Null);
        assert!(answer["banner"].is_string());
        let wrong = patch(&alice, json!({ "avatar": "https://example.org/a.png" }));
        assert_eq!(wrong.field_error(&["avatar"]), "IMAGE_INVALID");
    }

    #[test]
    fn every_mistake_is_named() {
        let app = App::new();
        let wrong = json!({
            "username": null, "global_name": "x".repeat(33), "bio": "x".repeat(191),
            "pronouns": "x".repeat(41), "accent_color": 0x0100_0000, "email": "alice",
        });
        let answer = patch(&app.register("alice"), wrong);
        for (field, code) in [
            ("username", "BASE_TYPE_REQUIRED"),
            ("global_name", "BASE_TYPE_MAX_LENGTH"),
            ("bio", "BASE_TYPE_MAX_LENGTH"),
            ("pronouns", "BASE_TYPE_MAX_LENGTH"),
            ("accent_color", "NUMBER_TYPE_MAX"),
            ("email", "EMAIL_TYPE_INVALID_EMAIL"),
        ] {
            assert_eq!(answer.field_error(&[field]), code, "{field}");
        }
    }

    #[test]
    fn a_person_is_told_of_as_they_are() {
        let app = App::new();
        let alice = app.register("alice");
        let token = alice.token().to_owned();
        app.before_next_write(move |app| {
            patch(&app.holding(&token), json!({ "bio": "a cat" })).ok();
        });
        let edited = patch(&alice, json!({ "global_name": "Alice" })).ok();
        assert_eq!(edited["bio"], "a cat");
        let mut events = app.events();
        events.retain(|event| event.kind == EventKind::UserUpdate);
        let last: Value = serde_json::from_str(&events.last().unwrap().data).unwrap();
        assert_eq!(
            (&last["bio"], &last["global_name"]),
            (&json!("a cat"), &json!("Alice"))
        );
        assert_eq!(alice.get(&FUNCTION, PATH).ok()["bio"], "a cat");
    }

    #[test]
    fn a_new_avatar_does_not_hide_what_others_changed() {
        let app = App::new();
        let alice = app.register("alice");
        let token = alice.token().to_owned();
        app.before_next_write(move |app| {
            patch(&app.holding(&token), json!({ "bio": "a cat" })).ok();
        });
        let pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
        let edited = patch(&alice, json!({ "avatar": pixel })).ok();
        assert_eq!(edited["bio"], "a cat");
    }
}
