//! The second factor: a code of the app, or a backup code in its stead.

use model::{Code, Timestamp};
use store::users::Account;
use store::{Batch, backup_codes, users};

use crate::totp;

/// Characters of a backup code.
pub const BACKUP_CODE_CHARS: usize = 8;

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
