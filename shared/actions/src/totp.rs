//! Time-based one-time passwords: six digits, SHA-1, steps of 30 seconds, as every app makes them.
//!
//! See [RFC 6238](https://www.rfc-editor.org/rfc/rfc6238).

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use model::Timestamp;
use sha1::Sha1;

/// Length of a step in seconds.
const STEP_SECS: i64 = 30;
/// Bytes of the shortest secret that is accepted: the 16 letters that many apps and clients make.
const SECRET_BYTES_MIN: usize = 10;
/// Characters of the longest secret that is accepted.
const SECRET_CHARS_MAX: usize = 128;

/// The secret in base32 as apps show it, in groups and in any case; `None` when it is not one.
pub fn normalized(secret: &str) -> Option<String> {
    let kept = secret
        .chars()
        .filter(|c| !c.is_whitespace() && !"-=".contains(*c));
    let secret = kept.collect::<String>().to_ascii_uppercase();
    let long_enough = key(&secret)?.len() >= SECRET_BYTES_MIN;
    (long_enough && secret.len() <= SECRET_CHARS_MAX).then_some(secret)
}

/// The step that `code` belongs to, if it is of this moment, one step early or one step late.
pub fn step_of(secret: &str, code: &str, now: Timestamp) -> Option<i64> {
    let key = key(secret)?;
    let current = now.as_secs() / STEP_SECS;
    // All three are computed, so that the time taken does not tell which it was.
    let steps = [current - 1, current, current + 1];
    let codes = steps.map(|step| (step, self::code(&key, step)));
    codes
        .into_iter()
        .find(|(_, right)| right == code)
        .map(|(step, _)| step)
}

/// The code of `secret` at a time, as an app would show it; empty when the secret is none.
pub fn shown(secret: &str, at: Timestamp) -> String {
    key(secret).map_or(String::new(), |key| code(&key, at.as_secs() / STEP_SECS))
}

fn key(secret: &str) -> Option<Vec<u8>> {
    BASE32_NOPAD.decode(secret.as_bytes()).ok()
}

/// The code of a step: HOTP with six digits.
///
/// See [RFC 4226](https://www.rfc-editor.org/rfc/rfc4226#section-5.3).
fn code(key: &[u8], step: i64) -> String {
    // A key of any length is a key.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let word = [
        digest[offset],
        digest[offset + 1],
        digest[offset + 2],
        digest[offset + 3],
    ];
    let number = u32::from_be_bytes(word) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // The RFC lists eight digits; ours are the last six of them.
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let secret = BASE32_NOPAD.encode(b"12345678901234567890");
            let shown = shown(&secret, Timestamp::from_millis(secs * 1000));
            assert_eq!(shown, code);
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_around_its_own() {
        let secret = "JBSWY3DPEHPK3PXP";
        let at = |secs: i64| Timestamp::from_millis(secs * 1000);
        let code = shown(secret, at(3000));
        let accepted = |secs| step_of(secret, &code, at(secs));
        assert_eq!(accepted(2970), Some(100));
        assert_eq!(accepted(3059), Some(100));
        assert_eq!(accepted(2969), None);
        assert_eq!(accepted(3060), None);
    }

    #[test]
    fn secrets_are_taken_as_people_type_them() {
        let typed = normalized("jbsw y3dp-ehpk 3pxp==");
        assert_eq!(typed.as_deref(), Some("JBSWY3DPEHPK3PXP"));
        for wrong in ["", "JBSWY3DP", "JBSWY3DPEHPK3PX1", "not a secret"] {
            assert_eq!(normalized(wrong), None, "{wrong}");
        }
    }
}
