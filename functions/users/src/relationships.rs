//! Friends, blocks and requests.
//!
//! See [Userdoccers/List Relationships](https://docs.discord.food/resources/relationships#list-relationships).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/users/@me/relationships"
    GET list_relationships
}

/// None: there are no relationships here yet.
async fn list_relationships(_: &Cx, _: Human) -> Result<Json<Value>> {
    Ok(Json(json!([])))
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
                .get(&FUNCTION, "/users/@me/relationships")
                .ok(),
            json!([])
        );
    }
}
