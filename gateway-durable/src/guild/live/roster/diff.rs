//! How a client's part of a list is kept right while the list changes.
//!
//! A client knows the rows of its windows and nothing between them. DELETE and INSERT move all
//! rows that follow, those of later windows too; so in each window as many rows are inserted as
//! are deleted, and later windows stay where they are. A row that leaves a window at its end is
//! deleted, one that enters it there is inserted.

use std::collections::BTreeSet;

use model::gateway::RowRange;

use super::rows::{Row, Rows, Span};

/// The last row that may be asked for: beyond every list, and far from where 32 bits end.
const LAST_ROW_MAX: u32 = 1 << 30;

/// A part of a list that a client shows: from its first row up to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// The first row.
    pub first: usize,
    /// The last row, which is not before the first.
    pub last: usize,
}

impl Window {
    /// The window that a client asks for; `None` when it makes no sense or is too large.
    pub fn new(range: RowRange) -> Option<Self> {
        let RowRange(first, last) = range;
        let sensible =
            first <= last && last <= LAST_ROW_MAX && last - first < super::WINDOW_ROWS_MAX;
        sensible.then_some(Self {
            first: first as usize,
            last: last as usize,
        })
    }

    /// The window in parts that are no larger than what clients ask for.
    pub fn parts(self) -> impl Iterator<Item = Self> {
        let size = super::WINDOW_ROWS_MAX as usize;
        (self.first..=self.last)
            .step_by(size)
            .map(move |first| Self {
                first,
                last: self.last.min(first + size - 1),
            })
    }

    /// How many of its rows exist in a list with so many.
    fn filled(self, len: usize) -> usize {
        len.min(self.last + 1).saturating_sub(self.first)
    }
}

/// The windows of a channel that a client asks for, sorted, without those that make no sense.
pub fn windows(ranges: &[RowRange]) -> Vec<Window> {
    let ranges = ranges.iter().take(super::WINDOWS_MAX);
    let windows: BTreeSet<Window> = ranges.filter_map(|range| Window::new(*range)).collect();
    windows.into_iter().collect()
}

/// Windows that touch or overlap become one. They must be sorted.
pub fn merged(windows: &[Window]) -> Vec<Window> {
    let mut merged: Vec<Window> = Vec::new();
    for window in windows {
        match merged.last_mut() {
            Some(last) if window.first <= last.last + 1 => last.last = last.last.max(window.last),
            _ => merged.push(*window),
        }
    }
    merged
}

/// The parts of `before` that are not in `after`; both are merged.
pub fn dropped(before: &[Window], after: &[Window]) -> Vec<Window> {
    let mut dropped = Vec::new();
    for window in before {
        let mut first = window.first;
        for kept in after {
            if kept.last < first || kept.first > window.last {
                continue;
            }
            if kept.first > first {
                let last = kept.first - 1;
                dropped.push(Window { first, last });
            }
            first = kept.last + 1;
        }
        if first <= window.last {
            let last = window.last;
            dropped.push(Window { first, last });
        }
    }
    dropped
}

/// What a client does with its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// These are the rows from here on.
    Sync(Window, Vec<Row>),
    /// These rows are no longer kept right.
    Invalidate(Window),
    /// A row is new; those from there on follow it.
    Insert(usize, Row),
    /// A row is different.
    Update(usize, Row),
    /// A row is gone; those after it move up.
    Delete(usize),
}

/// The rows of `span` are gone from the list, which had `before` rows and is `rows` now.
pub fn removed(windows: &[Window], span: Span, before: usize, rows: &Rows, ops: &mut Vec<Op>) {
    for window in windows.iter().filter(|window| span.first <= window.last) {
        let at = span.first.max(window.first);
        let had = window.filled(before);
        let gone = span.count.min((window.first + had).saturating_sub(at));
        for _ in 0..gone {
            delete(at, ops);
        }
        let left = window.first + had - gone;
        let entering = rows.slice(left, window.filled(rows.len()) + gone - had);
        for (index, row) in (left..).zip(entering) {
            insert(index, row, ops);
        }
    }
}

/// The rows of `span` are new in the list, which had `before` rows and is `rows` now.
pub fn inserted(windows: &[Window], span: Span, before: usize, rows: &Rows, ops: &mut Vec<Op>) {
    for window in windows.iter().filter(|window| span.first <= window.last) {
        let at = span.first.max(window.first);
        let had = window.filled(before);
        let size = window.last + 1 - window.first;
        let entering = rows.slice(at, span.count.min(window.last + 1 - at));
        let leaving = (had + entering.len()).saturating_sub(size);
        for i in 1..=leaving {
            delete(window.first + had - i, ops);
        }
        for (index, row) in (at..).zip(entering) {
            insert(index, row, ops);
        }
    }
}

/// A row in the list is different.
pub fn updated(windows: &[Window], index: usize, row: Row, ops: &mut Vec<Op>) {
    let shows = |window: &Window| (window.first..=window.last).contains(&index);
    if windows.iter().any(shows) {
        ops.push(Op::Update(index, row));
    }
}

/// What was inserted just before need not be.
fn delete(index: usize, ops: &mut Vec<Op>) {
    match ops.last() {
        Some(Op::Insert(at, _)) if *at == index => {
            ops.pop();
        }
        _ => ops.push(Op::Delete(index)),
    }
}

/// A row in the place of one that was deleted just before is a row that is different.
fn insert(index: usize, row: Row, ops: &mut Vec<Op>) {
    match ops.last_mut() {
        Some(last) if *last == Op::Delete(index) => *last = Op::Update(index, row),
        _ => ops.push(Op::Insert(index, row)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::Id;

    use super::super::rows::{Group, Place};
    use super::*;

    fn window(first: usize, last: usize) -> Window {
        Window { first, last }
    }

    #[test]
    fn windows_are_joined_and_what_is_left_of_them_is_told() {
        let all = [window(0, 99), window(100, 199), window(300, 399)];
        let joined = merged(&all);
        assert_eq!(joined, [window(0, 199), window(300, 399)]);
        let after = [window(0, 99), window(350, 360)];
        let expected = [window(100, 199), window(300, 349), window(361, 399)];
        assert_eq!(dropped(&joined, &after), expected);
        assert_eq!(dropped(&after, &after), []);
    }

    #[test]
    fn a_window_is_a_hundred_rows_at_most() {
        assert!(Window::new(RowRange(100, 199)).is_some());
        assert!(Window::new(RowRange(0, 100)).is_none());
        assert!(Window::new(RowRange(5, 4)).is_none());
        assert!(Window::new(RowRange(u32::MAX - 9, u32::MAX)).is_none());
    }

    /// A client as Discord's own: a list with holes, where DELETE of a hole does nothing.
    fn apply(rows: &mut Vec<Option<Row>>, ops: &[Op], len: usize) {
        for op in ops {
            match op {
                Op::Insert(index, row) => {
                    if rows.len() < *index {
                        rows.resize(*index, None);
                    }
                    rows.insert(*index, Some(*row));
                }
                Op::Update(index, row) => rows[*index] = Some(*row),
                Op::Delete(index) => {
                    if rows.get(*index).is_some_and(Option::is_some) {
                        rows.remove(*index);
                    }
                }
                Op::Sync(..) | Op::Invalidate(_) => {}
            }
        }
        rows.resize(len, None);
    }

    #[test]
    fn every_window_is_right_after_every_change() {
        let windows = [window(0, 3), window(5, 6), window(9, 12)];
        let mut rows = Rows::default();
        let mut client: Vec<Option<Row>> = Vec::new();
        let mut dice = 1u64;
        let mut roll = move || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            dice >> 33
        };
        let groups = [Group::Online, Group::Offline];
        let mut inside: Vec<Place> = Vec::new();
        for _ in 0..4000 {
            let mut ops = Vec::new();
            let before = rows.len();
            let choice = roll() % 3;
            if choice > 0 && !inside.is_empty() {
                let place = inside.swap_remove(roll() as usize % inside.len());
                let span = rows.remove(&place);
                removed(&windows, span, before, &rows, &mut ops);
            }
            if choice < 2 || inside.len() < 12 {
                let user = roll() % 1_000_000;
                let place = Place {
                    group: groups[user as usize % 2],
                    name: Arc::from(format!("{}", roll() % 50)),
                    user: Id::new(user),
                };
                if !rows.contains(&place) {
                    let before = rows.len();
                    let span = rows.insert(place.clone());
                    inside.push(place);
                    inserted(&windows, span, before, &rows, &mut ops);
                }
            }
            apply(&mut client, &ops, rows.len());
            for window in windows {
                let expected = rows.slice(window.first, window.last + 1 - window.first);
                let shown = client.iter().skip(window.first).take(expected.len());
                let shown: Vec<Row> = shown.map(|row| row.unwrap()).collect();
                assert_eq!(shown, expected, "{ops:?}");
            }
        }
    }
}
