//! Where the parts of the instance are.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;
use serde::Serialize;

use crate::describe;

function! {
    "/policies/instance/domains"
    GET get_instance_domains
}

/// Where the parts of the instance are.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct InstanceDomains {
    api_endpoint: String,
    cdn: String,
    gateway: String,
    default_api_version: &'static str,
}

/// The URLs of the API, the CDN and the gateway.
async fn get_instance_domains(cx: &Cx, _: Anyone) -> Result<Json<InstanceDomains>> {
    let config = cx.config();
    Ok(Json(InstanceDomains {
        api_endpoint: describe::api_url(cx),
        cdn: config.cdn_url(),
        gateway: config.gateway_public_url(),
        default_api_version: describe::VERSION_DEFAULT,
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
        app.configure(|config| config.public_url = "http://127.0.0.1:1".into());
        let answer = app
            .nobody()
            .get(&FUNCTION, "/policies/instance/domains")
            .ok();
        assert_eq!(
            answer,
            json!({
                "apiEndpoint": "http://127.0.0.1:1/api/v9",
                "cdn": "http://127.0.0.1:1/cdn",
                "gateway": "ws://127.0.0.1:1/gateway",
                "defaultApiVersion": "9",
            })
        );
    }
}
