//! What a registration form must ask for where the client is.
//!
//! See [Userdoccers/Get Location Metadata](https://docs.discord.food/authentication#get-location-metadata).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/auth/location-metadata"
    GET get_location_metadata
}

/// The same for everybody: nobody is asked where an address is, and no mail is sent.
async fn get_location_metadata(_: &Cx, _: Anyone) -> Result<Json<Value>> {
    Ok(Json(json!({
        "consent_required": false,
        "country_code": "US",
        "promotional_email_opt_in": { "required": false, "pre_checked": false },
    })))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn no_consent_is_asked_for() {
        let answer = App::new()
            .nobody()
            .get(&FUNCTION, "/auth/location-metadata")
            .ok();
        assert_eq!(answer["consent_required"], false);
    }
}
