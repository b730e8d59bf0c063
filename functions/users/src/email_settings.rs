//! Which mail the caller wants.
//!
//! See [Userdoccers/Get Email Settings](https://docs.discord.food/resources/user-settings#get-email-settings).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/users/@me/email-settings"
    GET get_email_settings
}

/// None: nothing here sends mail.
async fn get_email_settings(_: &Cx, _: Human) -> Result<Json<Value>> {
    Ok(Json(json!({ "categories": {}, "initialized": false })))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn nobody_gets_mail() {
        let app = App::new();
        let answer = app
            .register("alice")
            .get(&FUNCTION, "/users/@me/email-settings")
            .ok();
        assert_eq!(answer, json!({ "categories": {}, "initialized": false }));
        app.nobody()
            .get(&FUNCTION, "/users/@me/email-settings")
            .is(Code::Unauthorized);
    }
}
