//! Fingerprints, by which Discord's client carries experiments through a login.
//!
//! See [Userdoccers/Fingerprints](https://docs.discord.food/topics/experiments#fingerprints).

use runtime::prelude::*;
use serde::Serialize;

use crate::secret;

function! {
    "/auth/fingerprint"
    POST create_fingerprint
}

/// What carries experiments through a login.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Fingerprint {
    fingerprint: String,
}

/// Makes a fingerprint. The server does not store it, since there are no experiments.
async fn create_fingerprint(cx: &Cx, _: Anyone) -> Result<Json<Fingerprint>> {
    let id = cx.id::<marker::Generic>();
    let fingerprint = format!("{id}.{}", secret::ticket(cx));
    Ok(Json(Fingerprint { fingerprint }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn it_begins_with_a_snowflake() {
        let app = App::new();
        let answer = app
            .nobody()
            .post(&FUNCTION, "/auth/fingerprint", json!({}))
            .ok();
        let (id, _) = answer["fingerprint"]
            .as_str()
            .unwrap()
            .split_once('.')
            .unwrap();
        assert!(id.parse::<Id<marker::Generic>>().is_ok());
    }
}
