//! The gateway's cores together, driven without a clock, sockets or stores.

mod commands;
mod guild_life;
mod identify;
mod resume;
mod simulator;
mod support;
mod voice_and_presence;
