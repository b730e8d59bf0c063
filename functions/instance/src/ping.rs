//! Whether the instance answers.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/ping"
    GET ping
}

/// Returns a pong and the instance's name.
async fn ping(cx: &Cx, _: Anyone) -> Result<Json<Value>> {
    let instance = &cx.config().instance;
    let description = Some(&instance.description).filter(|text| !text.is_empty());
    Ok(Json(json!({
        "ping": "pong!",
        "instance": {
            "id": cx.config().public_url,
            "name": instance.name,
            "description": description,
            "image": null,
            "correspondenceEmail": null,
            "correspondenceUserID": null,
            "frontPage": cx.config().public_url,
            "tosPage": null,
        },
    })))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

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
