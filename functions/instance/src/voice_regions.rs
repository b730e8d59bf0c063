//! Where voice can be served.
//!
//! See [Discord Docs/List Voice Regions](https://discord.com/developers/docs/resources/voice#list-voice-regions).

use model::guild::REGION;
use runtime::prelude::*;
use serde::Serialize;

function! {
    "/voice/regions"
    GET list_voice_regions
}

/// Where voice is served.
///
/// See [Discord Docs/Voice Region Object](https://discord.com/developers/docs/resources/voice#voice-region-object).
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct VoiceRegion {
    id: &'static str,
    name: String,
    custom: bool,
    deprecated: bool,
    optimal: bool,
}

/// The one region of the instance.
async fn list_voice_regions(cx: &Cx, _: Caller) -> Result<Json<[VoiceRegion; 1]>> {
    Ok(Json([VoiceRegion {
        id: REGION,
        name: cx.config().instance.name.clone(),
        custom: false,
        deprecated: false,
        optimal: true,
    }]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn there_is_one_and_it_is_optimal() {
        let app = App::new();
        let regions = app.bot("robot").get(&FUNCTION, "/voice/regions").ok();
        assert_eq!(
            (
                regions[0]["optimal"].as_bool(),
                regions.as_array().unwrap().len()
            ),
            (Some(true), 1)
        );
        app.nobody()
            .get(&FUNCTION, "/voice/regions")
            .is(Code::Unauthorized);
    }
}
