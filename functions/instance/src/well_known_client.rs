//! Where everything of the instance is, for clients that know the address alone.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use model::gateway::{COMPRESSIONS, ENCODINGS};
use runtime::prelude::*;
use serde_json::{Value, json};

use crate::describe;

function! {
    at root "/.well-known/spacebar/client"
    GET get_client_well_known
}

/// The URLs of the API, the CDN and the gateway, with their versions and encodings.
async fn get_client_well_known(cx: &Cx, _: Anyone) -> Result<Json<Value>> {
    let config = cx.config();
    // Null stands for a gateway that does not compress unless it is asked to.
    let compressions = COMPRESSIONS.iter().copied().map(Some).chain([None]);
    let compressions: Vec<Option<&str>> = compressions.collect();
    Ok(Json(json!({
        // Clients append `/api/v` and a version themselves.
        "api": {
            "baseUrl": config.public_url,
            "apiVersions": { "default": describe::VERSION_DEFAULT, "active": ["9", "10"] },
        },
        "cdn": { "baseUrl": config.cdn_url() },
        "gateway": {
            "baseUrl": config.gateway_public_url(),
            "encoding": ENCODINGS,
            "compression": compressions,
        },
        "admin": { "baseUrl": config.public_url },
    })))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn every_url_is_on_the_one_origin() {
        let app = App::new();
        app.configure(|config| config.public_url = "https://chat.example".into());
        let answer = app
            .nobody()
            .get(&FUNCTION, "/.well-known/spacebar/client")
            .ok();
        assert_eq!(answer["api"]["baseUrl"], "https://chat.example");
        assert_eq!(answer["api"]["apiVersions"]["default"], "9");
        assert_eq!(answer["cdn"]["baseUrl"], "https://chat.example/cdn");
        assert_eq!(answer["gateway"]["baseUrl"], "wss://chat.example/gateway");
        assert_eq!(answer["gateway"]["encoding"], json!(["json", "etf"]));
    }
}
