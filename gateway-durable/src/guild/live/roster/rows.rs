//! The rows of a member list, in their order.
//!
//! A row is found by its number and a member's row by the member, both in logarithmic time: a list
//! of 100,000 members is never walked. The order statistics are `indexset`'s, a B-tree of two
//! levels with a Fenwick tree over its nodes; the standard library's tree cannot tell ranks.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use indexset::BTreeSet;
use model::Id;
use model::id::marker;

/// Members in one node of the tree. A list begins with one node, so it is small.
const NODE_MEMBERS_MAX: usize = 128;

/// What members are listed under. Ordered as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Who is online and has this role, which is shown apart, and no higher such role.
    Hoisted {
        /// The role's height; of equal ones the older is higher.
        position: Reverse<i32>,
        /// The role.
        role: Id<marker::Role>,
    },
    /// Who is online otherwise.
    Online,
    /// Who is offline.
    Offline,
}

impl Group {
    /// The group's `id` on the wire.
    pub fn id(self) -> String {
        match self {
            Self::Hoisted { role, .. } => role.to_string(),
            Self::Online => "online".to_owned(),
            Self::Offline => "offline".to_owned(),
        }
    }
}

/// Where a member stands in every list of a guild that has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The group.
    pub group: Group,
    /// The name that is shown, in lower case.
    pub name: Arc<str>,
    /// The member.
    pub user: Id<marker::User>,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The heading of a group.
    Heading(Group),
    /// A member.
    Member(Id<marker::User>),
}

/// Rows that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: usize,
    /// How many: a member's row, with or without the heading before it.
    pub count: usize,
}

/// All rows of a list. Groups without members have no heading.
#[derive(Debug)]
pub struct Rows {
    members: BTreeSet<Place>,
    groups: BTreeMap<Group, usize>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            members: BTreeSet::with_maximum_node_size(NODE_MEMBERS_MAX),
            groups: BTreeMap::new(),
        }
    }
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.members.len() + self.groups.len()
    }

    /// The groups that have members, with how many.
    pub fn groups(&self) -> impl Iterator<Item = (Group, usize)> {
        self.groups.iter().map(|(group, count)| (*group, *count))
    }

    /// How many members a group has.
    pub fn count(&self, group: Group) -> usize {
        self.groups.get(&group).copied().unwrap_or(0)
    }

    /// Whether the member is here, at this place.
    pub fn contains(&self, place: &Place) -> bool {
        self.members.contains(place)
    }

    /// The row of a member.
    pub fn row(&self, place: &Place) -> usize {
        self.members.rank(place) + self.groups.range(..=place.group).count()
    }

    /// Adds a member and returns the rows that are new. The member must not be here.
    pub fn insert(&mut self, place: Place) -> Span {
        let count = self.groups.entry(place.group).or_insert(0);
        *count += 1;
        let headings = usize::from(*count == 1);
        let first = self.row(&place) - headings;
        self.members.insert(place);
        Span {
            first,
            count: 1 + headings,
        }
    }

    /// Removes a member and returns the rows that are gone. The member must be here.
    pub fn remove(&mut self, place: &Place) -> Span {
        let row = self.row(place);
        self.members.remove(place);
        let headings = match self.groups.get_mut(&place.group) {
            Some(count) if *count > 1 => {
                *count -= 1;
                0
            }
            _ => {
                self.groups.remove(&place.group);
                1
            }
        };
        Span {
            first: row - headings,
            count: 1 + headings,
        }
    }

    /// The rows from `first` on, at most `count`.
    pub fn slice(&self, first: usize, count: usize) -> Vec<Row> {
        let end = self.len().min(first.saturating_add(count));
        let mut rows = Vec::with_capacity(end.saturating_sub(first));
        let (mut heading, mut before) = (0, 0);
        for (group, members) in self.groups() {
            let next = heading + 1 + members;
            if next > first && heading < end {
                if heading >= first {
                    rows.push(Row::Heading(group));
                }
                let from = first.max(heading + 1) - (heading + 1);
                let to = end.min(next).saturating_sub(heading + 1);
                let places = (from..to).filter_map(|i| self.members.get_index(before + i));
                rows.extend(places.map(|place| Row::Member(place.user)));
            }
            heading = next;
            before += members;
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(group: Group, name: &str, user: u64) -> Place {
        Place {
            group,
            name: name.into(),
            user: Id::new(user),
        }
    }

    fn hoisted(position: i32, role: u64) -> Group {
        Group::Hoisted {
            position: Reverse(position),
            role: Id::new(role),
        }
    }

    #[test]
    fn groups_come_by_height_then_online_then_offline() {
        let mut groups = [
            Group::Offline,
            hoisted(1, 9),
            Group::Online,
            hoisted(3, 8),
            hoisted(3, 7),
        ];
        groups.sort();
        let expected = [
            hoisted(3, 7),
            hoisted(3, 8),
            hoisted(1, 9),
            Group::Online,
            Group::Offline,
        ];
        assert_eq!(groups, expected);
    }

    #[test]
    fn a_heading_comes_with_the_first_member_and_goes_with_the_last() {
        let mut rows = Rows::default();
        let (a, b) = (place(Group::Online, "a", 1), place(Group::Online, "b", 2));
        let c = place(Group::Offline, "c", 3);
        let span = |first, count| Span { first, count };
        assert_eq!(rows.insert(b.clone()), span(0, 2));
        assert_eq!(rows.insert(a.clone()), span(1, 1));
        assert_eq!(rows.insert(c.clone()), span(3, 2));
        assert_eq!(rows.row(&c), 4);
        assert_eq!(rows.remove(&b), span(2, 1));
        assert_eq!(rows.remove(&c), span(2, 2));
        assert_eq!(rows.remove(&a), span(0, 2));
        assert_eq!(rows.len(), 0);
    }

    #[test]
    fn any_slice_is_part_of_the_whole() {
        let mut rows = Rows::default();
        for i in 0..700u64 {
            let group = match i % 5 {
                0 => hoisted(2, 1),
                1 => hoisted(1, 2),
                2 | 3 => Group::Online,
                _ => Group::Offline,
            };
            rows.insert(place(group, &format!("{}", i * 7919 % 701), i));
        }
        for i in (0..700u64).step_by(3) {
            let group = match i % 5 {
                0 => hoisted(2, 1),
                1 => hoisted(1, 2),
                2 | 3 => Group::Online,
                _ => Group::Offline,
            };
            rows.remove(&place(group, &format!("{}", i * 7919 % 701), i));
        }
        let all = rows.slice(0, usize::MAX);
        assert_eq!(all.len(), rows.len());
        for first in (0..all.len() + 3).step_by(7) {
            for count in [0, 1, 5, 100] {
                let end = all.len().min(first + count);
                let expected = all.get(first..end).unwrap_or(&[]);
                assert_eq!(rows.slice(first, count), expected);
            }
        }
    }
}
