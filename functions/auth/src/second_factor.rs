//! The second factor: a code of the app, or a backup code in its stead.

use model::{Code, Id, Timestamp, id::marker};
use runtime::Cx;
use serde_json::{Value, json};
use store::users::Account;
use store::{Batch, backup_codes, users};

use crate::{secret, totp};

/// Backup codes that a user has, as on Discord.
const BACKUP_CODES: usize = 10;
/// Characters of a backup code.
const BACKUP_CODE_CHARS: usize = 8;

/// Uses up `code` in the batch, which fails with [`Code::InvalidMfaCode`] when it was used before.
/// False when it can be seen at once that it is wrong.
#[must_use]
pub fn accept(batch: &mut Batch, account: &Account, code: &str, now: Timestamp) -> bool {
    let code: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    let id = account.user.id;
    if code.len() == BACKUP_CODE_CHARS {
        let consume = backup_codes::consume(id, &code.to_ascii_lowercase());
        batch.require(consume, Code::InvalidMfaCode);
        return true;
    }
    let secret = account.totp_secret.as_deref();
    let Some(step) = secret.and_then(|secret| totp::step_of(secret, &code, now)) else {
        return false;
    };
    batch.require(users::use_totp_step(id, step), Code::InvalidMfaCode);
    true
}

/// New backup codes for a user in place of those that were.
pub fn renew_backup_codes(cx: &Cx, batch: &mut Batch, user: Id<marker::User>) -> Vec<String> {
    let code = || secret::code::<BACKUP_CODE_CHARS>(cx);
    let codes: Vec<String> = std::iter::repeat_with(code).take(BACKUP_CODES).collect();
    backup_codes::replace(batch, user, &codes);
    codes
}

/// Backup codes as Discord lists them, each with whether it was used.
pub fn listed(user: Id<marker::User>, codes: &[(String, bool)]) -> Value {
    let entry = |(code, consumed): &(String, bool)| json!({ "user_id": user, "code": code, "consumed": consumed });
    codes.iter().map(entry).collect()
}

/// Backup codes that nobody has used yet.
pub fn listed_as_new(user: Id<marker::User>, codes: Vec<String>) -> Value {
    let unused: Vec<_> = codes.into_iter().map(|code| (code, false)).collect();
    listed(user, &unused)
}
