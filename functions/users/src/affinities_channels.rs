//! Channels that Discord thinks the caller likes.
//!
//! See [Userdoccers/List Channel Affinities](https://docs.discord.food/resources/user#list-channel-affinities).

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/users/@me/affinities/channels"
    GET list_channel_affinities
}

/// Channels that a user is much in.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct ChannelAffinities {
    channel_affinities: [(); 0],
}

/// Always empty: this server does not measure affinities.
async fn list_channel_affinities(_: &Cx, _: Human) -> Result<Json<ChannelAffinities>> {
    Ok(Json(ChannelAffinities {
        channel_affinities: [],
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn there_are_none() {
        let app = App::new();
        let answer = app
            .register("alice")
            .get(&FUNCTION, "/users/@me/affinities/channels")
            .ok();
        assert_eq!(answer, json!({ "channel_affinities": [] }));
        app.nobody()
            .get(&FUNCTION, "/users/@me/affinities/channels")
            .is(Code::Unauthorized);
    }
}
