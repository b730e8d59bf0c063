//! Slow mode: who waits between one message, or one thread, and the next.
//!
//! See [Discord Docs/Channel Object](https://discord.com/developers/docs/resources/channel#channel-object).

use runtime::prelude::*;

/// Since when the caller must have been quiet in their channel; `None` where they need not wait.
pub fn since<const P: u64>(cx: &Cx, caller: &InChannel<P>) -> Option<Timestamp> {
    let seconds = caller.channel.guild.as_ref()?.rate_limit_per_user;
    if seconds == 0 || caller.caller.user().bot || caller.allows(BYPASS_SLOWMODE) {
        return None;
    }
    Some(cx.now().plus_millis(-1000 * i64::from(seconds)))
}

/// What is answered to who did the same at `last`, after [`since`].
pub fn refused(cx: &Cx, since: Timestamp, last: Option<Timestamp>) -> Error {
    let wait = cx.now().since_millis(since);
    Error::RateLimited {
        code: Code::SlowmodeRateLimited,
        until: last.map_or(cx.now(), |last| last.plus_millis(wait)),
    }
}
