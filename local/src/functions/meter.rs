//! The processor's time that a call takes.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How long a call was computed by this process, whatever else the machine did meanwhile.
///
/// A call that waits for the processor, because others are computed or the machine is busy, takes
/// none of its time: an image is not refused for being asked for with many others.
#[derive(Debug, Default)]
pub struct Meter {
    spent_ns: AtomicU64,
    /// Nanoseconds of its thread's time at which the computation that goes on began.
    began_ns: AtomicU64,
}

impl Meter {
    /// Does `work`, whose computation counts.
    pub async fn measure<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            self.began_ns.store(thread_ns(), Ordering::Relaxed);
            let polled = work.as_mut().poll(cx);
            self.spent_ns.fetch_add(self.current(), Ordering::Relaxed);
            polled
        })
        .await
    }

    /// What was taken, with what is being taken: to be asked by the computation itself.
    pub fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed) + self.current())
    }

    /// Nanoseconds of the computation that goes on.
    fn current(&self) -> u64 {
        thread_ns().saturating_sub(self.began_ns.load(Ordering::Relaxed))
    }
}

/// Nanoseconds of the processor that this thread took so far.
fn thread_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // Neither part is ever negative.
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Computes for so long, and waits for as long again.
    async fn work(meter: &Meter, time: Duration) -> Duration {
        meter
            .measure(async {
                let began = thread_ns();
                while Duration::from_nanos(thread_ns() - began) < time {
                    std::hint::spin_loop();
                }
                tokio::time::sleep(time).await;
                std::thread::sleep(time);
                meter.spent()
            })
            .await
    }

    #[tokio::test]
    async fn computing_counts_and_waiting_does_not() {
        let meter = Meter::default();
        let (started, time) = (Instant::now(), Duration::from_millis(60));
        let spent = work(&meter, time).await;
        assert!(started.elapsed() >= 3 * time);
        assert!((time..2 * time).contains(&spent), "{spent:?}");
        assert!((2 * time..4 * time).contains(&work(&meter, time).await));
    }
}
