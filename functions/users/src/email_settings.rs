//! Which mail the caller wants.
//!
//! See [Userdoccers/Get Email Settings](https://docs.discord.food/resources/user-settings#get-email-settings).

use std::collections::BTreeMap;

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/users/@me/email-settings"
    GET get_email_settings
}

/// Which mail a user takes.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct EmailSettings {
    categories: BTreeMap<String, bool>,
    initialized: bool,
}

/// None: nothing here sends mail.
async fn get_email_settings(_: &Cx, _: Human) -> Result<Json<EmailSettings>> {
    Ok(Json(EmailSettings {
        categories: BTreeMap::new(),
        initialized: false,
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

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
