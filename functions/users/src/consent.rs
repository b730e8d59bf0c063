//! What the caller lets the instance do with what it knows of them.
//!
//! See [Userdoccers/Get User Consents](https://docs.discord.food/resources/user-settings#get-user-consents).

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/users/@me/consent"
    GET get_user_consent
}

/// What a user agreed to.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct UserConsent {
    personalization: Consent,
    usage_statistics: Consent,
}

/// Whether a user agreed.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Consent {
    consented: bool,
}

/// Always empty: this server collects no usage data, so it asks for no consent.
async fn get_user_consent(_: &Cx, _: Human) -> Result<Json<UserConsent>> {
    Ok(Json(UserConsent {
        personalization: Consent { consented: false },
        usage_statistics: Consent { consented: false },
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_consented_to() {
        let app = App::new();
        let answer = app
            .register("alice")
            .get(&FUNCTION, "/users/@me/consent")
            .ok();
        assert_eq!(
            answer,
            json!({
                "personalization": { "consented": false },
                "usage_statistics": { "consented": false },
            })
        );
        app.nobody()
            .get(&FUNCTION, "/users/@me/consent")
            .is(Code::Unauthorized);
    }
}
