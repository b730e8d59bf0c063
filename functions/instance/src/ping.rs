//! Whether the instance answers.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;
use serde::Serialize;

use crate::describe;

function! {
    "/ping"
    GET ping
}

/// A pong.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Ping {
    ping: &'static str,
    instance: PingedInstance,
}

/// Who answers.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct PingedInstance {
    id: String,
    name: String,
    description: Option<String>,
    /// The instance has none of these.
    image: Option<String>,
    correspondence_email: Option<String>,
    #[serde(rename = "correspondenceUserID")]
    correspondence_user_id: Option<String>,
    front_page: String,
    tos_page: Option<String>,
}

/// Returns a pong and the instance's name.
async fn ping(cx: &Cx, _: Anyone) -> Result<Json<Ping>> {
    let config = cx.config();
    let instance = PingedInstance {
        id: config.public_url.clone(),
        name: config.instance.name.clone(),
        description: describe::description(cx),
        image: None,
        correspondence_email: None,
        correspondence_user_id: None,
        front_page: config.public_url.clone(),
        tos_page: None,
    };
    Ok(Json(Ping {
        ping: "pong!",
        instance,
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn it_says_who_answers() {
        let app = App::new();
        app.configure(|config| config.instance.name = "Ours".into());
        let answer = app.nobody().get(&FUNCTION, "/ping").ok();
        assert_eq!(
            (&answer["ping"], &answer["instance"]["name"]),
            (&json!("pong!"), &json!("Ours"))
        );
    }
}
