//! Users that Discord thinks the caller likes.
//!
//! See [Userdoccers/List User Affinities](https://docs.discord.food/resources/user#list-user-affinities).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/users/@me/affinities/users"
    GET list_user_affinities
}

/// None: nobody is watched here.
async fn list_user_affinities(_: &Cx, _: Human) -> Result<Json<Value>> {
    Ok(Json(
        json!({ "user_affinities": [], "inverse_user_affinities": [] }),
    ))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn there_are_none() {
        let app = App::new();
        assert_eq!(
            app.register("alice")
                .get(&FUNCTION, "/users/@me/affinities/users")
                .ok(),
            json!({ "user_affinities": [], "inverse_user_affinities": [] })
        );
    }
}
