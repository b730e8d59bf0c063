//! The second factor: a code of the app, or a backup code in its stead.

use runtime::prelude::*;
use store::users::Account;
use store::{backup_codes, users};

use crate::attempts::{Attempt, Secret, Source};
use crate::totp;

/// Characters of a backup code.
pub const BACKUP_CODE_CHARS: usize = 8;

/// The code that comes with an act beyond repair, if the caller has a second factor.
#[derive(Debug)]
pub struct Proof {
    code: Option<String>,
}

impl Form for Proof {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            code: fields.text("code", 1..=16),
        }
    }
}

impl Proof {
    /// Requires the code, if the account has a second factor, and uses it up in `batch`. Bots have
    /// none. A try counts before it is judged: who holds a token cannot try them all.
    ///
    /// # Errors
    /// [`Code::MfaRequired`] without a code, [`Code::InvalidMfaCode`] with a wrong one,
    /// [`Code::RateLimited`] after too many of those.
    pub async fn require(&self, cx: &Cx, batch: &mut Batch, caller: &Caller) -> Result<()> {
        let account = &caller.account;
        if account.totp_secret.is_none() {
            return Ok(());
        }
        let code = self.code.as_deref().ok_or(Code::MfaRequired)?;
        let (id, source) = (caller.id(), Source::Session(&caller.session));
        let attempt = Attempt::count(cx, Secret::Code(id), source).await?;
        let code = bare(code);
        let unused = cx.read(backup_codes::unused(id, &code)).await?;
        let plausible = code.len() != BACKUP_CODE_CHARS || !unused.is_empty();
        if !plausible || !accept(batch, account, &code, cx.now()) {
            return Err(Code::InvalidMfaCode.into());
        }
        attempt.was_right(batch);
        Ok(())
    }
}

/// Uses up `code` in the batch, which fails with [`Code::InvalidMfaCode`] when it was used before.
/// False when it can be seen at once that it is wrong.
#[must_use]
pub fn accept(batch: &mut Batch, account: &Account, code: &str, now: Timestamp) -> bool {
    let (id, code) = (account.user.id, bare(code));
    if code.len() == BACKUP_CODE_CHARS {
        let consume = backup_codes::consume(id, &code);
        batch.require_change(consume, Code::InvalidMfaCode);
        return true;
    }
    let secret = account.totp_secret.as_deref();
    let Some(step) = secret.and_then(|secret| totp::step_of(secret, &code, now)) else {
        return false;
    };
    batch.require_change(users::use_totp_step(id, step), Code::InvalidMfaCode);
    true
}

/// The code without what people write into it.
fn bare(code: &str) -> String {
    let chars = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    chars.collect::<String>().to_ascii_lowercase()
}
