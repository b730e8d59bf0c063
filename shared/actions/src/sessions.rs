//! Sessions of users: begun by registration and login, ended by their owners.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::event::SessionsRevoked;
use model::id::marker;
use model::{Audience, Event, Id};
use runtime::access::Caller;
use runtime::token::{self, Token};
use runtime::{Cx, Extract, Request, Result};
use serde::Deserialize;
use store::sessions::{self, Session};
use store::{Batch, Query};

/// Characters that are kept of what a client says of itself.
const CLIENT_CHARS_MAX: usize = 64;

/// What a client says of itself, for its owner's list of sessions.
///
/// See [Userdoccers/Client Properties](https://docs.discord.food/reference#client-properties).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The operating system.
    pub os: Option<String>,
    /// The client or browser.
    pub platform: Option<String>,
    /// The address it calls from, as the host saw it.
    pub ip: Option<String>,
}

/// The parts of `X-Super-Properties` that are kept.
#[derive(Debug, Default, Deserialize)]
struct Properties {
    os: Option<String>,
    browser: Option<String>,
}

impl Extract for Client {
    async fn extract(_: &Cx, request: &mut Request) -> Result<Self> {
        let properties = properties(request).unwrap_or_default();
        Ok(Self {
            os: properties.os.map(shortened),
            platform: properties.browser.map(shortened),
            ip: request.client_ip().map(|ip| ip.to_string()),
        })
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut runtime::openapi::Described<'_>) {
        operation.header(
            "X-Super-Properties",
            serde_json::json!({ "type": "string" }),
        );
    }
}

fn properties(request: &Request) -> Option<Properties> {
    let encoded = request.header("x-super-properties")?;
    let json = STANDARD.decode(encoded).ok()?;
    serde_json::from_slice(&json).ok()
}

fn shortened(text: String) -> String {
    text.chars().take(CLIENT_CHARS_MAX).collect()
}

/// Begins a session of `user`. The token's text is known at this moment only.
pub fn begin(cx: &Cx, batch: &mut Batch, user: Id<marker::User>, client: Client) -> Token {
    let token = Token::new(user, cx.now(), &cx.random());
    let token_hash = token.hash();
    batch.push(sessions::insert(&Session {
        id_hash: token::id_hash(&token_hash),
        token_hash,
        user_id: user,
        created_at: cx.now(),
        last_used_at: cx.now(),
        client_os: client.os,
        client_platform: client.platform,
        client_ip: client.ip,
    }));
    token
}

/// Gives the caller's session another token, after a change of the password or of the second
/// factor: whoever copied the old one has it no longer.
///
/// The session keeps its name, so its sockets stay: they proved themselves when they opened, and
/// the person at them has just done so again. They resume with the new token. All of a person's
/// other sessions end with the old password, their sockets with them.
pub fn rotate(cx: &Cx, batch: &mut Batch, caller: &Caller) -> Token {
    let token = Token::new(caller.id(), cx.now(), &cx.random());
    batch.push(sessions::rotate(
        caller.id(),
        &caller.session,
        &token.hash(),
    ));
    token
}

/// What [`end_others`] has to know.
pub fn all_of(caller: &Caller) -> Query<Session> {
    sessions::of_user(caller.id())
}

/// Ends every session of the caller but the one that calls, and closes their sockets. `all` are
/// the user's sessions as they were read.
pub fn end_others(batch: &mut Batch, caller: &Caller, all: &[Session]) {
    batch.push(sessions::delete_others(caller.id(), &caller.session));
    let others = all.iter().map(|session| &session.id_hash);
    let others: Vec<_> = others.filter(|hash| **hash != caller.session).collect();
    if !others.is_empty() {
        batch.emit(revoked(caller.id(), &others));
    }
}

/// Tells the gateway that these sessions of a user have ended.
pub fn revoked(user: Id<marker::User>, id_hashes: &[impl AsRef<str>]) -> Event {
    let named = id_hashes.iter().map(|hash| Cow::Borrowed(hash.as_ref()));
    let revoked = SessionsRevoked(named.collect());
    Event::new(Audience::Users(vec![user]), &revoked)
}
