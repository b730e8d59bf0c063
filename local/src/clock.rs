//! The time, as the machine's clock says it and as the gateway counts it.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use model::Timestamp;

/// What the machine's clock says.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_millis(since.map_or(0, |since| since.as_millis() as i64))
}

/// The time for the cores: what the machine's clock said when it was asked first, and how long
/// that is ago. The machine's clock may be set while clients wait; then no heartbeat is
/// late, and none is excused.
pub fn steady() -> Timestamp {
    static BEGAN: LazyLock<(SystemTime, Instant)> =
        LazyLock::new(|| (SystemTime::now(), Instant::now()));
    let (clock, began) = *BEGAN;
    Timestamp::from_millis(after(clock, began.elapsed()))
}

/// The milliseconds of the time that is `elapsed` after what a clock said.
fn after(clock: SystemTime, elapsed: Duration) -> i64 {
    let since = clock.duration_since(UNIX_EPOCH).unwrap_or_default();
    (since + elapsed).as_millis() as i64
}
