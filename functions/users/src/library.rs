//! Games that the caller bought.
//!
//! See [Userdoccers/Get Library Entries](https://docs.discord.food/resources/library#get-library-entries).

use runtime::prelude::*;

function! {
    "/users/@me/library"
    GET list_library
}

/// None: nothing is sold here.
async fn list_library(_: &Cx, _: Human) -> Result<Json<[(); 0]>> {
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
            .get(&FUNCTION, "/users/@me/library")
            .ok();
        assert_eq!(answer, json!([]));
        app.nobody()
            .get(&FUNCTION, "/users/@me/library")
            .is(Code::Unauthorized);
    }
}
