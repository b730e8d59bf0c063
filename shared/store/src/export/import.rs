//! Records into a database, all or nothing.

use std::collections::BTreeSet;

use super::{Column, Counts, Fields, Need, Refusal, Rows, Subject, Type, fields};
use crate::embedded::Connection;
use crate::{Error, Json, Statement, Value, params};

/// Characters of a username.
const NAME_CHARS_MAX: usize = 32;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is a row now.
    New,
    /// The row was there already, and stays as it was.
    Known,
    /// Something that it needs is not there, or something is that must not.
    Skipped,
    /// Its type is told in exports, and not imported.
    Told,
}

/// An import that is under way, as one transaction. Dropping it undoes it.
#[derive(Debug)]
pub struct Import<'a> {
    connection: &'a mut Connection,
    subject: Subject,
    id: i64,
    /// The channels that records were about.
    channels: BTreeSet<i64>,
    /// The guilds that have members they had not.
    guilds: BTreeSet<i64>,
    /// The channels that have messages they had not.
    written: BTreeSet<i64>,
    counts: Vec<(Taken, Counts)>,
    committed: bool,
}

/// A record's values by the names of their columns.
struct Record {
    kind: &'static Type,
    values: Vec<(&'static Column, Value)>,
}

impl<'a> Import<'a> {
    /// Begins to import the guild or the person with this id.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] when the guild is there already; the database's own.
    pub fn begin(
        connection: &'a mut Connection,
        subject: Subject,
        id: i64,
    ) -> Result<Self, Refusal> {
        if subject == Subject::Guild && super::guild(connection, id)? {
            return Err(Refusal::Wrong(format!("there is a guild {id} already")));
        }
        connection.run(&Statement::new("BEGIN IMMEDIATE", Vec::new()))?;
        let taken = [Taken::New, Taken::Known, Taken::Skipped, Taken::Told];
        Ok(Self {
            connection,
            subject,
            id,
            channels: BTreeSet::new(),
            guilds: BTreeSet::new(),
            written: BTreeSet::new(),
            counts: taken.map(|taken| (taken, Counts::new())).into(),
            committed: false,
        })
    }

    /// Takes one record.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] when it is none, or of something else than the export is of; the
    /// database's own.
    pub fn record(&mut self, name: &str, fields: &Fields) -> Result<Taken, Refusal> {
        let kind = Type::named(name);
        let kind = kind.ok_or_else(|| Refusal::Wrong(format!("there is no type {name:?}")))?;
        let mut record = Record::read(kind, fields)?;
        let taken = self.take(&mut record)?;
        for (one, counts) in &mut self.counts {
            if *one == taken {
                *counts.entry(kind.name).or_default() += 1;
            }
        }
        if taken == Taken::New || taken == Taken::Known {
            self.remember(&record, taken);
        }
        Ok(taken)
    }

    fn take(&mut self, record: &mut Record) -> Result<Taken, Refusal> {
        if !self.is_of_subject(record)? {
            return Ok(Taken::Skipped);
        }
        if !record.kind.imported {
            return Ok(Taken::Told);
        }
        for need in record.kind.needs {
            if !self.is_met(need, record)? {
                return Ok(Taken::Skipped);
            }
        }
        if record.kind.table == "users" && self.is_somebody(record)? {
            return Ok(Taken::Known);
        }
        self.leave_taken(record)?;
        self.insert(record)
    }

    /// Whether a record belongs to what the export is of; one that says that it does not is wrong,
    /// and one of a channel that is missing is none.
    fn is_of_subject(&self, record: &Record) -> Result<bool, Refusal> {
        let name = record.kind.name;
        let wrong = || Refusal::Wrong(format!("this {name} is of something else"));
        match record.kind.rows(self.subject).ok_or_else(wrong)? {
            Rows::Subject(column) if record.id(column) == Some(self.id) => Ok(true),
            Rows::Subject(_) => Err(wrong()),
            // A person's channels are their private conversations.
            Rows::Channel(_) if record.kind.table == "channels" => {
                let private = record.id("guild_id").is_none();
                private.then_some(true).ok_or_else(wrong)
            }
            Rows::Channel(column) => Ok(record
                .id(column)
                .is_some_and(|id| self.channels.contains(&id))),
            Rows::Named(_) => Ok(true),
        }
    }

    fn is_met(&mut self, need: &Need, record: &Record) -> Result<bool, Error> {
        let values: Vec<_> = need
            .columns
            .iter()
            .filter_map(|(own, _)| record.value(own).cloned())
            .collect();
        if values.len() < need.columns.len() || values.contains(&Value::Null) {
            return Ok(true);
        }
        let places = need.columns.iter().zip(1..);
        let conditions: Vec<_> = places
            .map(|((_, other), place)| format!("{other} = ?{place}"))
            .collect();
        let conditions = conditions.join(" AND ");
        let sql = format!("SELECT 1 FROM {} WHERE {conditions} LIMIT 1", need.table);
        Ok(self.is_any(sql, values)? == need.there)
    }

    fn is_any(&mut self, sql: impl Into<String>, params: Vec<Value>) -> Result<bool, Error> {
        let found = self.connection.run(&Statement::new(sql.into(), params))?;
        Ok(!found.values.is_empty())
    }

    /// Whether the user is there already. One who is not gets a name that is free.
    fn is_somebody(&mut self, record: &mut Record) -> Result<bool, Refusal> {
        let get = |name: &str| record.value(name).cloned().unwrap_or(Value::Null);
        let (id, name, number) = (get("id"), get("username"), get("discriminator"));
        let sql = "SELECT username, discriminator FROM users WHERE id = ?1";
        let found = self.connection.run(&Statement::new(sql, params![id]))?;
        if !found.values.is_empty() {
            let same = found.values == [name, number];
            if record.kind.rows(self.subject) == Some(Rows::Subject("id")) && !same {
                let wrong = format!("the account {} has another name here", self.id);
                return Err(Refusal::Wrong(wrong));
            }
            return Ok(true);
        }
        let Value::Text(name) = name else {
            return Err(Refusal::Wrong("a user has no username".into()));
        };
        let free = self.free_name(&name, &number)?;
        record.set("username", Value::Text(free));
        Ok(false)
    }

    /// The name, with a number behind it if others have it.
    fn free_name(&mut self, name: &str, discriminator: &Value) -> Result<String, Error> {
        let sql = "SELECT 1 FROM users WHERE username = ?1 AND discriminator = ?2";
        let mut free = name.to_owned();
        let mut number = 1_u64;
        while self.is_any(sql, vec![Value::from(&free), discriminator.clone()])? {
            number += 1;
            let end = number.to_string();
            let kept = NAME_CHARS_MAX - end.len();
            free = name.chars().take(kept).chain(end.chars()).collect();
        }
        Ok(free)
    }

    /// Leaves out what no two rows may have and another has already.
    fn leave_taken(&mut self, record: &mut Record) -> Result<(), Error> {
        let table = record.kind.table;
        for (column, value) in &mut record.values {
            if column.unique && *value != Value::Null {
                let sql = format!("SELECT 1 FROM {table} WHERE {} = ?1", column.name);
                if self.is_any(sql, vec![value.clone()])? {
                    *value = Value::Null;
                }
            }
        }
        Ok(())
    }

    fn insert(&mut self, record: &Record) -> Result<Taken, Refusal> {
        let columns: Vec<_> = record
            .values
            .iter()
            .map(|(column, _)| column.name)
            .collect();
        let places: Vec<_> = (1..=columns.len())
            .map(|place| format!("?{place}"))
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
            record.kind.table,
            columns.join(", "),
            places.join(", ")
        );
        let values = record.values.iter().map(|(_, value)| value.clone());
        let done = self.connection.run(&Statement::new(sql, values.collect()));
        match done {
            Ok(done) if done.changes == 0 => Ok(Taken::Known),
            Ok(_) => Ok(Taken::New),
            Err(Error::Rejected { message, .. }) => Err(Refusal::Wrong(message)),
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers what later records and the end of the import go by.
    fn remember(&mut self, record: &Record, taken: Taken) {
        match record.kind.table {
            "channels" => self.channels.extend(record.id("id")),
            "members" if taken == Taken::New => self.guilds.extend(record.id("guild_id")),
            "messages" if taken == Taken::New => self.written.extend(record.id("channel_id")),
            _ => {}
        }
    }

    /// Makes counters agree with what they count, and commits.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] when what the export is of was not in it; the database's own.
    pub fn finish(mut self) -> Result<Vec<(Taken, Counts)>, Refusal> {
        let (table, what) = match self.subject {
            Subject::Guild => ("guilds", "a guild"),
            Subject::User => ("users", "an account"),
        };
        let sql = format!("SELECT 1 FROM {table} WHERE id = ?1");
        if !self.is_any(sql, params![self.id])? {
            let wrong = format!("it has not {what} {} with its owner", self.id);
            return Err(Refusal::Wrong(wrong));
        }
        let count = "UPDATE guilds SET member_count = (SELECT count(*) FROM members \
             WHERE members.guild_id = guilds.id) WHERE id IN (SELECT value FROM json_each(?1))";
        let last = "INSERT INTO channel_states (channel_id, last_message_id) \
             SELECT list.value, (SELECT max(id) FROM messages WHERE channel_id = list.value) \
             FROM json_each(?1) AS list WHERE true \
             ON CONFLICT (channel_id) DO UPDATE \
             SET last_message_id = max(coalesce(last_message_id, 0), excluded.last_message_id)";
        for (sql, list) in [(count, &self.guilds), (last, &self.written)] {
            self.connection
                .run(&Statement::new(sql, params![Json(list)]))?;
        }
        self.connection.run(&Statement::new("COMMIT", Vec::new()))?;
        self.committed = true;
        Ok(std::mem::take(&mut self.counts))
    }
}

impl Drop for Import<'_> {
    fn drop(&mut self) {
        if !self.committed {
            // It fails only when SQLite has undone everything already.
            let _ = self.connection.run(&Statement::new("ROLLBACK", Vec::new()));
        }
    }
}

impl Record {
    /// Reads the fields. One that is missing has the default of its column: the export may be
    /// older than the column.
    fn read(kind: &'static Type, fields: &Fields) -> Result<Self, Refusal> {
        let mut values = Vec::with_capacity(kind.columns.len());
        for column in kind.columns {
            if let Some(field) = fields.get(column.name) {
                values.push((column, fields::value(column, field)?));
            }
        }
        if values.len() < fields.len() {
            let known = |name: &&String| kind.columns.iter().all(|column| column.name != **name);
            let unknown = fields.keys().find(known).map_or("", String::as_str);
            let wrong = format!("{} has no field {unknown:?}", kind.name);
            return Err(Refusal::Wrong(wrong));
        }
        Ok(Self { kind, values })
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let found = self.values.iter().find(|(column, _)| column.name == name);
        found.map(|(_, value)| value)
    }

    fn id(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Some(Value::Integer(id)) => Some(*id),
            _ => None,
        }
    }

    fn set(&mut self, name: &str, new: Value) {
        for (column, value) in &mut self.values {
            if column.name == name {
                *value = new.clone();
            }
        }
    }
}
