//! Drives the target that the variable `TARGET` names.
#![no_main]

use std::sync::{LazyLock, Mutex};

use fuzz::{Ground, TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("TARGET").unwrap_or_default();
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("TARGET is one of {names:?}"))
});
static GROUND: LazyLock<Mutex<Ground>> = LazyLock::new(Mutex::default);

fuzz_target!(|bytes: &[u8]| {
    let ground = GROUND.lock().expect("a panic ends the process");
    (TARGET.run)(&ground, bytes);
});
