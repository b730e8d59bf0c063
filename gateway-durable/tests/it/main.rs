//! The gateway's cores together, driven without a clock, sockets or stores.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod anything;
mod commands;
mod guild_life;
mod identify;
mod lists;
mod member_lists;
mod objects;
mod resume;
mod simulator;
mod streams;
mod support;
mod threads;
mod voice_and_presence;
mod waiting;

/// The simulator spends most of its time making and dropping JSON.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
