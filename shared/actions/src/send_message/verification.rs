//! How long somebody must have been here before they speak.
//!
//! See [Discord Docs/Verification Level](https://discord.com/developers/docs/resources/guild#guild-object-verification-level).

use runtime::prelude::*;

/// The level from which an account must have a verified address.
const LOW: u8 = 1;
/// The level from which an account must be some minutes old.
const MEDIUM: u8 = 2;
/// The level from which a member must have been one for some minutes. The highest level asks for a
/// telephone as well, which nobody has here, so it is the same.
const HIGH: u8 = 3;
/// Milliseconds since an account was made.
const ACCOUNT_AGE_MS: i64 = 5 * 60 * 1000;
/// Milliseconds since a member joined.
const MEMBER_AGE_MS: i64 = 10 * 60 * 1000;

/// The flag of a member whom the moderators let speak at once.
///
/// See [Discord Docs/Guild Member Flags](https://discord.com/developers/docs/resources/guild#guild-member-object-guild-member-flags).
const BYPASSES_VERIFICATION: i64 = 1 << 2;

/// Checks that the sender is known well enough for their guild. Owners, bots, who holds a role and
/// whom the moderators let speak always are.
///
/// # Errors
/// [`Code::VerificationLevelTooHigh`].
pub fn check<const P: u64>(cx: &Cx, sender: &InChannel<P>) -> Result<()> {
    let Some(membership) = &sender.membership else {
        return Ok(());
    };
    let (guild, member) = (&membership.guild, &membership.member);
    let account = &sender.caller.account;
    let owns = guild.owner_id == account.user.id;
    let trusted = !member.roles.is_empty() || member.flags & BYPASSES_VERIFICATION != 0;
    if owns || account.user.bot || trusted {
        return Ok(());
    }
    let young = |since: Timestamp, ms: i64| cx.now().since_millis(since) < ms;
    let level = guild.verification_level;
    let unknown = level >= LOW && !account.verified
        || level >= MEDIUM && young(account.user.id.created_at(), ACCOUNT_AGE_MS)
        || level >= HIGH && young(member.joined_at, MEMBER_AGE_MS);
    match unknown {
        true => Err(Code::VerificationLevelTooHigh.into()),
        false => Ok(()),
    }
}
