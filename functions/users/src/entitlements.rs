//! What the caller bought.
//!
//! See [Userdoccers/Get User Entitlements](https://docs.discord.food/resources/entitlement#get-user-entitlements).

use runtime::prelude::*;

function! {
    "/users/@me/entitlements"
    GET list_user_entitlements
}

/// Nothing: nothing is sold here.
async fn list_user_entitlements(_: &Cx, _: Human) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_was_bought() {
        let app = App::new();
        let answer = app
            .register("alice")
            .get(&FUNCTION, "/users/@me/entitlements")
            .ok();
        assert_eq!(answer, json!([]));
        app.nobody()
            .get(&FUNCTION, "/users/@me/entitlements")
            .is(Code::Unauthorized);
    }
}
