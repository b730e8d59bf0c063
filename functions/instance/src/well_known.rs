//! Where the API is, for clients that know the address alone.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;
use serde::Serialize;

use crate::describe;

function! {
    at root "/.well-known/spacebar"
    GET get_well_known
}

/// Where the API is.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct WellKnown {
    /// Its URL, with its version.
    api: String,
}

/// The URL of the API.
async fn get_well_known(cx: &Cx, _: Anyone) -> Result<Json<WellKnown>> {
    let api = describe::api_url(cx);
    Ok(Json(WellKnown { api }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn it_names_the_api_with_its_version() {
        let app = App::new();
        app.configure(|config| config.public_url = "https://chat.example".into());
        let answer = app.nobody().get(&FUNCTION, "/.well-known/spacebar").ok();
        assert_eq!(answer, json!({ "api": "https://chat.example/api/v9" }));
    }
}
