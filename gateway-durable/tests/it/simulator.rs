//! Seeded schedules of everything that can happen, in every order.
//!
//! A schedule is run twice: once as it is, and once on a twin whose connections are never lost and
//! that is never evicted.
//! Afterwards every client must have received what its twin received, nothing twice and nothing
//! missing; everyone must know exactly the channels that a naive reading of Discord's rules lets
//! them see; and every message must have reached exactly those who could see its channel.
//!
//! `cargo xtask ci simulator` runs a hundred thousand of them, optimised. With
//! `SIMULATOR_SCHEDULES=10000000` there are more, and `SIMULATOR_SEED=7` runs one again.

mod changes;
mod client;
mod lists;
mod naive;
mod run;
mod schedule;
mod threads;
mod verify;

use run::Run;
use schedule::{Mode, schedule};

/// Schedules that are run when nobody says how many.
const SCHEDULES: u64 = 500;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn check(seed: u64) {
    let mode = match seed % 4 {
        0 => Mode::Late,
        _ => Mode::Prompt,
    };
    let steps = schedule(seed, 12 + (seed / 4 % 30) as usize);
    let mut lossy = Run::new(mode, true);
    let mut twin = Run::new(mode, false);
    // Half of the gateways are Durable Objects, and some of those are evicted after every input.
    // Others hear each other late, and then not even a twin receives the same.
    let divided = (seed / 8).is_multiple_of(2);
    let restless = divided && (seed / 16).is_multiple_of(4);
    let lag = divided && (seed / 64).is_multiple_of(2);
    if divided {
        lossy.divide(lag);
    }
    for (number, step) in steps.iter().enumerate() {
        lossy.step(step);
        twin.step(step);
        if restless {
            lossy.hibernate(number.is_multiple_of(7), false);
        }
    }
    lossy.settle();
    twin.settle();
    lossy.verify();
    twin.verify();
    if !lag {
        lossy.compare(&twin);
    }
}

#[test]
fn all_schedules_keep_the_invariants() {
    if let Some(seed) = from_environment("SIMULATOR_SEED") {
        return check(seed);
    }
    let count = from_environment("SIMULATOR_SCHEDULES").unwrap_or(SCHEDULES);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let seeds = (first..count).step_by(threads as usize);
            scope.spawn(|| seeds.for_each(check_and_name));
        }
    });
}

/// Checks a seed, and says which it was when it fails.
fn check_and_name(seed: u64) {
    if let Err(failure) = std::panic::catch_unwind(|| check(seed)) {
        eprintln!("Run it again with SIMULATOR_SEED={seed}.");
        std::panic::resume_unwind(failure);
    }
}
