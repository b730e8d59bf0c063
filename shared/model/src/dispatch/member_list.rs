//! Member lists, as clients show them beside a channel.

use serde::Serialize;

use super::PresenceUpdate;
use crate::Id;
use crate::event::payloads;
use crate::id::marker;
use crate::member::Member;

/// What changed in a list, with the sizes of its groups.
///
/// See [Lazy Guilds](https://luna.gitlab.io/discord-unofficial-docs/docs/lazy_guilds/).
#[derive(Debug, Serialize)]
pub struct GuildMemberListUpdate<'a> {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// The list's name: `everyone`, or a number for those who see the same channels.
    pub id: String,
    /// How many members the guild has.
    pub member_count: u32,
    /// How many of them are online.
    pub online_count: usize,
    /// The groups, from top to bottom.
    pub groups: Vec<MemberListGroup>,
    /// What changed, in order.
    pub ops: Vec<MemberListOp<'a>>,
}

payloads!(of GuildMemberListUpdate<'a>);

/// A group of a list: a heading, and the members below it.
#[derive(Debug, Serialize)]
pub struct MemberListGroup {
    /// The id of a role that is shown separately, `online` or `offline`.
    pub id: String,
    /// How many members are in it.
    pub count: usize,
}

/// A change of a list. Rows are counted from 0, headings among them; a range has its first and its
/// last row.
#[derive(Debug, Serialize)]
#[serde(tag = "op", rename_all = "UPPERCASE")]
pub enum MemberListOp<'a> {
    /// The rows of a range.
    Sync {
        /// The range.
        range: (usize, usize),
        /// Its rows; fewer where the list ends.
        items: Vec<MemberListItem<'a>>,
    },
    /// A range that is no longer kept right.
    Invalidate {
        /// The range.
        range: (usize, usize),
    },
    /// A new row.
    Insert {
        /// Where it is now.
        index: usize,
        /// The row.
        item: MemberListItem<'a>,
    },
    /// A row that stays where it is.
    Update {
        /// Where it is.
        index: usize,
        /// What it is now.
        item: MemberListItem<'a>,
    },
    /// A row goes.
    Delete {
        /// Where it was.
        index: usize,
    },
}

/// A row of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberListItem<'a> {
    /// The heading of a group.
    Group(MemberListGroup),
    /// A member.
    Member(ListedMember<'a>),
}

/// A member in a list.
#[derive(Debug, Serialize)]
pub struct ListedMember<'a> {
    /// The member. `None`, which is written as no fields, if the guild does not know them any more.
    #[serde(flatten)]
    pub member: Option<&'a Member>,
    /// What is seen of them.
    pub presence: PresenceUpdate<'a>,
}
