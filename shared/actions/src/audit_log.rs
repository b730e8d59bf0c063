//! Entries of a guild's audit log, written by the batch that they tell of.
//!
//! See [Discord Docs/Audit Logs](https://discord.com/developers/docs/resources/audit-log).

use model::event::GuildAuditLogEntryCreate;
use model::id::marker;
use model::{Audience, Code, Event, Id, Permissions};
use runtime::{Cx, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Batch, Partition, Rejection, pending_entries};

pub use model::audit_log::*;

/// An entry that is being put together; [`write`] or [`note`] puts it into a batch.
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

    fn numbered(self, id: Id<marker::AuditLogEntry>) -> AuditLogEntry {
        AuditLogEntry {
            id,
            user_id: Some(self.user),
            target_id: self.target,
            action_type: self.action,
            changes: self.changes,
            options: self.options,
            reason: self.reason,
        }
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
    let entry = entry.numbered(cx.id());
    batch.push(store::audit_log::insert(guild, &entry));
    tell(batch, guild, &entry);
}

/// Does the same with entries of a guild, in any number.
pub fn write_all(
    cx: &Cx,
    batch: &mut Batch,
    guild: Id<marker::Guild>,
    entries: impl IntoIterator<Item = Entry>,
) {
    let entries = entries.into_iter().map(|entry| entry.numbered(cx.id()));
    let entries: Vec<_> = entries.collect();
    batch.extend(store::audit_log::insert_all(guild, &entries));
    for entry in &entries {
        tell(batch, guild, entry);
    }
}

/// An entry that is written beside its cause, in the messages store.
#[derive(Debug)]
#[must_use = "an entry is in the log only once it is moved there"]
pub struct Noted {
    guild: Id<marker::Guild>,
    entry: AuditLogEntry,
}

/// Adds the entry to a batch of the messages store, about something in `channel`. Once that batch
/// is written, [`Noted::move_to_log`] brings the entry to the log; should that not come about,
/// [`sweep`] does it.
pub fn note(cx: &Cx, batch: &mut Batch, channel: Id<marker::Channel>, entry: Entry) -> Noted {
    let guild = entry.guild;
    let entry = entry.numbered(cx.id());
    batch.push(pending_entries::insert(channel, guild, &entry));
    Noted { guild, entry }
}

/// What the write says when the entry is in the log already.
const MOVED_BEFORE: Code = Code::BadRequest;

impl Noted {
    /// Writes the entry to the log, once.
    ///
    /// # Errors
    /// The store's own.
    pub async fn move_to_log(&self, cx: &Cx) -> Result<()> {
        let mut batch = Batch::main();
        let insert = store::audit_log::insert(self.guild, &self.entry);
        batch.push_or(insert, MOVED_BEFORE);
        tell(&mut batch, self.guild, &self.entry);
        match cx.write(batch).await {
            Ok(_) | Err(Rejection::Code(MOVED_BEFORE)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Milliseconds after which an entry is swept: whoever wrote it has moved it by then, or will
/// never do so.
const NOTED_MS_MAX: i64 = 60_000;
/// Entries that one sweep looks at in each part of the channels.
pub const SWEEP_ENTRIES_MAX: usize = 4;

/// Brings entries about things in a part of the channels to the log that were noted a while ago,
/// and forgets that they were; returns how many. When there were [`SWEEP_ENTRIES_MAX`], there may
/// be more.
///
/// # Errors
/// The store's own.
pub async fn sweep(cx: &Cx, partition: Partition) -> Result<usize> {
    let before = Id::generate(cx.now().plus_millis(-NOTED_MS_MAX), 0);
    let pending = pending_entries::before(before, SWEEP_ENTRIES_MAX as u32);
    let pending = cx.read_messages(partition, pending).await?;
    let ids: Vec<_> = pending.iter().map(|(_, entry)| entry.id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    for (guild, entry) in pending {
        Noted { guild, entry }.move_to_log(cx).await?;
    }
    let mut batch = Batch::messages(partition);
    batch.push(pending_entries::delete(&ids));
    cx.write(batch).await?;
    Ok(ids.len())
}

fn tell(batch: &mut Batch, guild: Id<marker::Guild>, entry: &AuditLogEntry) {
    let audience = Audience::Holders {
        guild,
        channel: None,
        permissions: Permissions::VIEW_AUDIT_LOG,
    };
    let written = GuildAuditLogEntryCreate::new(guild, entry);
    batch.emit(Event::new(audience, &written));
}
