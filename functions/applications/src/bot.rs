//! An application's bot.
//!
//! See [Userdoccers/Create Application Bot](https://docs.discord.food/resources/application#create-application-bot).

use actions::account_fields::BotName;
use actions::images::{self, Image, Owner};
use actions::sessions::{self, Client};
use actions::tell_guilds::tell_guilds;
use model::User;
use model::event::UserUpdate;
use runtime::fields::FromField;
use runtime::prelude::*;
use runtime::token::Token;
use serde::Serialize;
use serde_json::json;
use store::users::Account;
use store::{Rejection, applications, users};

use crate::owned::Owned;

function! {
    "/applications/{application_id}/bot"
    POST create_application_bot
    PATCH update_application_bot
    uses blobs
}

/// How often another discriminator is tried when one is taken.
const ATTEMPTS_MAX: u32 = 8;
/// What a batch fails with when the name with its discriminator is taken.
const NAME_TAKEN: Code = Code::NoSuchTag;

/// What whoever makes a bot must know before it connects: the gateway closes with 4014 otherwise.
const INTENTS_NOTE: &str = "Privileged intents are off. To switch them on, PATCH \
                            /applications/{id} with the sum of these flags: 8192 for presences, \
                            32768 for members, 524288 for message content.";

/// The token of a new bot.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct ApplicationBot {
    token: String,
    note: &'static str,
}

/// Gives the application a bot and answers its token, which is never shown again.
async fn create_application_bot(
    cx: &Cx,
    Human(caller): Human,
    Path(id): Path<Id<marker::Application>>,
) -> Result<Json<ApplicationBot>> {
    let owned = Owned::find(cx, &caller, id).await?.by_owner(&caller)?;
    for attempt in 1.. {
        let account = new_bot(cx, &owned);
        let bot = account.user.id;
        let mut batch = Batch::main();
        batch.require_change(applications::set_bot(id, bot), Code::BadRequest);
        batch.push_or(users::insert(&account), NAME_TAKEN);
        let token = sessions::begin(cx, &mut batch, bot, Client::default());
        match cx.write(batch).await {
            Ok(_) => return Ok(Json(answer(&token))),
            Err(Rejection::Code(NAME_TAKEN)) if attempt < ATTEMPTS_MAX => {}
            Err(rejection) => return Err(rejection.into()),
        }
    }
    Err(NAME_TAKEN.into())
}

fn answer(token: &Token) -> ApplicationBot {
    ApplicationBot {
        token: token.reveal().to_owned(),
        note: INTENTS_NOTE,
    }
}

/// A bot with the application's number and name.
fn new_bot(cx: &Cx, owned: &Owned) -> Account {
    let application = &owned.application;
    let user = User {
        id: application.id.cast(),
        username: bot_name(&application.name),
        discriminator: format!("{:04}", u32::from_le_bytes(cx.random()) % 9999 + 1),
        global_name: None,
        avatar: None,
        banner: None,
        accent_color: None,
        bot: true,
        public_flags: 0,
        avatar_decoration_data: None,
        collectibles: None,
        primary_guild: None,
        bio: application.description.clone(),
        pronouns: String::new(),
        badge_ids: [],
    };
    Account {
        user,
        flags: 0,
        email: None,
        password_hash: None,
        premium_type: 0,
        verified: true,
        locale: "en-US".to_owned(),
        totp_secret: None,
        totp_last_step: 0,
        rights: 0,
        disabled: false,
    }
}

/// The application's name, if a bot may be called so.
fn bot_name(of_application: &str) -> String {
    let name = BotName::from_field(&json!(of_application), false);
    name.map_or_else(|_| "Bot".to_owned(), |BotName(name)| name)
}

struct UpdateApplicationBot {
    username: Option<String>,
    avatar: Option<Option<Image>>,
}

impl Form for UpdateApplicationBot {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            username: fields.patch("username").map(|BotName(name)| name),
            avatar: fields.nullable("avatar"),
        }
    }
}

/// Changes the bot's name and avatar.
async fn update_application_bot(
    cx: &Cx,
    Human(caller): Human,
    Path(id): Path<Id<marker::Application>>,
    Body(edit): Body<UpdateApplicationBot>,
) -> Result<Json<User>> {
    let owned = Owned::find(cx, &caller, id).await?.by_owner(&caller)?;
    let bot = owned.bot()?.id;
    let account = cx.read(users::account_by_id(bot).optional()).await?;
    let mut account = account.ok_or(Code::UnknownUser)?;
    let avatar = match edit.avatar {
        None => None,
        Some(None) => Some(None),
        Some(Some(image)) => Some(Some(image.store(cx, Owner::Avatar(bot), "avatar").await?)),
    };
    let edit = users::Edit {
        username: edit.username,
        avatar,
        ..users::Edit::default()
    };
    let old = account.user.avatar.clone();
    edit.apply(&mut account);
    let mut batch = Batch::main();
    let new = account.user.avatar.as_deref();
    images::replaced(cx, &mut batch, Owner::Avatar(bot), old.as_deref(), new);
    batch.push_or(users::edit(bot, &edit), NAME_TAKEN);
    let own = Audience::Users(vec![bot]);
    batch.emit(Event::new(own, &UserUpdate::new(&account.private())));
    tell_guilds(cx, &mut batch, &account.user).await?;
    match cx.write(batch).await {
        Ok(_) => Ok(Json(account.user)),
        Err(Rejection::Code(NAME_TAKEN)) => Err(Error::field(
            &["username"],
            "USERNAME_TOO_MANY_USERS",
            "Too many users have this username, please try another.",
        )),
        Err(rejection) => Err(rejection.into()),
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use store::Store;

    use super::*;
    use crate::testing::{application, with_bot};

    #[test]
    fn the_answer_to_a_new_bot_names_its_intents() {
        use model::application as flags;

        let app = App::new();
        let alice = app.register("alice");
        let (_, path) = application(&alice);
        let made = alice
            .post(&FUNCTION, &format!("{path}/bot"), json!({}))
            .ok();
        for flag in [
            flags::FLAG_GATEWAY_PRESENCE_LIMITED,
            flags::FLAG_GATEWAY_GUILD_MEMBERS_LIMITED,
            flags::FLAG_GATEWAY_MESSAGE_CONTENT_LIMITED,
        ] {
            let flag = flag.to_string();
            assert!(made["note"].as_str().unwrap().contains(&flag), "{flag}");
        }
    }

    #[test]
    fn a_bot_has_its_applications_number_and_a_token() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, path) = application(&alice);
        let path = format!("{path}/bot");
        app.register("mallory")
            .post(&FUNCTION, &path, json!({}))
            .is(Code::NotApplicationOwner);
        let token = alice.post(&FUNCTION, &path, json!({})).ok()["token"].clone();
        assert_eq!(token.as_str().unwrap().split('.').count(), 3);
        let bot = app
            .read(Store::Main, users::by_id(id.cast()))
            .pop()
            .unwrap();
        assert!(bot.bot);
        assert_eq!(
            (bot.username.as_str(), bot.discriminator.len()),
            ("Robot", 4)
        );
        alice.post(&FUNCTION, &path, json!({})).is(Code::BadRequest);
    }

    #[test]
    fn its_owner_names_it() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, path) = application(&alice);
        let missing = alice.patch(&FUNCTION, &format!("{path}/bot"), json!({}));
        missing.is(Code::ApplicationHasNoBot);
        let (id, bot) = with_bot(&app, &alice);
        let (guild, _) = alice.create_guild();
        bot.join(guild);
        let path = format!("/applications/{id}/bot");
        let user = alice
            .patch(&FUNCTION, &path, json!({ "username": "Beeper" }))
            .ok();
        assert_eq!(user["username"], "Beeper");
        let events = app.events();
        assert_eq!(events[0].kind, EventKind::UserUpdate);
        assert_eq!(events[0].audience, Audience::Users(vec![bot.id]));
        assert_eq!(events[1].kind, EventKind::GuildMemberUpdate);
        assert_eq!(events[1].audience, Audience::Guild(guild));
        let wrong = alice.patch(&FUNCTION, &path, json!({ "username": "B", "avatar": "x" }));
        assert_eq!(wrong.field_error(&["username"]), "BASE_TYPE_BAD_LENGTH");
        wrong.field_error(&["avatar"]);
        let tag = alice.patch(&FUNCTION, &path, json!({ "username": "a@b" }));
        assert_eq!(tag.field_error(&["username"]), "USERNAME_INVALID_CONTAINS");
    }

    #[test]
    fn no_bot_has_a_name_that_means_something_else() {
        assert_eq!(bot_name("Robot"), "Robot");
        assert_eq!(bot_name("everyone"), "Bot");
        assert_eq!(bot_name("\u{200b}\u{200b}"), "Bot");
    }
}
