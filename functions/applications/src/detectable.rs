//! Games that clients look for on people's machines.
//!
//! See [Userdoccers/List Detectable Games](https://docs.discord.food/resources/game#list-detectable-games).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/applications/detectable"
    GET list_detectable_applications
}

/// None: the instance keeps no catalogue of games.
pub(crate) async fn list_detectable_applications(_: &Cx, _: Anyone) -> Result<Json<Value>> {
    Ok(Json(json!([])))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn there_are_none() {
        let app = App::new();
        let answer = app.nobody().get(&FUNCTION, "/applications/detectable");
        assert_eq!(answer.ok(), json!([]));
    }
}
