//! Member lists as clients get them.
//!
//! See [Lazy Guilds](https://luna.gitlab.io/discord-unofficial-docs/docs/lazy_guilds/).

use model::dispatch::{
    GuildMemberListUpdate, ListedMember, MemberListGroup, MemberListItem, MemberListOp,
};

use super::People;
use super::diff::{Op, Window};
use super::name::Name;
use super::rows::{Group, Row, Rows};
use crate::guild::Effect;
use crate::guild::live::send_to;
use crate::ids::SessionId;
use crate::presence;

/// Sends what changed in a list, with the sizes of its groups.
pub fn send(
    name: &Name,
    rows: &Rows,
    ops: &[Op],
    to: Vec<SessionId>,
    people: People<'_>,
    effects: &mut Vec<Effect>,
) {
    let item = |row: &Row| item(*row, rows, people);
    let ops = ops.iter().map(|op| match op {
        Op::Sync(window, rows) => MemberListOp::Sync {
            range: range(*window),
            items: rows.iter().map(item).collect(),
        },
        Op::Invalidate(window) => MemberListOp::Invalidate {
            range: range(*window),
        },
        Op::Insert(index, row) => MemberListOp::Insert {
            index: *index,
            item: item(row),
        },
        Op::Update(index, row) => MemberListOp::Update {
            index: *index,
            item: item(row),
        },
        Op::Delete(index) => MemberListOp::Delete { index: *index },
    });
    let update = GuildMemberListUpdate {
        guild_id: people.state.guild.id,
        id: name.id(),
        member_count: people.state.member_count,
        online_count: people.presences.len(),
        groups: rows
            .groups()
            .map(|(group, _)| heading(group, rows))
            .collect(),
        ops: ops.collect(),
    };
    send_to(to, &update, effects);
}

fn range(window: Window) -> (usize, usize) {
    (window.first, window.last)
}

fn heading(group: Group, rows: &Rows) -> MemberListGroup {
    MemberListGroup {
        id: group.id(),
        count: rows.count(group),
    }
}

/// A row as it is now: a heading, or a member with their presence.
fn item<'a>(row: Row, rows: &Rows, people: People<'a>) -> MemberListItem<'a> {
    match row {
        Row::Heading(group) => MemberListItem::Group(heading(group, rows)),
        Row::Member(user) => {
            let presence = people.presences.get(&user);
            MemberListItem::Member(ListedMember {
                member: people.state.members.get(&user).map(AsRef::as_ref),
                presence: match presence {
                    Some(presence) => presence.in_list(),
                    None => presence::offline_in_list(user),
                },
            })
        }
    }
}
