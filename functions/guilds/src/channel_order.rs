//! The order of a guild's channels, without I/O.

use model::channel::{Channel, GuildChannel, kind};
use model::{Id, id::marker};

/// Channels of one category.
pub(crate) const CHILDREN_MAX: u32 = 50;

/// What clients list together, each group with an order of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Categories,
    Text,
    Voice,
}

impl Group {
    /// The group of a type of channel.
    pub(crate) const fn of(kind: u8) -> Self {
        match kind {
            kind::CATEGORY => Self::Categories,
            kind::VOICE | kind::STAGE => Self::Voice,
            _ => Self::Text,
        }
    }
}

/// The place of a new channel: after its siblings.
pub(crate) fn last_place(
    channels: &[Channel],
    kind: u8,
    parent: Option<Id<marker::Channel>>,
) -> i32 {
    let group = Group::of(kind);
    let siblings = channels
        .iter()
        .filter(|channel| Group::of(channel.kind) == group);
    let siblings = siblings.filter_map(|channel| channel.guild.as_ref());
    let siblings = siblings.filter(|guild| guild.parent_id == parent);
    siblings
        .map(|guild| guild.position)
        .max()
        .map_or(0, |last| last.saturating_add(1))
}

/// How many channels are in a category.
pub(crate) fn children(channels: &[Channel], category: Id<marker::Channel>) -> usize {
    let in_category = |guild: &&GuildChannel| guild.parent_id == Some(category);
    channels
        .iter()
        .filter_map(|channel| channel.guild.as_ref())
        .filter(in_category)
        .count()
}

/// The category with this id.
pub(crate) fn category(channels: &[Channel], id: Id<marker::Channel>) -> Option<&Channel> {
    channels
        .iter()
        .find(|channel| channel.id == id && channel.kind == kind::CATEGORY)
}
