//! The applications that the caller authorised to act for them.
//!
//! See [Unofficial Docs/Get OAuth2 Tokens](https://docs.discord.food/resources/oauth2#get-oauth2-tokens).

use runtime::prelude::*;

function! {
    "/oauth2/tokens"
    GET list_oauth2_tokens
}

/// Nothing: no application acts for anybody here.
async fn list_oauth2_tokens(_: &Cx, _: Human) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::applications;

    #[test]
    fn owners_have_authorised_no_application() {
        let app = App::new();
        let alice = app.register("alice");
        let body = json!({ "name": "ours" });
        let made = alice.post(&applications::FUNCTION, "/applications", body);
        made.ok();
        let answer = alice.get(&FUNCTION, "/oauth2/tokens").ok();
        assert!(answer.as_array().expect("a list").is_empty());
    }
}
