//! Proof that a call comes from the instance itself.
//!
//! Functions call the gateway, and the gateway and timers call internal functions. Every such call
//! carries a proof that is good for its method, its path, its body and half a minute, so that what
//! leaks of one is worth nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use model::Timestamp;
use sha2::{Digest, Sha256};

/// Characters of the shortest key that is accepted.
pub const KEY_CHARS_MIN: usize = 32;

/// How long a proof is good for.
const LIFE_MS: i64 = 30_000;
/// The scheme in the header `Authorization`.
const SCHEME: &str = "Internal ";

/// The value of `Authorization` for a call that is made now. `path` includes a query.
pub fn proof(key: &str, method: &Method, path: &str, body: &[u8], now: Timestamp) -> String {
    let until = now.plus_millis(LIFE_MS).as_millis();
    let mac = mac(key, method, path, body, until).finalize();
    format!(
        "{SCHEME}{until}.{}",
        URL_SAFE_NO_PAD.encode(mac.into_bytes())
    )
}

/// Whether the value of `Authorization` proves the call.
pub fn proves(
    value: &str,
    key: &str,
    method: &Method,
    path: &str,
    body: &[u8],
    now: Timestamp,
) -> bool {
    let given = value.strip_prefix(SCHEME).and_then(|it| it.split_once('.'));
    let Some((until, given)) = given else {
        return false;
    };
    let (Ok(until), Ok(given)) = (until.parse::<i64>(), URL_SAFE_NO_PAD.decode(given)) else {
        return false;
    };
    let left = until.saturating_sub(now.as_millis());
    // A clock may be behind the one that made the proof.
    (0..=2 * LIFE_MS).contains(&left)
        && key.len() >= KEY_CHARS_MIN
        && mac(key, method, path, body, until)
            .verify_slice(&given)
            .is_ok()
}

fn mac(key: &str, method: &Method, path: &str, body: &[u8], until: i64) -> Hmac<Sha256> {
    // HMAC takes keys of every length.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    mac.update(format!("{method} {path}\n{until}\n").as_bytes());
    mac.update(&Sha256::digest(body));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_for_one_call_and_for_a_while() {
        let (ours, theirs) = ("k".repeat(32), "K".repeat(32));
        let now = Timestamp::from_millis(1_000_000);
        let (post, get, path) = (Method::POST, Method::GET, "/internal/v1/jobs/run");
        let value = proof(&ours, &post, path, b"{}", now);
        assert!(proves(&value, &ours, &post, path, b"{}", now));
        assert!(proves(
            &value,
            &ours,
            &post,
            path,
            b"{}",
            now.plus_millis(LIFE_MS)
        ));
        assert!(!proves(
            &value,
            &ours,
            &post,
            path,
            b"{}",
            now.plus_millis(LIFE_MS + 1)
        ));
        assert!(!proves(&value, &ours, &get, path, b"{}", now));
        assert!(!proves(
            &value,
            &ours,
            &post,
            "/internal/v1/identify",
            b"{}",
            now
        ));
        assert!(!proves(&value, &ours, &post, path, b"{ }", now));
        assert!(!proves(&value, &theirs, &post, path, b"{}", now));
        for wrong in ["", "Internal ", "Internal x.y", "Internal 1.", "Bearer 1.2"] {
            assert!(!proves(wrong, &ours, &post, path, b"{}", now), "{wrong}");
        }
    }

    #[test]
    fn a_proof_from_a_clock_that_is_far_ahead_proves_nothing() {
        let (key, now) = ("k".repeat(KEY_CHARS_MIN), Timestamp::from_millis(1_000_000));
        let proves_made_later = |ms| {
            let value = proof(&key, &Method::GET, "/", b"", now.plus_millis(ms));
            proves(&value, &key, &Method::GET, "/", b"", now)
        };
        assert!(proves_made_later(LIFE_MS));
        assert!(!proves_made_later(LIFE_MS + 1));
    }

    #[test]
    fn with_a_short_key_or_none_nothing_is_proven() {
        let now = Timestamp::from_millis(1_000_000);
        let proves_itself = |key: &str| {
            let value = proof(key, &Method::GET, "/", b"", now);
            proves(&value, key, &Method::GET, "/", b"", now)
        };
        assert!(proves_itself(&"k".repeat(KEY_CHARS_MIN)));
        assert!(!proves_itself(&"k".repeat(KEY_CHARS_MIN - 1)));
        assert!(!proves_itself(""));
    }
}
