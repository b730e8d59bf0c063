//! The caller's applications.
//!
//! See [Userdoccers/Get Applications](https://docs.discord.food/resources/application#get-applications).

use ed25519_compact::{KeyPair, Seed};
use model::application::Application;
use runtime::prelude::*;
use serde_json::{Map, Value, json};
use store::{applications, users};

function! {
    "/applications"
    GET list_applications
    POST create_application, 5 per 60_000 ms
}

/// All applications of the caller.
async fn list_applications(cx: &Cx, Human(caller): Human) -> Result<Json<Vec<Value>>> {
    let owned = cx.read(applications::of_owner(caller.id())).await?;
    let bots: Vec<_> = owned.iter().filter_map(|application| application.bot_id).collect();
    let bots = cx.read(users::by_ids(&bots)).await?;
    let view = |application: &Application| {
        let bot = bots.iter().find(|bot| Some(bot.id) == application.bot_id);
        json!(crate::view::private(application, caller.user(), bot, 0))
    };
    Ok(Json(owned.iter().map(view).collect()))
}

struct NewApplication {
    name: String,
}

impl Form for NewApplication {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required_text("name", crate::edit::NAME_CHARS),
        }
    }
}

/// Makes an application, without a bot.
async fn create_application(
    cx: &Cx,
    Human(caller): Human,
    Body(new): Body<NewApplication>,
) -> Result<Created<Value>> {
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
    Ok(Created(json!(crate::view::private(&application, caller.user(), None, 0))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
