//! The running system, as people and bots use it over HTTP and WebSocket.

mod backup;
mod durability;
mod evictions;
mod export;
mod faults;
mod frames;
mod full_disk;
mod guild_life;
mod hibernation;
mod internal;
mod life;
mod member_lists;
mod messages;
mod partitions;
mod passwords;
mod permissions;
mod processor;
mod resume;
mod soak;
mod standalone;
mod threads;
mod upgrade;
