//! A guild as REST answers it and GUILD_UPDATE carries it.
//!
//! See [Discord Docs/Guild Object](https://discord.com/developers/docs/resources/guild#guild-object).

use model::event::GuildUpdate;
use model::guild::{FullGuild, GuildConstants};
use model::id::marker;
use model::{Audience, Emoji, Event, Guild, Id, Role};
use store::{Batch, Optional, Query, emojis, guilds};

/// Whether the widget is on, and where its invites lead.
pub type Widget = (bool, Option<Id<marker::Channel>>);

/// The queries for what belongs to a guild's view besides its own row and its roles, which whoever
/// is in the guild has read already.
pub fn queries(id: Id<marker::Guild>) -> (Query<Emoji>, Optional<Widget>) {
    (emojis::of_guild(id), guilds::widget(id).optional())
}

/// The view, from the guild's row, its roles and what [`queries`] answered.
pub fn guild_view(
    guild: Guild,
    roles: Vec<Role>,
    (emojis, widget): (Vec<Emoji>, Option<Widget>),
) -> FullGuild {
    let (widget_enabled, widget_channel_id) = widget.unwrap_or_default();
    FullGuild {
        guild,
        roles,
        emojis,
        stickers: Vec::new(),
        constants: GuildConstants {
            widget_enabled,
            widget_channel_id,
            ..GuildConstants::default()
        },
        approximate_member_count: None,
        approximate_presence_count: None,
    }
}

/// Tells the guild that it changed.
pub fn tell_changed(batch: &mut Batch, guild: &FullGuild) {
    let audience = Audience::Guild(guild.guild.id);
    batch.emit(Event::new(audience, &GuildUpdate::new(guild)));
}
