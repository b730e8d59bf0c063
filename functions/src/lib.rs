//! The catalogue of all functions, and the manifest that hosts and generators read.

use runtime::Function;

// The Worker has this crate too, and describes nothing.
#[cfg(not(target_family = "wasm"))]
mod manifest;
#[cfg(not(target_family = "wasm"))]
pub use manifest::{manifest, openapi};

/// Every resource crate with its functions.
pub const CATALOGUE: &[(&str, &[(&str, Function)])] = &[
    // begin crates (written by `cargo xtask generate`)
    ("applications", applications::FUNCTIONS),
    ("auth", auth::FUNCTIONS),
    ("cdn", cdn::FUNCTIONS),
    ("channels", channels::FUNCTIONS),
    ("emojis", emojis::FUNCTIONS),
    ("gateway", gateway::FUNCTIONS),
    ("guilds", guilds::FUNCTIONS),
    ("instance", instance::FUNCTIONS),
    ("invites", invites::FUNCTIONS),
    ("jobs", jobs::FUNCTIONS),
    ("members", members::FUNCTIONS),
    ("messages", messages::FUNCTIONS),
    ("roles", roles::FUNCTIONS),
    ("threads", threads::FUNCTIONS),
    ("users", users::FUNCTIONS),
    // end crates
];
