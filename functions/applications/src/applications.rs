//! The caller's applications.
//!
//! See [Userdoccers/Get Applications](https://docs.discord.food/resources/application#get-applications).

use ed25519_compact::{KeyPair, Seed};
use model::application::Application;
use runtime::prelude::*;
use serde_json::Map;
use store::{applications, users};

use crate::view::{self, PrivateApplication};

function! {
    "/applications"
    GET list_applications
    POST create_application, 5 per 60_000 ms
}

/// All applications of the caller.
async fn list_applications(cx: &Cx, Human(caller): Human) -> Result<Json<Vec<PrivateApplication>>> {
    let owned = cx.read(applications::of_owner(caller.id())).await?;
    let bots: Vec<_> = owned
        .iter()
        .filter_map(|application| application.bot_id)
        .collect();
    let bots = cx.read(users::by_ids(&bots)).await?;
    let view = |application: &Application| {
        let bot = bots.iter().find(|bot| Some(bot.id) == application.bot_id);
        view::private(application, caller.user(), bot, 0)
    };
    Ok(Json(owned.iter().map(view).collect()))
}

struct CreateApplication {
    name: String,
}

impl Form for CreateApplication {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required_name("name", crate::edit::NAME_CHARS),
        }
    }
}

/// Makes an application, without a bot.
async fn create_application(
    cx: &Cx,
    Human(caller): Human,
    Body(new): Body<CreateApplication>,
) -> Result<Created<PrivateApplication>> {
    let seed = Seed::new(cx.random());
    let keys = KeyPair::from_seed(seed);
    let application = Application {
        id: cx.id(),
        name: new.name,
        icon: None,
        description: String::new(),
        owner_id: caller.id(),
        bot_id: None,
        bot_public: true,
        bot_require_code_grant: false,
        flags: 0,
        verify_key: hex(keys.pk.as_ref()),
        settings: Map::new(),
    };
    let max = cx.config().limits.applications_per_user_max;
    let mut batch = Batch::main();
    applications::insert(&mut batch, &application, seed.as_ref(), max);
    cx.write(batch).await?;
    let view = view::private(&application, caller.user(), None, 0);
    Ok(Created(view))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_application_is_made_with_a_key_of_its_own() {
        let app = App::new();
        let alice = app.register("alice");
        let made = alice.post(&FUNCTION, "/applications", json!({ "name": "Robot" }));
        assert_eq!(made.status, 201);
        let made = made.ok();
        assert_eq!(made["name"], "Robot");
        assert_eq!(made["verify_key"].as_str().unwrap().len(), 64);
        assert_eq!(made["owner"]["username"], "alice");
        assert_eq!(made.get("bot"), None);
        let listed = alice.get(&FUNCTION, "/applications").ok();
        assert_eq!(listed[0], made);
        for (name, value) in [
            ("verification_state", json!(1)),
            ("store_application_state", json!(1)),
            ("rpc_application_state", json!(0)),
            ("is_monetized", json!(false)),
            ("rpc_origins", json!([])),
        ] {
            assert_eq!(made[name], value, "{name}");
        }
        let stranger = app.register("mallory");
        assert_eq!(stranger.get(&FUNCTION, "/applications").ok(), json!([]));
    }

    #[test]
    fn a_name_is_needed_and_their_number_is_bounded() {
        let app = App::new();
        app.configure(|config| config.limits.applications_per_user_max = 1);
        let alice = app.register("alice");
        let make = |body| alice.post(&FUNCTION, "/applications", body);
        assert_eq!(make(json!({})).field_error(&["name"]), "BASE_TYPE_REQUIRED");
        let long = make(json!({ "name": "x".repeat(33) }));
        assert_eq!(long.field_error(&["name"]), "BASE_TYPE_BAD_LENGTH");
        let blank = make(json!({ "name": " \u{200b} " }));
        assert_eq!(blank.field_error(&["name"]), "BASE_TYPE_REQUIRED");
        make(json!({ "name": "one" })).ok();
        make(json!({ "name": "two" })).is(Code::TooManyApplications);
        let robot = app.bot("robot");
        robot
            .post(&FUNCTION, "/applications", json!({}))
            .is(Code::BotsNotAllowed);
    }
}
