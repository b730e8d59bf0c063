//! The gateway's address.
//!
//! See [Discord Docs/Get Gateway](https://discord.com/developers/docs/events/gateway#get-gateway).

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/gateway"
    GET get_gateway
}

/// Where the gateway is.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Gateway {
    url: String,
}

/// Where to open a gateway connection.
async fn get_gateway(cx: &Cx, _: Anyone) -> Result<Json<Gateway>> {
    let url = cx.config().gateway_public_url();
    Ok(Json(Gateway { url }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn anyone_may_know_where_the_gateway_is() {
        let app = App::new();
        app.configure(|config| config.public_url = "https://chat.example".into());
        let answer = app.nobody().get(&FUNCTION, "/gateway").ok();
        assert_eq!(answer["url"], "wss://chat.example/gateway");
    }
}
