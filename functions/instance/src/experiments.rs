//! Experiments, of which there are none.
//!
//! See [Userdoccers/Get Experiment Assignments](https://docs.discord.food/topics/experiments#get-experiment-assignments).

use runtime::prelude::*;
use serde::Serialize;

function! {
    "/experiments"
    GET list_experiments
}

/// What a client takes part in.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Experiments {
    fingerprint: String,
    assignments: [(); 0],
    guild_experiments: [(); 0],
}

/// No assignments, and a fingerprint, which clients send with a login.
async fn list_experiments(cx: &Cx, _: Anyone) -> Result<Json<Experiments>> {
    let fingerprint = format!(
        "{}.{}",
        cx.id::<marker::Generic>(),
        cx.id::<marker::Generic>()
    );
    Ok(Json(Experiments {
        fingerprint,
        assignments: [],
        guild_experiments: [],
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    /// Clients send the fingerprint with a login, and read the two lists.
    #[test]
    fn everybody_gets_a_fingerprint_of_their_own_and_no_experiment() {
        let app = App::new();
        let ask = || app.nobody().get(&FUNCTION, "/experiments").ok();
        let answer = ask();
        for list in ["assignments", "guild_experiments"] {
            assert!(answer[list].as_array().expect(list).is_empty());
        }
        let fingerprint = answer["fingerprint"].as_str().expect("a fingerprint");
        let (id, _) = fingerprint.split_once('.').expect("an id and a secret");
        id.parse::<Id<marker::Generic>>().expect("a snowflake");
        assert_ne!(ask()["fingerprint"], answer["fingerprint"]);
    }
}
