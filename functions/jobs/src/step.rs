//! What every step of a job is held to, and what it answers.

use model::Timestamp;
use runtime::Cx;
use runtime::host::SUBREQUESTS_MAX;

/// After how many statements and requests no other step is begun. One takes half of what a call may
/// ask, at most, or looks after itself ([`has_room`]).
const SUBREQUESTS_BEFORE_STEP_MAX: usize = SUBREQUESTS_MAX / 4;

/// What comes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is more to do now.
    More,
    /// The job is done.
    Done,
    /// Nothing was done, since it is not yet time.
    NotBefore(Timestamp),
}

/// Whether there is room for another step in what one call may ask.
pub(crate) fn has_room(cx: &Cx) -> bool {
    cx.subrequests() < SUBREQUESTS_BEFORE_STEP_MAX
}
