//! Where everything of the instance is, for clients that know the address alone.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use model::gateway::{COMPRESSIONS, ENCODINGS};
use runtime::prelude::*;
use serde::Serialize;

use crate::describe;

function! {
    at root "/.well-known/spacebar/client"
    GET get_client_well_known
}

/// Where everything of an instance is.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct ClientWellKnown {
    /// Clients append `/api/v` and a version to its URL themselves.
    api: WellKnownApi,
    cdn: WellKnownUrl,
    gateway: WellKnownGateway,
    admin: WellKnownUrl,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct WellKnownApi {
    base_url: String,
    api_versions: ApiVersions,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct ApiVersions {
    default: &'static str,
    active: [&'static str; 2],
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct WellKnownUrl {
    base_url: String,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct WellKnownGateway {
    base_url: String,
    encoding: &'static [&'static str],
    /// Null stands for a gateway that does not compress unless it is asked to.
    compression: Vec<Option<&'static str>>,
}

/// The URLs of the API, the CDN and the gateway, with their versions and encodings.
async fn get_client_well_known(cx: &Cx, _: Anyone) -> Result<Json<ClientWellKnown>> {
    let config = cx.config();
    let compressions = COMPRESSIONS.iter().copied().map(Some).chain([None]);
    let url = |base_url: String| WellKnownUrl { base_url };
    Ok(Json(ClientWellKnown {
        api: WellKnownApi {
            base_url: config.public_url.clone(),
            api_versions: ApiVersions {
                default: describe::VERSION_DEFAULT,
                active: ["9", "10"],
            },
        },
        cdn: url(config.cdn_url()),
        gateway: WellKnownGateway {
            base_url: config.gateway_public_url(),
            encoding: ENCODINGS,
            compression: compressions.collect(),
        },
        admin: url(config.public_url.clone()),
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

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
