//! What a registration form must ask for where the client is.
//!
//! See [Userdoccers/Get Location Metadata](https://docs.discord.food/authentication#get-location-metadata).

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/auth/location-metadata"
    GET get_location_metadata
}

/// What somebody who registers must be asked for.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct LocationMetadata {
    consent_required: bool,
    country_code: &'static str,
    promotional_email_opt_in: PromotionalEmailOptIn,
}

/// Whether they are asked to take mail.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct PromotionalEmailOptIn {
    required: bool,
    pre_checked: bool,
}

/// Returns the same location to every caller. The server looks up no address and sends no mail.
async fn get_location_metadata(_: &Cx, _: Anyone) -> Result<Json<LocationMetadata>> {
    Ok(Json(LocationMetadata {
        consent_required: false,
        country_code: "US",
        promotional_email_opt_in: PromotionalEmailOptIn {
            required: false,
            pre_checked: false,
        },
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    /// A registration form shows what is asked for by these, and fails without them.
    #[test]
    fn a_form_learns_what_to_ask() {
        let path = "/auth/location-metadata";
        let answer = App::new().nobody().get(&FUNCTION, path).ok();
        let country = answer["country_code"].as_str().expect("a country");
        let letters = country.chars().filter(char::is_ascii_uppercase).count();
        assert_eq!((letters, country.len()), (2, 2), "{country}");
        let mail = &answer["promotional_email_opt_in"];
        for asked in [
            &answer["consent_required"],
            &mail["required"],
            &mail["pre_checked"],
        ] {
            assert_eq!(asked.as_bool(), Some(false), "{answer}");
        }
    }
}
