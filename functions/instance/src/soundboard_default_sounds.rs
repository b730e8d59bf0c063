//! The sounds that everybody has.
//!
//! See [Discord Docs/List Default Soundboard Sounds](https://discord.com/developers/docs/resources/soundboard#list-default-soundboard-sounds).

use runtime::prelude::*;

function! {
    "/soundboard-default-sounds"
    GET get_soundboard_default_sounds
}

/// None: the instance has no sounds of its own. Bots' libraries wait for the list before they are
/// ready.
async fn get_soundboard_default_sounds(_: &Cx, _: Caller) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn there_are_none_for_anybody() {
        let app = App::new();
        let path = "/soundboard-default-sounds";
        assert_eq!(app.bot("robot").get(&FUNCTION, path).ok(), json!([]));
        assert_eq!(app.register("alice").get(&FUNCTION, path).ok(), json!([]));
        app.nobody().get(&FUNCTION, path).is(Code::Unauthorized);
    }
}
