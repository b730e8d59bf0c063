//! The caller's sessions.
//!
//! See [Userdoccers/Get Auth Sessions](https://docs.discord.food/authentication#get-auth-sessions).

use std::cmp::Reverse;

use runtime::prelude::*;
use serde::Serialize;
use store::sessions::Session;

function! {
    "/auth/sessions"
    GET list_auth_sessions
}

/// Sessions that are listed, as on Discord.
const SESSIONS_LISTED_MAX: usize = 50;

struct ListAuthSessionsQuery {
    extended: bool,
}

impl Form for ListAuthSessionsQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            extended: fields.get("extended").unwrap_or_default(),
        }
    }
}

/// Sessions of a user.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct AuthSessions {
    user_sessions: Vec<AuthSession>,
}

/// A session as its owner sees it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct AuthSession {
    id_hash: String,
    approx_last_used_time: Timestamp,
    client_info: ClientInfo,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    extended: Option<ExtendedSession>,
}

/// What began the session.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct ClientInfo {
    os: Option<String>,
    platform: Option<String>,
    /// Where an address is, nobody is asked; the address itself is the owner's to see.
    location: Option<String>,
}

/// What clients of Spacebar read of a session.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct ExtendedSession {
    id: String,
    created_at: Timestamp,
    last_seen: Timestamp,
    last_seen_ip: Option<String>,
}

/// The caller's sessions, from the one used last. Clients of Spacebar ask for more of each.
async fn list_auth_sessions(
    cx: &Cx,
    Human(caller): Human,
    Query(show): Query<ListAuthSessionsQuery>,
) -> Result<Json<AuthSessions>> {
    let mut sessions = cx.read(store::sessions::of_user(caller.id())).await?;
    sessions.sort_by_key(|session| Reverse((session.last_used_at, session.created_at)));
    sessions.truncate(SESSIONS_LISTED_MAX);
    let sessions = sessions.into_iter();
    let user_sessions = sessions.map(|it| listed(it, show.extended)).collect();
    Ok(Json(AuthSessions { user_sessions }))
}

fn listed(session: Session, extended: bool) -> AuthSession {
    let extended = extended.then(|| ExtendedSession {
        id: session.id_hash.clone(),
        created_at: session.created_at,
        last_seen: session.last_used_at,
        last_seen_ip: session.client_ip.clone(),
    });
    AuthSession {
        id_hash: session.id_hash,
        approx_last_used_time: session.last_used_at,
        client_info: ClientInfo {
            os: session.client_os,
            platform: session.client_platform,
            location: session.client_ip,
        },
        extended,
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use runtime::testing::App;
    use serde_json::{Value, json};

    use super::*;
    use crate::login;

    #[test]
    fn a_session_says_what_it_was_begun_with() {
        let app = App::new();
        let alice = json!({
            "username": "alice",
            "email": "alice@example.org",
            "password": "correct horse",
        });
        let register = &crate::register::FUNCTION;
        let token = app.nobody().post(register, "/auth/register", alice).ok();
        app.advance(1000);
        // {"os":"Linux","browser":"Firefox"}
        let properties = "eyJvcyI6IkxpbnV4IiwiYnJvd3NlciI6IkZpcmVmb3gifQ==";
        let headers = [
            ("x-super-properties", properties),
            ("x-forwarded-for", "192.0.2.1, ::1"),
        ];
        let body = json!({ "login": "alice", "password": "correct horse" });
        let path = "/auth/login";
        app.nobody()
            .send(&login::FUNCTION, Method::POST, path, Some(body), &headers)
            .ok();
        let alice = app.holding(token["token"].as_str().unwrap());
        let sessions = alice.get(&FUNCTION, "/auth/sessions").ok()["user_sessions"].take();
        assert_eq!(
            sessions[0]["client_info"],
            json!({ "os": "Linux", "platform": "Firefox", "location": "192.0.2.1" })
        );
        assert_eq!(sessions[1]["client_info"]["os"], Value::Null);
        assert_eq!(sessions.as_array().unwrap().len(), 2);
        assert!(sessions[0].get("last_seen").is_none());
        let more = alice.get(&FUNCTION, "/auth/sessions?extended=true").ok();
        let more = &more["user_sessions"][0];
        assert_eq!(more["id"], sessions[0]["id_hash"]);
        assert_eq!(more["last_seen"], sessions[0]["approx_last_used_time"]);
        assert_eq!(more["last_seen_ip"], "192.0.2.1");
    }

    #[test]
    fn a_cookie_is_nobodys() {
        let app = App::new();
        let alice = app.register("alice");
        alice.get(&FUNCTION, "/auth/sessions").ok();
        let token = alice.token();
        for cookie in [
            token.to_owned(),
            format!("token={token}; authorization={token}"),
        ] {
            let headers = [("cookie", cookie.as_str()), ("origin", "https://a.example")];
            let path = "/auth/sessions";
            app.nobody()
                .send(&FUNCTION, Method::GET, path, None, &headers)
                .is(Code::Unauthorized);
        }
    }

    #[test]
    fn a_session_says_about_when_it_was_used() {
        const MINUTE_MS: i64 = 60_000;
        let app = App::new();
        let alice = app.register("alice");
        let used = || {
            let sessions = alice.get(&FUNCTION, "/auth/sessions").ok();
            sessions["user_sessions"][0]["approx_last_used_time"].clone()
        };
        let first = app.now();
        app.advance(10 * MINUTE_MS);
        assert_eq!(used(), json!(first));
        app.advance(10 * MINUTE_MS);
        assert_eq!(used(), json!(app.now()));
    }
}
