//! Rules of a guild's settings that creating and editing it have in common.

use std::ops::RangeInclusive;

use model::limits::GUILD_NAME_CHARS;
use runtime::Fields;

/// Seconds until a member is idle in voice.
///
/// See [Discord Docs/Guild Object](https://discord.com/developers/docs/resources/guild#guild-object-guild-structure).
pub(crate) const AFK_SECS: &[i64] = &[60, 300, 900, 1800, 3600];

/// What the system does not write: eight flags.
///
/// See [Discord Docs/System Channel Flags](https://discord.com/developers/docs/resources/guild#guild-object-system-channel-flags).
pub(crate) const SYSTEM_FLAGS: RangeInclusive<i64> = 0..=0xFF;

/// The field `name`, which is not null where it is there.
pub(crate) fn name(fields: &mut Fields<'_>) -> Option<String> {
    fields.patch_name("name", GUILD_NAME_CHARS)
}
