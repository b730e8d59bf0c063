//! Teams that own applications.
//!
//! See [Userdoccers/Get Teams](https://docs.discord.food/resources/team#get-teams).

use runtime::prelude::*;

function! {
    "/teams"
    GET list_teams
}

/// None: applications belong to people here.
async fn list_teams(_: &Cx, _: Human) -> Result<Json<[(); 0]>> {
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
        let answer = app.register("alice").get(&FUNCTION, "/teams").ok();
        assert_eq!(answer, json!([]));
        app.nobody().get(&FUNCTION, "/teams").is(Code::Unauthorized);
    }
}
