//! What the caller noted about users.
//!
//! See [Userdoccers/Get User Notes](https://docs.discord.food/resources/user#get-user-notes).

use std::collections::BTreeMap;

use runtime::prelude::*;

function! {
    "/users/@me/notes"
    GET list_notes
}

/// None: there are no notes here yet.
async fn list_notes(_: &Cx, _: Human) -> Result<Json<BTreeMap<String, String>>> {
    Ok(Json(BTreeMap::new()))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    /// Clients look users up in it by their ids.
    #[test]
    fn notes_are_an_object() {
        let app = App::new();
        let alice = app.register("alice");
        let answer = alice.get(&FUNCTION, "/users/@me/notes").ok();
        assert!(answer.as_object().expect("an object").is_empty());
    }
}
