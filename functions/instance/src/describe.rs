//! What several documents say of the instance.

use runtime::Cx;
use serde::Serialize;

/// The API version that clients use unless they choose.
pub const VERSION_DEFAULT: &str = "9";

/// The instance's name and description, under Spacebar's names.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    instance_name: String,
    instance_description: Option<String>,
    front_page: String,
    /// The instance has none of these.
    tos_page: Option<String>,
    correspondence_email: Option<String>,
    #[serde(rename = "correspondenceUserID")]
    correspondence_user_id: Option<String>,
    image: Option<String>,
    instance_id: String,
}

/// What the instance is called.
pub fn general(cx: &Cx) -> Instance {
    Instance {
        instance_name: cx.config().instance.name.clone(),
        instance_description: description(cx),
        front_page: cx.config().public_url.clone(),
        tos_page: None,
        correspondence_email: None,
        correspondence_user_id: None,
        image: None,
        instance_id: cx.config().public_url.clone(),
    }
}

/// The instance's description. An empty one is none.
pub fn description(cx: &Cx) -> Option<String> {
    let description = &cx.config().instance.description;
    (!description.is_empty()).then(|| description.clone())
}

/// The URL of the API with the default version. Spacebar's clients append paths to it as it is.
pub fn api_url(cx: &Cx) -> String {
    format!("{}/v{VERSION_DEFAULT}", cx.config().api_url())
}
