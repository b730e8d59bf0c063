//! Decoders of what peers send, each as a function over any bytes.
//!
//! A target panics when the decoder does, or when a function answers 500. The suite drives each
//! with some hundred seeded cases (`tests/seeded.rs`); `libfuzzer/` drives the same for as long as
//! one likes.

mod targets;

use runtime::testing::App;

/// One decoder.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Inputs that it accepts, from which others are made.
    pub seeds: &'static [&'static [u8]],
    /// Gives it an input.
    pub run: fn(&Ground, &[u8]),
}

/// What targets run on: an instance with somebody in it, who owns a guild with a channel.
pub struct Ground {
    app: App,
    token: String,
    guild: u64,
    channel: u64,
}

impl Default for Ground {
    fn default() -> Self {
        let app = App::new();
        let owner = app.operator("owner");
        let token = owner.token().to_owned();
        let (guild, channel) = owner.create_guild();
        let (guild, channel) = (guild.get(), channel.get());
        Self {
            app,
            token,
            guild,
            channel,
        }
    }
}

/// Every decoder.
pub const TARGETS: &[Target] = &[
    targets::wire::CALL,
    targets::wire::REPLY,
    targets::wire::COMMAND,
    targets::wire::COMMAND_ETF,
    targets::wire::ENVELOPE,
    targets::text::TOKEN,
    targets::text::NUMBERS,
    targets::text::QUERY,
    targets::text::HEADERS,
    targets::text::CDN_NAME,
    targets::body::FIELDS,
    targets::body::MULTIPART,
    targets::body::BOUNDARY,
    targets::body::IMAGE,
    targets::body::SETTINGS_PROTO,
];
