//! The caller's accounts elsewhere.
//!
//! See [Discord Docs/Get Current User Connections](https://discord.com/developers/docs/resources/user#get-current-user-connections).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/users/@me/connections"
    GET list_my_connections
}

/// None: no other service is connected here.
async fn list_my_connections(_: &Cx, _: Caller) -> Result<Json<Value>> {
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
                .get(&FUNCTION, "/users/@me/connections")
                .ok(),
            json!([])
        );
    }
}
