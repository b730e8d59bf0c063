//! What several documents say of the instance.

use runtime::Cx;
use serde_json::{Value, json};

/// The API version that clients use unless they choose.
pub const VERSION_DEFAULT: &str = "9";

/// The instance's name and description, under Spacebar's names.
pub fn general(cx: &Cx) -> Value {
    let instance = &cx.config().instance;
    let description = Some(&instance.description).filter(|text| !text.is_empty());
    json!({
        "instanceName": instance.name,
        "instanceDescription": description,
        "frontPage": cx.config().public_url,
        "tosPage": null,
        "correspondenceEmail": null,
        "correspondenceUserID": null,
        "image": null,
        "instanceId": cx.config().public_url,
    })
}

/// The URL of the API with the default version. Spacebar's clients append paths to it as it is.
pub fn api_url(cx: &Cx) -> String {
    format!("{}/v{VERSION_DEFAULT}", cx.config().api_url())
}
