//! Whether a username is free.
//!
//! See [Userdoccers/Get Pomelo Eligibility](https://docs.discord.food/resources/user#get-pomelo-eligibility).

use actions::account_fields::Username;
use runtime::prelude::*;
use serde::Serialize;
use store::users;

function! {
    "/users/@me/pomelo-attempt"
    POST check_username, 10 per 60_000 ms
}

struct CheckUsername {
    username: Username,
}

impl Form for CheckUsername {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            username: fields.required("username"),
        }
    }
}

/// Whether a username is somebody else's.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct UsernameAttempt {
    taken: bool,
}

/// Whether somebody else has the username. Registration tells everybody the same.
async fn check_username(
    cx: &Cx,
    Human(caller): Human,
    Body(attempt): Body<CheckUsername>,
) -> Result<Json<UsernameAttempt>> {
    let taken = users::taken(&attempt.username.0, "0", None, caller.id());
    let (taken, _) = cx.read(taken.optional()).await?.unwrap_or_default();
    Ok(Json(UsernameAttempt { taken }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_taken_by_others_alone() {
        let app = App::new();
        let alice = app.register("alice");
        app.register("bob");
        let ask = |name: &str| {
            let body = json!({ "username": name });
            alice.post(&FUNCTION, "/users/@me/pomelo-attempt", body)
        };
        assert_eq!(ask("Bob").ok(), json!({ "taken": true }));
        assert_eq!(ask("alice").ok(), json!({ "taken": false }));
        assert_eq!(ask("carol").ok(), json!({ "taken": false }));
        assert_eq!(
            ask("no one").field_error(&["username"]),
            "USERNAME_INVALID_CHARACTERS"
        );
    }
}
