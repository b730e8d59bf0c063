//! Ending sessions from another one.
//!
//! See [Userdoccers/Logout Auth Sessions](https://docs.discord.food/authentication#logout-auth-sessions).

use actions::{attempts, sessions};
use runtime::password::PASSWORD_CHARS_MAX;
use runtime::prelude::*;

function! {
    "/auth/sessions/logout"
    POST logout_auth_sessions, 5 per 30_000 ms
    uses passwords
}

/// Sessions that are ended at once.
const SESSIONS_MAX: usize = 64;

struct LogoutAuthSessions {
    session_id_hashes: Vec<String>,
    password: String,
}

impl Form for LogoutAuthSessions {
    fn read(fields: &mut Fields<'_>) -> Self {
        let named = fields.list("session_id_hashes", SESSIONS_MAX);
        if named.as_ref().is_none_or(Vec::is_empty) && fields.raw("session_id_hashes").is_none() {
            fields.error(
                "session_id_hashes",
                "BASE_TYPE_REQUIRED",
                "This field is required",
            );
        }
        Self {
            session_id_hashes: named.unwrap_or_default(),
            password: fields.required_text("password", 1..=PASSWORD_CHARS_MAX),
        }
    }
}

/// Ends those of the caller's sessions that are named, for their password.
async fn logout_auth_sessions(
    cx: &Cx,
    Human(caller): Human,
    Body(form): Body<LogoutAuthSessions>,
) -> Result<NoContent> {
    attempts::require_password(cx, &caller, &form.password).await?;
    let all = cx.read(store::sessions::of_user(caller.id())).await?;
    let own = all.into_iter().map(|session| session.id_hash);
    let named: Vec<String> = own
        .filter(|hash| form.session_id_hashes.contains(hash))
        .collect();
    if named.is_empty() {
        return Ok(NoContent);
    }
    let mut batch = Batch::main();
    batch.push(store::sessions::delete_named(caller.id(), &named));
    batch.emit(sessions::revoked(caller.id(), &named));
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::{login, register};

    #[test]
    fn only_the_named_sessions_end() {
        let app = App::new();
        let alice = json!({
            "username": "alice",
            "email": "alice@example.org",
            "password": "correct horse",
        });
        let first = app
            .nobody()
            .post(&register::FUNCTION, "/auth/register", alice)
            .ok();
        let alice = app.holding(first["token"].as_str().unwrap());
        let kept = app
            .read(store::Store::Main, store::sessions::of_user(alice.id))
            .remove(0)
            .id_hash;
        let body = json!({ "login": "alice", "password": "correct horse" });
        let second = app
            .nobody()
            .post(&login::FUNCTION, "/auth/login", body)
            .ok();
        let all = app.read(store::Store::Main, store::sessions::of_user(alice.id));
        let other = all
            .into_iter()
            .find(|session| session.id_hash != kept)
            .unwrap()
            .id_hash;
        let stranger = app.register("stranger");
        let strangers = app
            .read(store::Store::Main, store::sessions::of_user(stranger.id))
            .remove(0)
            .id_hash;

        let end = |password: &str| {
            let named = json!([other, strangers, "nonsense"]);
            let body = json!({ "session_id_hashes": named, "password": password });
            alice.post(&FUNCTION, "/auth/sessions/logout", body)
        };
        assert_eq!(
            end("wrong").field_error(&["password"]),
            "PASSWORD_DOES_NOT_MATCH"
        );
        end("correct horse").no_content();
        let event = app.emitted(EventKind::SessionsRevoked);
        assert_eq!(event.data, json!([other]).to_string());
        let left = app.read(store::Store::Main, store::sessions::of_user(alice.id));
        assert_eq!(left.len(), 1);
        let ended = app.holding(second["token"].as_str().unwrap());
        ended
            .post(&crate::logout::FUNCTION, "/auth/logout", json!({}))
            .is(Code::Unauthorized);
        assert_eq!(
            app.read(store::Store::Main, store::sessions::of_user(stranger.id))
                .len(),
            1
        );
    }

    #[test]
    fn missing_fields_are_named() {
        let app = App::new();
        let answer = app
            .register("a")
            .post(&FUNCTION, "/auth/sessions/logout", json!({}));
        assert_eq!(
            answer.field_error(&["session_id_hashes"]),
            "BASE_TYPE_REQUIRED"
        );
        assert_eq!(answer.field_error(&["password"]), "BASE_TYPE_REQUIRED");
    }
}
