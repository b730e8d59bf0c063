//! People whom Discord thinks the caller knows.
//!
//! See [Userdoccers/Get Friend Suggestions](https://docs.discord.food/resources/relationships#get-friend-suggestions).

use runtime::prelude::*;

function! {
    "/friend-suggestions"
    GET list_friend_suggestions
}

/// Always empty: this server takes no address books.
async fn list_friend_suggestions(_: &Cx, _: Human) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
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
            .get(&FUNCTION, "/friend-suggestions")
            .ok();
        assert_eq!(answer, json!([]));
        app.nobody()
            .get(&FUNCTION, "/friend-suggestions")
            .is(Code::Unauthorized);
    }
}
