//! A guild, or what an instance knows of a person, as records that another instance takes.
//!
//! [`TYPES`] says once, for both directions and for `docs/export.md`, which columns of which table
//! a type of record has, whose rows they are and what must be there before a row is taken. What
//! no record has is in [`LEFT_OUT`], with the reason: a column is in one of the two.

mod docs;
mod fields;
mod import;
mod left_out;
mod read;
mod types;

pub use docs::docs;
pub use import::{Import, Taken};
pub use left_out::LEFT_OUT;
pub use read::{export, guild, person};
pub use types::TYPES;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as JsonValue};

use crate::Error;

/// The fields of a record, but for its type.
pub type Fields = Map<String, JsonValue>;

/// How many records there are of each type.
pub type Counts = BTreeMap<&'static str, u64>;

/// What an export is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A guild.
    Guild,
    /// A person.
    User,
}

/// A type of record: rows of a table.
#[derive(Debug)]
pub struct Type {
    /// Its name in the records.
    pub name: &'static str,
    /// What it is, as a sentence.
    pub about: &'static str,
    /// The table.
    pub table: &'static str,
    /// The columns, which are the fields.
    pub columns: &'static [Column],
    /// Which rows are a guild's.
    pub guild: Option<Rows>,
    /// Which rows are a person's.
    pub user: Option<Rows>,
    /// What decides whether an import takes a row.
    pub needs: &'static [Need],
    /// The keys of the files that a row names: a column's value stands for its name in braces, and
    /// there is no file while it is NULL.
    pub files: &'static [&'static str],
    /// Whether an import takes the rows at all, or the export only tells of them.
    pub imported: bool,
}

impl Type {
    /// Which rows are the subject's.
    pub fn rows(&self, subject: Subject) -> Option<Rows> {
        match subject {
            Subject::Guild => self.guild,
            Subject::User => self.user,
        }
    }

    /// The type with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|it| it.name == name)
    }

    /// The keys of the files that a record names.
    pub fn keys(&self, fields: &Fields) -> Vec<String> {
        let mut keys: Vec<_> = self
            .files
            .iter()
            .filter_map(|pattern| fields::key(pattern, fields))
            .collect();
        if let Some(extra) = fields.get("extra") {
            fields::attachments(extra, &mut keys);
        }
        keys
    }
}

/// Whose rows of a table are, by one of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The column is the guild or the person.
    Subject(&'static str),
    /// The column is a channel of the guild, or a private conversation of the person.
    Channel(&'static str),
    /// The column is a user whom another record names, and not the person.
    Named(&'static str),
}

/// A column and the field that it is.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name of both.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether no two rows have the same: an import leaves out what another row has already.
    pub unique: bool,
}

/// What a column holds, and what its field is in JSON. Any field may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An id, as decimal text.
    Id,
    /// The id of a user, whose public profile is then part of the export.
    User,
    /// Permissions: bits as a decimal number in text.
    Permissions,
    /// A number.
    Integer,
    /// A number: milliseconds since 1970.
    Time,
    /// True or false.
    Flag,
    /// Text.
    Text,
    /// JSON, as it is.
    Json,
    /// Bytes, in base64.
    Bytes,
}

/// What must be there, or must not, for a row to be taken. A column that is NULL needs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The other table.
    pub table: &'static str,
    /// Columns of the row, each with the column of the other table that has the same value.
    pub columns: &'static [(&'static str, &'static str)],
    /// Whether it must be there.
    pub there: bool,
}

/// A column, or a whole table, that is in no record, and why.
#[derive(Debug, Clone, Copy)]
pub struct LeftOut {
    /// The table.
    pub table: &'static str,
    /// The column; none for all of the table.
    pub column: Option<&'static str>,
    /// The reason, as half a sentence.
    pub because: &'static str,
}

/// Why records are not taken. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What is wrong with them.
    #[error("{0}")]
    Wrong(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

#[cfg(test)]
mod tests;
