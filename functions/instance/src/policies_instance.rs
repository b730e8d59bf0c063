//! What the instance is called.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;

use crate::describe::{self, Instance};

function! {
    "/policies/instance"
    GET get_instance
}

/// The name and the description.
async fn get_instance(cx: &Cx, _: Anyone) -> Result<Json<Instance>> {
    Ok(Json(describe::general(cx)))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_empty_description_is_none() {
        let app = App::new();
        let answer = app.nobody().get(&FUNCTION, "/policies/instance").ok();
        assert_eq!(answer["instanceName"], "Spacebar");
        assert_eq!(answer["instanceDescription"], Value::Null);
        app.configure(|config| config.instance.description = "A place.".into());
        let answer = app.nobody().get(&FUNCTION, "/policies/instance").ok();
        assert_eq!(answer["instanceDescription"], "A place.");
    }
}
