//! Tokens of users and bots.
//!
//! Discord's three parts: the user's id and the time of issue, both base64, then a secret.
//! Libraries read the id from the first part. Only the SHA-256 of the whole token is stored; the
//! secret has 256 bits, so a plain hash is enough.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{self, HeaderMap};
use model::id::marker;
use model::{Id, Timestamp};
use sha2::{Digest, Sha256};

/// Seconds between 1970 and the epoch of the second part.
const TOKEN_EPOCH_SECS: i64 = 1_293_840_000;

/// A token that was just made: the only moment its text is known.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token for `user`, with 32 bytes of `secret`.
    pub fn new(user: Id<marker::User>, now: Timestamp, secret: &[u8; 32]) -> Self {
        let issued = (now.as_secs() - TOKEN_EPOCH_SECS) as u32;
        let id = URL_SAFE_NO_PAD.encode(user.to_string());
        let issued = URL_SAFE_NO_PAD.encode(issued.to_be_bytes());
        Self(format!("{id}.{issued}.{}", URL_SAFE_NO_PAD.encode(secret)))
    }

    /// The text, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored.
    pub fn hash(&self) -> Vec<u8> {
        hash(&self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// SHA-256 of a token or ticket.
pub fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

/// A session's public name, from its token's hash: it tells nothing of the token.
pub fn id_hash(token_hash: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token_hash))
}

/// The user that a token claims to be of; what to look up beside checking its hash.
pub fn claimed_user(token: &str) -> Option<Id<marker::User>> {
    let id = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    std::str::from_utf8(&id).ok()?.parse().ok()
}

/// A token that came with a request. Whether it is good is not known.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    /// SHA-256 of the whole token.
    pub hash: Vec<u8>,
    /// Whom it claims to be of.
    pub claimed: Id<marker::User>,
    /// Whether it was sent as a bot's.
    pub bot: bool,
}

/// The token of a request; `None` for what cannot be one. Access is given, and requests are
/// counted, by this reading alone.
pub fn presented(headers: &HeaderMap) -> Option<Presented> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let text = from_header(header);
    Some(Presented {
        hash: hash(text),
        claimed: claimed_user(text)?,
        bot: header.trim().starts_with(BOT_SCHEME),
    })
}

/// The scheme of a bot's token in an `Authorization` header.
///
/// See [Discord Docs/Authentication](https://discord.com/developers/docs/reference#authentication).
pub const BOT_SCHEME: &str = "Bot ";

/// The token in an `Authorization` header: after `Bot`, after `Bearer` or without a scheme.
pub fn from_header(header: &str) -> &str {
    let header = header.trim();
    header
        .strip_prefix(BOT_SCHEME)
        .or_else(|| header.strip_prefix("Bearer "))
        .unwrap_or(header)
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_user_in_three_parts() {
        let now = Timestamp::from_millis(1_763_843_296_123);
        let token = Token::new(Id::new(4_611_686_018_427_387_905), now, &[7; 32]);
        assert_eq!(token.reveal().split('.').count(), 3);
        assert_eq!(
            claimed_user(token.reveal()),
            Some(Id::new(4_611_686_018_427_387_905))
        );
        assert_eq!(
            from_header(&format!("Bot {}", token.reveal())),
            token.reveal()
        );
        assert_eq!(claimed_user("nonsense"), None);
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
