//! What a browser sees at the address that adds a bot, until there is a web client.
//!
//! See [Discord Docs/Bot Authorization Flow](https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow).

use model::application::Application;
use runtime::extract::Raw;
use runtime::prelude::*;
use store::applications;

use crate::describe;
use crate::page::{Page, Shown, fill};

function! {
    at root "/oauth2/authorize"
    GET get_authorize_page
}

/// What the link asks for. A link that is cut off asks for nothing, which is no mistake here.
struct Asked {
    client_id: Option<Id<marker::Application>>,
    permissions: Permissions,
}

impl Form for Asked {
    fn read(fields: &mut Fields<'_>) -> Self {
        let text = |name: &str| fields.raw(name).and_then(|value| value.as_str());
        let permissions = text("permissions").and_then(|text| text.parse().ok());
        Self {
            client_id: text("client_id").and_then(|text| text.parse().ok()),
            permissions: Permissions::from_bits_retain(permissions.unwrap_or(0)),
        }
    }
}

/// Which bot asks to join, for which permissions, and how to let it.
async fn get_authorize_page(
    cx: &Cx,
    _: Anyone,
    Query(asked): Query<Asked>,
    Raw(request): Raw,
) -> Result<Shown> {
    let application = match asked.client_id {
        Some(id) => cx.read(applications::by_id(id).optional()).await?,
        None => None,
    };
    // Nobody but its owner learns of a private bot.
    let application = application.filter(|it| it.bot_public && it.bot_id.is_some());
    let page = match application {
        Some(application) => known(cx, &application, asked.permissions),
        None => unknown(cx),
    };
    page.answer(&request.headers)
}

fn known(cx: &Cx, application: &Application, permissions: Permissions) -> Page {
    let config = cx.config();
    let names: Vec<_> = permissions.iter_names().map(|(name, _)| name).collect();
    let names = match names[..] {
        [] => "none".to_owned(),
        _ => names.join(", "),
    };
    let request = format!(
        "{}/oauth2/authorize?client_id={}&scope=bot&permissions={}",
        describe::api_url(cx),
        application.id,
        permissions.bits()
    );
    Page {
        code: None,
        title: format!("{} asks to join a guild", application.name),
        main: fill(
            include_str!("authorize.html"),
            &[
                ("application", &application.name),
                ("description", &application.description),
                ("permissions", &names),
                ("name", &config.instance.name),
                ("url", &config.public_url),
                ("request", &request),
            ],
        ),
    }
}

fn unknown(cx: &Cx) -> Page {
    Page {
        code: Some(Code::UnknownApplication),
        title: "Unknown application".to_owned(),
        main: fill(
            include_str!("unknown_application.html"),
            &[("name", &cx.config().instance.name)],
        ),
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    /// An application with a bot, and its link.
    fn link(app: &App, change: impl FnOnce(&mut Application)) -> String {
        let alice = app.register("alice");
        let bot = app.bot("robot");
        let mut application = Application {
            id: app.id(),
            name: "Robot <3".to_owned(),
            icon: None,
            description: "It \"helps\".".to_owned(),
            owner_id: alice.id,
            bot_id: Some(bot.id),
            bot_public: true,
            bot_require_code_grant: false,
            flags: 0,
            verify_key: String::new(),
            settings: serde_json::Map::new(),
        };
        change(&mut application);
        let mut batch = Batch::main();
        applications::insert(&mut batch, &application, &[], 10);
        batch.push(applications::set_bot(application.id, bot.id));
        app.write(batch);
        format!("/oauth2/authorize?client_id={}&scope=bot", application.id)
    }

    #[test]
    fn it_says_who_asks_for_what() {
        let app = App::new();
        let asked = Permissions::KICK_MEMBERS | Permissions::BAN_MEMBERS;
        let link = link(&app, |_| {}) + &format!("&permissions={}", asked.bits());
        let page = app.nobody().get(&FUNCTION, &link);
        assert_eq!(page.status, 200);
        let html = std::str::from_utf8(&page.body).unwrap();
        let said = [
            "Robot &lt;3",
            "&quot;helps&quot;",
            "KICK_MEMBERS, BAN_MEMBERS.",
        ];
        for said in said {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(html.contains("&amp;scope=bot&amp;permissions=6<"), "{html}");
    }

    #[test]
    fn a_private_bot_and_a_broken_link_look_the_same() {
        let app = App::new();
        let private = link(&app, |application| application.bot_public = false);
        let private = app.nobody().get(&FUNCTION, &private);
        assert_eq!(private.status, 404);
        for query in ["", "?client_id=1", "?client_id=x&permissions=y"] {
            let path = format!("/oauth2/authorize{query}");
            let broken = app.nobody().get(&FUNCTION, &path);
            assert_eq!((broken.status, broken.body), (404, private.body.clone()));
        }
    }
}
