//! Backup codes, which stand in for the second factor.

use actions::second_factor::BACKUP_CODE_CHARS;
use model::{Id, id::marker};
use runtime::Cx;
use serde::Serialize;
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

/// A backup code as Discord lists it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct BackupCode {
    user_id: Id<marker::User>,
    code: String,
    /// Whether it was used.
    consumed: bool,
}

/// Backup codes as Discord lists them.
pub fn listed(user: Id<marker::User>, codes: Vec<(String, bool)>) -> Vec<BackupCode> {
    let entries = codes.into_iter().map(|(code, consumed)| BackupCode {
        user_id: user,
        code,
        consumed,
    });
    entries.collect()
}

/// Backup codes that nobody has used yet.
pub fn listed_as_new(user: Id<marker::User>, codes: Vec<String>) -> Vec<BackupCode> {
    let unused = codes.into_iter().map(|code| (code, false));
    listed(user, unused.collect())
}
