//! How requests come in from outside: each host's own request becomes the call of a function.

#[cfg(target_os = "wasi")]
pub mod spin;
#[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
pub mod worker;
