//! About how many members of a guild are present.

use model::id::marker;
use model::{Id, Timestamp};
use store::{Query, members};

/// How long ago a member may have been active to count as about present: only the gateway knows who
/// is connected, and it is not asked for a number that is approximate.
const RECENT_MS: i64 = 3_600_000;
/// Where counting those stops.
const COUNT_MAX: u32 = 10_000;

/// The number for each of these guilds.
pub fn present_in(guilds: &[Id<marker::Guild>], now: Timestamp) -> Query<(Id<marker::Guild>, u32)> {
    members::count_active(guilds, now.plus_millis(-RECENT_MS), COUNT_MAX)
}
