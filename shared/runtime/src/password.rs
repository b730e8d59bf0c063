//! Passwords: argon2id with one set of parameters, in PHC strings that every host can verify.
//!
//! Nothing else of the runtime uses this module, so functions that do not hash do not contain it.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::{Cx, Error, Result};

/// Memory in KiB, passes and lanes, as OWASP advises for argon2id. What was hashed with others
/// stays valid, since a PHC string names its own.
///
/// See [OWASP/Password Storage](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Characters of the longest password, as Discord's.
pub const PASSWORD_CHARS_MAX: usize = 72;

/// A hash of no password, which takes as long to refuse as any other.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$\
                       bm9ib2R5J3MgcGFzc3dvcmQsIDMyIGJ5dGVzIGxvbmc";

/// The hash to store for `password`.
///
/// # Errors
/// When there is no memory for it.
pub fn hash(cx: &Cx, password: &str) -> Result<String> {
    let salt = cx.random::<16>();
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(internal)?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon
        .hash_password_with_salt(prepared(password).as_bytes(), &salt)
        .map_err(internal)?;
    Ok(hash.to_string())
}

/// Whether `password` is the one that was hashed.
///
/// Without a hash, because nobody has the name or a bot has no password, it takes as long and is
/// false: how long a login takes tells nothing of who exists.
///
/// Hashes of passwords from before they were normalised still match.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODYS)) else {
        return false;
    };
    let argon = Argon2::default();
    let matches = |typed: &str| argon.verify_password(typed.as_bytes(), &parsed).is_ok();
    let mut spellings = vec![
        prepared(password),
        password.to_owned(),
        model::text::decomposed(password),
    ];
    spellings.dedup();
    spellings.iter().any(|typed| matches(typed)) && hash.is_some()
}

/// A password as every keyboard types it: letters composed with their accents, and one kind of
/// space.
///
/// See [RFC 8265/The OpaqueString Profile](https://www.rfc-editor.org/rfc/rfc8265#section-4.2).
fn prepared(password: &str) -> String {
    let is_odd_space = |char: char| {
        let breaks_lines = matches!(char, '\u{85}' | '\u{2028}' | '\u{2029}');
        char.is_whitespace() && !char.is_ascii() && !breaks_lines
    };
    model::text::composed(&password.replace(is_odd_space, " "))
}

/// Refuses a wrong password as Discord does, at the field `password`.
///
/// # Errors
/// Code 50035.
pub fn require(password: &str, hash: Option<&str>) -> Result<()> {
    if verify(password, hash) {
        return Ok(());
    }
    let message = "Password does not match.";
    Err(Error::field(
        &["password"],
        "PASSWORD_DOES_NOT_MATCH",
        message,
    ))
}

/// Refuses a new password that the instance finds too short, or that is longer than Discord's.
///
/// # Errors
/// Code 50035 at `field`.
pub fn check_new(cx: &Cx, field: &str, password: &str) -> Result<()> {
    let min = cx.config().registration.password_chars_min as usize;
    if (min..=PASSWORD_CHARS_MAX).contains(&prepared(password).chars().count()) {
        return Ok(());
    }
    let message = format!("Must be between {min} and {PASSWORD_CHARS_MAX} in length.");
    Err(Error::field(&[field], "BASE_TYPE_BAD_LENGTH", message))
}

fn internal(error: impl std::fmt::Display) -> Error {
    anyhow::anyhow!("cannot hash a password: {error}").into()
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::{App, block_on};

    #[test]
    fn a_hash_verifies_its_password_alone() {
        let app = App::new();
        let cx = block_on(Cx::new(app.host())).unwrap();
        let hash = hash(&cx, "correct horse").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify("correct horse", Some(&hash)));
        assert!(!verify("correct house", Some(&hash)));
        assert!(!verify("correct horse", None));
        assert!(!verify("correct horse", Some("not a hash")));
    }

    #[test]
    fn one_password_is_typed_in_several_ways() {
        let app = App::new();
        let cx = block_on(Cx::new(app.host())).unwrap();
        let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301}\u{a0}au\u{3000}lait");
        for (set, typed) in [(composed, decomposed), (decomposed, composed)] {
            let hash = hash(&cx, set).unwrap();
            assert!(verify(typed, Some(&hash)) && verify(set, Some(&hash)));
            assert!(!verify("cafe au lait", Some(&hash)));
        }
    }

    #[test]
    fn hashes_of_unnormalised_passwords_stay_valid() {
        let app = App::new();
        let cx = block_on(Cx::new(app.host())).unwrap();
        let decomposed = "cafe\u{301}\u{a0}au lait";
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).unwrap();
        let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(decomposed.as_bytes(), &cx.random::<16>())
            .unwrap()
            .to_string();
        assert!(verify(decomposed, Some(&old)));
        assert!(verify("caf\u{e9}\u{a0}au lait", Some(&old)));
        assert!(!verify("cafe au lait", Some(&old)));
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_a_real_one() {
        let parsed = PasswordHash::new(NOBODYS).unwrap();
        let params = Params::try_from(&parsed).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), COST);
        assert!(parsed.hash.is_some() && parsed.salt.is_some());
    }
}
