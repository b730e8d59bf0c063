//! Experiments, of which there are none.
//!
//! See [Userdoccers/Get Experiment Assignments](https://docs.discord.food/topics/experiments#get-experiment-assignments).

use runtime::prelude::*;
use serde_json::{Value, json};

function! {
    "/experiments"
    GET list_experiments
}

/// No assignments, and a fingerprint, which clients send with a login.
async fn list_experiments(cx: &Cx, _: Anyone) -> Result<Json<Value>> {
    let fingerprint = format!(
        "{}.{}",
        cx.id::<marker::Generic>(),
        cx.id::<marker::Generic>()
    );
    Ok(Json(json!({
        "fingerprint": fingerprint,
        "assignments": [],
        "guild_experiments": [],
    })))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn nobody_takes_part_in_any() {
        let answer = App::new().nobody().get(&FUNCTION, "/experiments").ok();
        assert_eq!(answer["assignments"], json!([]));
        assert!(answer["fingerprint"].is_string());
    }
}
