//! What the caller noted about users.
//!
//! See [Userdoccers/Get User Notes](https://docs.discord.food/resources/user#get-user-notes).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/users/@me/notes"
    GET list_notes
}

/// None: there are no notes here yet.
async fn list_notes(_: &Cx, _: Human) -> Result<Json<Value>> {
    Ok(Json(json!({})))
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
                .get(&FUNCTION, "/users/@me/notes")
                .ok(),
            json!({})
        );
    }
}
