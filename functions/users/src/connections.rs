//! The caller's accounts elsewhere.
//!
//! See [Discord Docs/Get Current User Connections](https://discord.com/developers/docs/resources/user#get-current-user-connections).

use runtime::prelude::*;

function! {
    "/users/@me/connections"
    GET list_my_connections
}

/// None: no other service is connected here.
async fn list_my_connections(_: &Cx, _: Caller) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn people_and_bots_get_an_empty_list() {
        let app = App::new();
        for caller in [app.register("alice"), app.bot("robot")] {
            let answer = caller.get(&FUNCTION, "/users/@me/connections").ok();
            assert!(answer.as_array().expect("a list").is_empty());
        }
    }
}
