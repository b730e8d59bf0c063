//! The gateway's cores together, driven without a clock, sockets or stores.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod commands;
mod guild_life;
mod identify;
mod resume;
mod simulator;
mod support;
mod voice_and_presence;
