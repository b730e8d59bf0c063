//! Member lists as clients get them.
//!
//! See [Lazy Guilds](https://luna.gitlab.io/discord-unofficial-docs/docs/lazy_guilds/).

use model::event::{EventKind, Payload};
use serde::Serialize;
use serde_json::value::RawValue;

use super::People;
use super::diff::{Op, Window};
use super::name::Name;
use super::rows::{Group, Row, Rows};
use crate::guild::Effect;
use crate::guild::live::send_to;
use crate::ids::SessionId;
use crate::json::to_json;
use crate::presence;

/// The `d` of a GUILD_MEMBER_LIST_UPDATE.
#[derive(Serialize)]
struct Update {
    guild_id: model::Id<model::id::marker::Guild>,
    id: String,
    member_count: u32,
    online_count: usize,
    groups: Vec<WireGroup>,
    ops: Vec<WireOp>,
}

#[derive(Serialize)]
struct WireGroup {
    id: String,
    count: usize,
}

#[derive(Serialize)]
#[serde(tag = "op", rename_all = "UPPERCASE")]
enum WireOp {
    Sync {
        range: (usize, usize),
        items: Vec<Box<RawValue>>,
    },
    Invalidate {
        range: (usize, usize),
    },
    Insert {
        index: usize,
        item: Box<RawValue>,
    },
    Update {
        index: usize,
        item: Box<RawValue>,
    },
    Delete {
        index: usize,
    },
}

impl Payload for Update {
    const KIND: EventKind = EventKind::GuildMemberListUpdate;
}

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
        Op::Sync(window, rows) => WireOp::Sync {
            range: range(*window),
            items: rows.iter().map(item).collect(),
        },
        Op::Invalidate(window) => WireOp::Invalidate {
            range: range(*window),
        },
        Op::Insert(index, row) => WireOp::Insert {
            index: *index,
            item: item(row),
        },
        Op::Update(index, row) => WireOp::Update {
            index: *index,
            item: item(row),
        },
        Op::Delete(index) => WireOp::Delete { index: *index },
    });
    let update = Update {
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

fn heading(group: Group, rows: &Rows) -> WireGroup {
    WireGroup {
        id: group.id(),
        count: rows.count(group),
    }
}

/// A row as it is now: a heading, or a member with their presence.
fn item(row: Row, rows: &Rows, people: People<'_>) -> Box<RawValue> {
    let json = match row {
        Row::Heading(group) => format!(r#"{{"group":{}}}"#, to_json(&heading(group, rows))),
        Row::Member(user) => {
            let presence = people.presences.get(&user);
            let presence = match presence {
                Some(presence) => presence.in_list(),
                None => presence::offline_in_list(user),
            };
            let member = people
                .state
                .members
                .get(&user)
                .map(|member| to_json(&**member));
            let member = member.unwrap_or_default();
            let open = member.strip_suffix('}').unwrap_or("{");
            format!(r#"{{"member":{open},"presence":{presence}}}}}"#)
        }
    };
    RawValue::from_string(json).unwrap_or_default()
}
