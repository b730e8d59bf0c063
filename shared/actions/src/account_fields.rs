//! Names and addresses of accounts, as forms carry them.
//!
//! See [Discord Docs/Usernames and Nicknames](https://discord.com/developers/docs/resources/user#usernames-and-nicknames).

use model::FormErrors;
use model::limits::USERNAME_CHARS;
use model::text::{is_blank, trimmed};
use runtime::fields::{Complaint, FromField};
use runtime::{Cx, Fields, Result};
use serde_json::Value;
#[cfg(not(target_family = "wasm"))]
use serde_json::json;
use store::users::{self, Account};

/// Names that would be taken for something else.
const RESERVED: &[&str] = &["clyde", "discord", "everyone", "here", "spacebar", "system"];
/// Parts that no bot's name may have, because clients give them a meaning.
const BOT_NAME_FORBIDDEN: &[&str] = &["@", "#", ":", "```"];
/// Bytes of an email address, as SMTP bounds them.
const EMAIL_BYTES_MAX: usize = 254;
/// Characters of the name that is shown.
const GLOBAL_NAME_CHARS_MAX: usize = 32;

/// A person's username: unique, lower case, 2 to 32 of `a-z`, `0-9`, `_` and `.`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Username(pub String);

impl FromField for Username {
    fn from_field(value: &Value, text_only: bool) -> Result<Self, Complaint> {
        let name = String::from_field(value, text_only)?;
        let name = trimmed(&name).to_ascii_lowercase();
        check_length(&name)?;
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
        if !name.chars().all(allowed) {
            let message = "Please only use numbers, letters, underscores _ , or periods.";
            return Err(("USERNAME_INVALID_CHARACTERS", message.to_owned()));
        }
        if name.contains("..") {
            let message = "Username cannot contain consecutive periods.";
            return Err(("USERNAME_CONSECUTIVE_PERIODS", message.to_owned()));
        }
        check_reserved(&name)?;
        Ok(Self(name))
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(_: &runtime::openapi::Schemas) -> Value {
        json!({
            "type": "string",
            "minLength": USERNAME_CHARS.start(),
            "maxLength": USERNAME_CHARS.end(),
            "pattern": "^[A-Za-z0-9_.]+$",
        })
    }
}

/// A bot's name, which is unique only together with its discriminator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BotName(pub String);

impl FromField for BotName {
    fn from_field(value: &Value, text_only: bool) -> Result<Self, Complaint> {
        let name = collapsed(&String::from_field(value, text_only)?);
        check_length(&name)?;
        if let Some(part) = BOT_NAME_FORBIDDEN.iter().find(|part| name.contains(**part)) {
            let message = format!("Username cannot contain \"{part}\"");
            return Err(("USERNAME_INVALID_CONTAINS", message));
        }
        check_reserved(&name.to_lowercase())?;
        Ok(Self(name))
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(_: &runtime::openapi::Schemas) -> Value {
        json!({
            "type": "string",
            "minLength": USERNAME_CHARS.start(),
            "maxLength": USERNAME_CHARS.end(),
        })
    }
}

/// An email address in lower case, so that one address makes one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Email(pub String);

impl FromField for Email {
    fn from_field(value: &Value, text_only: bool) -> Result<Self, Complaint> {
        let email = String::from_field(value, text_only)?;
        let email = trimmed(&email).to_lowercase();
        let parts = email.rsplit_once('@');
        let odd = |c: char| c.is_whitespace() || c.is_control();
        let well_formed = parts.is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.starts_with('.')
        });
        if !well_formed || email.len() > EMAIL_BYTES_MAX || email.chars().any(odd) {
            let message = "Not a well formed email address.";
            return Err(("EMAIL_TYPE_INVALID_EMAIL", message.to_owned()));
        }
        Ok(Self(email))
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(_: &runtime::openapi::Schemas) -> Value {
        json!({ "type": "string", "format": "email", "maxLength": EMAIL_BYTES_MAX })
    }
}

/// The field `global_name`: null or blank clears it.
pub fn global_name(fields: &mut Fields<'_>) -> Option<Option<String>> {
    let name = fields.nullable_name("global_name", GLOBAL_NAME_CHARS_MAX)?;
    Some(name.map(|name| collapsed(&name)))
}

/// Refuses an account whose name or address another one has.
///
/// # Errors
/// Code 50035 at `username`, at `email` or at both.
pub async fn check_free(cx: &Cx, account: &Account) -> Result<()> {
    let (user, email) = (&account.user, account.email.as_deref());
    let taken = users::taken(&user.username, &user.discriminator, email, user.id);
    let (name, address) = cx.read(taken.optional()).await?.unwrap_or_default();
    let mut errors = FormErrors::new();
    if name && user.bot {
        let message = "Too many users have this username, please try another.";
        errors.add(&["username"], "USERNAME_TOO_MANY_USERS", message);
    } else if name {
        let message = "Username is unavailable. Try adding numbers, letters, underscores _ , or \
                       periods.";
        errors.add(&["username"], "USERNAME_ALREADY_TAKEN", message);
    }
    if address {
        errors.add(
            &["email"],
            "EMAIL_ALREADY_REGISTERED",
            "Email is already registered.",
        );
    }
    Ok(errors.into_result()?)
}

/// Without what cannot be seen at the ends, and with one space where there were several.
fn collapsed(name: &str) -> String {
    let words = trimmed(name).split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

fn check_length(name: &str) -> Result<(), Complaint> {
    if USERNAME_CHARS.contains(&name.chars().count()) && !is_blank(name) {
        return Ok(());
    }
    let (min, max) = (USERNAME_CHARS.start(), USERNAME_CHARS.end());
    let message = format!("Must be between {min} and {max} in length.");
    Err(("BASE_TYPE_BAD_LENGTH", message))
}

fn check_reserved(name: &str) -> Result<(), Complaint> {
    if RESERVED.contains(&name) {
        let message = format!("Username cannot be \"{name}\"");
        return Err(("USERNAME_INVALID_CONTAINS", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn username(text: &str) -> Result<String, &'static str> {
        Username::from_field(&json!(text), false)
            .map(|name| name.0)
            .map_err(|(code, _)| code)
    }

    #[test]
    fn usernames_are_lower_case_and_plain() {
        assert_eq!(username("Alice_1.x"), Ok("alice_1.x".to_owned()));
        assert_eq!(username("a"), Err("BASE_TYPE_BAD_LENGTH"));
        assert_eq!(username(&"a".repeat(33)), Err("BASE_TYPE_BAD_LENGTH"));
        assert_eq!(username("al ice"), Err("USERNAME_INVALID_CHARACTERS"));
        assert_eq!(username("älice"), Err("USERNAME_INVALID_CHARACTERS"));
        assert_eq!(username("al..ice"), Err("USERNAME_CONSECUTIVE_PERIODS"));
        assert_eq!(username("EveryOne"), Err("USERNAME_INVALID_CONTAINS"));
    }

    #[test]
    fn bots_may_be_called_more() {
        let name = |text: &str| BotName::from_field(&json!(text), false).map(|name| name.0);
        assert_eq!(name("  My   Bot "), Ok("My Bot".to_owned()));
        assert!(name("a@b").is_err());
        assert!(name("Here").is_err());
        assert!(name("\u{200b}\u{200b}").is_err());
    }

    #[test]
    fn one_address_is_written_in_one_way() {
        let email = |text: &str| Email::from_field(&json!(text), false).map(|email| email.0);
        assert_eq!(email(" Ann@Example.ORG "), Ok("ann@example.org".to_owned()));
        for wrong in [
            "ann",
            "@example.org",
            "ann@",
            "a nn@example.org",
            "ann@.org",
        ] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }
}
