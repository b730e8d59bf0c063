//! Seeded schedules of everything that can happen, in every order.
//!
//! A schedule is run twice: once as it is, and once on a twin whose connections are never lost.
//! Afterwards every client must have received what its twin received, nothing twice and nothing
//! missing; everyone must know exactly the channels that a naive reading of Discord's rules lets
//! them see; and every message must have reached exactly those who could see its channel.
//!
//! `SIMULATOR_SCHEDULES=100000 cargo test -p gateway-durable simulator` runs more of them, and
//! `SIMULATOR_SEED=7` one again.

mod client;
mod naive;
mod run;
mod schedule;

use run::Run;
use schedule::{Mode, schedule};

/// Schedules that are run when nobody says how many.
const SCHEDULES: u64 = 300;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn check(seed: u64) {
    let mode = match seed % 4 {
        0 => Mode::Late,
        _ => Mode::Prompt,
    };
    let steps = schedule(seed, 40 + (seed % 80) as usize);
    let mut lossy = Run::new(mode, true);
    let mut twin = Run::new(mode, false);
    for step in &steps {
        lossy.step(step);
        twin.step(step);
    }
    lossy.settle();
    twin.settle();
    lossy.verify();
    twin.verify();
    lossy.compare(&twin);
}

#[test]
fn all_schedules_keep_the_invariants() {
    if let Some(seed) = from_environment("SIMULATOR_SEED") {
        return check(seed);
    }
    let count = from_environment("SIMULATOR_SCHEDULES").unwrap_or(SCHEDULES);
    for seed in 0..count {
        if let Err(failure) = std::panic::catch_unwind(|| check(seed)) {
            eprintln!("Run it again with SIMULATOR_SEED={seed}.");
            std::panic::resume_unwind(failure);
        }
    }
}
