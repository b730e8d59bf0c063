//! Entries of a guild's audit log, written by the batch that they tell of.
//!
//! See [Discord Docs/Audit Logs](https://discord.com/developers/docs/resources/audit-log).

use model::event::EventKind;
use model::id::marker;
use model::{Audience, Event, Id, Permissions};
use runtime::Cx;
use serde::Serialize;
use serde_json::{Map, Value};
use store::Batch;

pub use model::audit_log::*;

/// An entry that is being put together; [`write`] puts it into a batch.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Entry {
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    action: Action,
    target: Option<Id<marker::Generic>>,
    changes: Vec<Change>,
    options: Map<String, Value>,
    reason: Option<String>,
}

impl Entry {
    /// An entry of `guild` that tells of an action of `user`.
    pub fn new(guild: Id<marker::Guild>, user: Id<marker::User>, action: Action) -> Self {
        Self {
            guild,
            user,
            action,
            target: None,
            changes: Vec::new(),
            options: Map::new(),
            reason: None,
        }
    }

    /// To whom or what it was done.
    pub fn target<T>(mut self, target: Id<T>) -> Self {
        self.target = Some(target.cast());
        self
    }

    /// A field that changed from `old` to `new`; `None` where it did not or does not exist. What is
    /// the same before and after is left out.
    pub fn change(mut self, key: &str, old: Option<Value>, new: Option<Value>) -> Self {
        self.push_change(key, old, new);
        self
    }

    /// [`change`](Self::change), for fields that are gone through one by one.
    pub fn push_change(&mut self, key: &str, old: Option<Value>, new: Option<Value>) {
        let old_value = old.filter(|value| !value.is_null());
        let new_value = new.filter(|value| !value.is_null());
        if old_value != new_value {
            self.changes.push(Change {
                key: key.to_owned(),
                old_value,
                new_value,
            });
        }
    }

    /// The fields named by `keys` that differ between two states of an object, as it is on the
    /// wire. Without an old state it was created, without a new one deleted.
    pub fn differences(
        mut self,
        keys: &[&str],
        old: Option<&impl Serialize>,
        new: Option<&impl Serialize>,
    ) -> Self {
        let (old, new) = (as_object(old), as_object(new));
        for key in keys {
            self.push_change(key, old.get(*key).cloned(), new.get(*key).cloned());
        }
        self
    }

    /// What the action tells besides. Numbers and ids become text, as Discord sends them.
    pub fn option(mut self, name: &str, value: impl ToString) -> Self {
        self.options
            .insert(name.to_owned(), value.to_string().into());
        self
    }

    /// All options at once, as an object of texts.
    pub fn options(mut self, options: Value) -> Self {
        if let Value::Object(options) = options {
            self.options = options;
        }
        self
    }

    /// Why, from `X-Audit-Log-Reason`.
    pub fn reason(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }

    /// Whether no field changed.
    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }
}

fn as_object(value: Option<&impl Serialize>) -> Map<String, Value> {
    match value.map(serde_json::to_value) {
        Some(Ok(Value::Object(object))) => object,
        _ => Map::new(),
    }
}

/// Adds the entry to the batch, and tells those who may read the audit log.
pub fn write(cx: &Cx, batch: &mut Batch, entry: Entry) {
    let guild = entry.guild;
    let entry = AuditLogEntry {
        id: cx.id(),
        user_id: Some(entry.user),
        target_id: entry.target,
        action_type: entry.action,
        changes: entry.changes,
        options: entry.options,
        reason: entry.reason,
    };
    batch.push(store::audit_log::insert(guild, &entry));
    let audience = Audience::Holders {
        guild,
        channel: None,
        permissions: Permissions::VIEW_AUDIT_LOG,
    };
    let written = InGuild {
        guild_id: guild,
        entry: &entry,
    };
    batch.emit(Event::new(
        EventKind::GuildAuditLogEntryCreate,
        audience,
        &written,
    ));
}

/// An entry as GUILD_AUDIT_LOG_ENTRY_CREATE carries it.
#[derive(Serialize)]
struct InGuild<'a> {
    guild_id: Id<marker::Guild>,
    #[serde(flatten)]
    entry: &'a AuditLogEntry,
}
