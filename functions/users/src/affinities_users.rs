//! Users that Discord thinks the caller likes.
//!
//! See [Userdoccers/List User Affinities](https://docs.discord.food/resources/user#list-user-affinities).

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/users/@me/affinities/users"
    GET list_user_affinities
}

/// People whom a user has much to do with.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct UserAffinities {
    user_affinities: [(); 0],
    inverse_user_affinities: [(); 0],
}

/// Always empty: this server does not measure affinities.
async fn list_user_affinities(_: &Cx, _: Human) -> Result<Json<UserAffinities>> {
    Ok(Json(UserAffinities {
        user_affinities: [],
        inverse_user_affinities: [],
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn user_affinities_are_empty() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        app.register("bob").join(guild);
        let answer = alice.get(&FUNCTION, "/users/@me/affinities/users").ok();
        for list in ["user_affinities", "inverse_user_affinities"] {
            let affinities = answer[list].as_array().expect(list);
            assert!(affinities.is_empty(), "{affinities:?}");
        }
    }
}
