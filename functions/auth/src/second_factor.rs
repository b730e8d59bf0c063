//! Backup codes, which stand in for the second factor.

use actions::second_factor::BACKUP_CODE_CHARS;
use model::{Id, id::marker};
use runtime::Cx;
use serde_json::{Value, json};
use store::{Batch, backup_codes};

use crate::secret;

/// Backup codes that a user has, as on Discord.
const BACKUP_CODES: usize = 10;

/// New backup codes for a user in place of those that were.
pub fn renew_backup_codes(cx: &Cx, batch: &mut Batch, user: Id<marker::User>) -> Vec<String> {
    let code = || secret::code::<BACKUP_CODE_CHARS>(cx);
    let codes: Vec<String> = std::iter::repeat_with(code).take(BACKUP_CODES).collect();
    backup_codes::replace(batch, user, &codes);
    codes
}

/// Backup codes as Discord lists them, each with whether it was used.
pub fn listed(user: Id<marker::User>, codes: &[(String, bool)]) -> Value {
    let entries = codes
        .iter()
        .map(|(code, consumed)| json!({ "user_id": user, "code": code, "consumed": consumed }));
    entries.collect()
}

/// Backup codes that nobody has used yet.
pub fn listed_as_new(user: Id<marker::User>, codes: Vec<String>) -> Value {
    let unused: Vec<_> = codes.into_iter().map(|code| (code, false)).collect();
    listed(user, &unused)
}
