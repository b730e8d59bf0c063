//! Table `audit_log_entries`.

use model::Id;
use model::audit_log::{Action, AuditLogEntry};
use model::id::marker;

use crate::{Error, Json, Query, Row, Statement, Value, params, rows};

fn entry(row: &mut Row<'_>) -> Result<AuditLogEntry, Error> {
    Ok(AuditLogEntry {
        id: row.take()?,
        user_id: row.take()?,
        target_id: row.take()?,
        action_type: Action(row.take::<u32>()? as u16),
        changes: row.take::<Option<Json<_>>>()?.unwrap_or_default().0,
        options: row.take::<Option<Json<_>>>()?.unwrap_or_default().0,
        reason: row.take()?,
    })
}

const ENTRY_COLUMNS: u16 = 7;

/// The table with the columns of a new row.
macro_rules! entries_table {
    () => {
        "audit_log_entries (id, guild_id, user_id, target_id, action_type, reason, changes, \
         options)"
    };
}

fn values(guild: Id<marker::Guild>, entry: &AuditLogEntry) -> Vec<Value> {
    let changes = (!entry.changes.is_empty()).then_some(Json(&entry.changes));
    let options = (!entry.options.is_empty()).then_some(Json(&entry.options));
    params![
        entry.id,
        guild,
        entry.user_id,
        entry.target_id,
        i64::from(entry.action_type.0),
        entry.reason.as_deref(),
        changes,
        options,
    ]
}

/// Adds an entry.
pub fn insert(guild: Id<marker::Guild>, entry: &AuditLogEntry) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO ",
            entries_table!(),
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        ),
        values(guild, entry),
    )
}

/// Adds entries.
pub fn insert_all(guild: Id<marker::Guild>, entries: &[AuditLogEntry]) -> Vec<Statement> {
    let entries = entries.iter().map(|entry| values(guild, entry));
    rows::insert(entries_table!(), entries)
}

/// Which entries of a guild are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// By this user alone.
    pub user: Option<Id<marker::User>>,
    /// To this target alone.
    pub target: Option<Id<marker::Generic>>,
    /// Of this action alone.
    pub action: Option<Action>,
    /// Older than this entry.
    pub before: Option<Id<marker::AuditLogEntry>>,
    /// Newer than this entry.
    pub after: Option<Id<marker::AuditLogEntry>>,
}

/// Up to `limit` entries: the newest first, or, with [`Filter::after`], the oldest first.
pub fn page(guild: Id<marker::Guild>, filter: Filter, limit: u32) -> Query<AuditLogEntry> {
    let mut sql = "SELECT id, user_id, target_id, action_type, changes, options, reason \
                   FROM audit_log_entries WHERE guild_id = ?1"
        .to_owned();
    let mut values = params![guild];
    // Only the conditions that are wanted stand in the text, so that SQLite can choose its index.
    let mut condition = |text: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND {text} ?{}", values.len()));
        }
    };
    condition("user_id =", filter.user.map(Into::into));
    condition("target_id =", filter.target.map(Into::into));
    condition(
        "action_type =",
        filter.action.map(|action| i64::from(action.0).into()),
    );
    condition("id <", filter.before.map(Into::into));
    condition("id >", filter.after.map(Into::into));
    let order = if filter.after.is_some() {
        "ASC"
    } else {
        "DESC"
    };
    values.push(limit.into());
    sql.push_str(&format!(" ORDER BY id {order} LIMIT ?{}", values.len()));
    Query::new(sql, values, ENTRY_COLUMNS, entry)
}
