//! An event as a row of the log has it: JSON that names everything as Discord does.
//!
//! It is not the form in which functions hand events to a host, which only programs of one version
//! exchange.

use std::borrow::Cow;

use model::event::EventKind;
use model::id::marker;
use model::{Audience, Event, Id, Permissions, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Error;

/// The format that is written. Another number means that a field means something else; new fields
/// do not change it.
pub const FORMAT: u32 = 1;

/// An event, and when its batch was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the batch was made, by the clock of who made it: not quite in the order of the log.
    /// 1970 for what was written before there was a format.
    pub at: Timestamp,
    /// What happened, and who may hear of it.
    pub event: Event,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    format: u32,
    at: i64,
    kind: Cow<'a, str>,
    audience: WireAudience<'a>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
enum WireAudience<'a> {
    Guild {
        guild_id: Id<marker::Guild>,
    },
    Channel {
        guild_id: Id<marker::Guild>,
        channel_id: Id<marker::Channel>,
    },
    Holders {
        guild_id: Id<marker::Guild>,
        channel_id: Option<Id<marker::Channel>>,
        permissions: Permissions,
    },
    Private {
        channel_id: Id<marker::Channel>,
        user_ids: Cow<'a, [Id<marker::User>]>,
    },
    Users {
        user_ids: Cow<'a, [Id<marker::User>]>,
    },
}

impl Entry {
    /// An event as it is written.
    ///
    /// # Panics
    /// When the event's data is not JSON, which [`Event::new`] does not make.
    pub fn write(event: &Event, at: Timestamp) -> String {
        let wire = Wire {
            format: FORMAT,
            at: at.as_millis(),
            kind: event.kind.name().into(),
            audience: WireAudience::of(&event.audience),
            data: serde_json::from_str(&event.data).expect("an event's data is JSON"),
        };
        serde_json::to_string(&wire).expect("a row of the log serialises")
    }

    /// What was written, in this format or before there was one.
    ///
    /// # Errors
    /// [`Error::Internal`] for a format or a kind of event that this program does not know.
    pub fn read(text: &str) -> Result<Self, Error> {
        if !text.starts_with(r#"{"format":"#) {
            let event = serde_json::from_str(text).map_err(unreadable)?;
            let at = Timestamp::from_millis(0);
            return Ok(Self { at, event });
        }
        let wire: Wire<'_> = serde_json::from_str(text).map_err(unreadable)?;
        let kind = EventKind::named(&wire.kind).filter(|_| wire.format == FORMAT);
        let Some(kind) = kind else {
            let (kind, format) = (wire.kind, wire.format);
            let what = format!("an event {kind} in format {format} is of a newer program");
            return Err(Error::Internal(what));
        };
        let event = Event {
            audience: wire.audience.into(),
            kind,
            data: wire.data.get().to_owned(),
        };
        let at = Timestamp::from_millis(wire.at);
        Ok(Self { at, event })
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Internal(format!("a row of the log cannot be read: {error}"))
}

impl<'a> WireAudience<'a> {
    fn of(audience: &'a Audience) -> Self {
        match *audience {
            Audience::Guild(guild_id) => Self::Guild { guild_id },
            Audience::Channel { guild, channel } => Self::Channel {
                guild_id: guild,
                channel_id: channel,
            },
            Audience::Holders {
                guild,
                channel,
                permissions,
            } => Self::Holders {
                guild_id: guild,
                channel_id: channel,
                permissions,
            },
            Audience::Private { channel, ref users } => Self::Private {
                channel_id: channel,
                user_ids: Cow::Borrowed(users),
            },
            Audience::Users(ref users) => Self::Users {
                user_ids: Cow::Borrowed(users),
            },
        }
    }
}

impl From<WireAudience<'_>> for Audience {
    fn from(wire: WireAudience<'_>) -> Self {
        match wire {
            WireAudience::Guild { guild_id } => Self::Guild(guild_id),
            WireAudience::Channel {
                guild_id,
                channel_id,
            } => Self::Channel {
                guild: guild_id,
                channel: channel_id,
            },
            WireAudience::Holders {
                guild_id,
                channel_id,
                permissions,
            } => Self::Holders {
                guild: guild_id,
                channel: channel_id,
                permissions,
            },
            WireAudience::Private {
                channel_id,
                user_ids,
            } => Self::Private {
                channel: channel_id,
                users: user_ids.into_owned(),
            },
            WireAudience::Users { user_ids } => Self::Users(user_ids.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::event::{GuildDelete, IntentsAllowed};
    use serde_json::json;

    use super::*;

    fn event(audience: Audience) -> Event {
        let gone = GuildDelete {
            id: Id::new(1),
            unavailable: None,
        };
        Event::new(audience, &gone)
    }

    /// The format is dear to change: whoever changes it sees it here.
    #[test]
    fn a_row_names_everything_as_discord_does() {
        let (guild, channel) = (Id::new(1), Id::new(2));
        let users = vec![Id::new(3)];
        let permissions = Permissions::VIEW_AUDIT_LOG;
        for (audience, written) in [
            (
                Audience::Guild(guild),
                json!({ "to": "guild", "guild_id": "1" }),
            ),
            (
                Audience::Channel { guild, channel },
                json!({ "to": "channel", "guild_id": "1", "channel_id": "2" }),
            ),
            (
                Audience::Holders {
                    guild,
                    channel: None,
                    permissions,
                },
                json!({
                    "to": "holders", "guild_id": "1", "channel_id": null, "permissions": "128",
                }),
            ),
            (
                Audience::Private {
                    channel,
                    users: users.clone(),
                },
                json!({ "to": "private", "channel_id": "2", "user_ids": ["3"] }),
            ),
            (
                Audience::Users(users.clone()),
                json!({ "to": "users", "user_ids": ["3"] }),
            ),
        ] {
            let (event, at) = (event(audience), Timestamp::from_millis(1_700_000_000_123));
            let text = Entry::write(&event, at);
            let row: serde_json::Value = serde_json::from_str(&text).unwrap();
            let expected = json!({
                "format": 1, "at": 1_700_000_000_123_i64, "kind": "GUILD_DELETE",
                "audience": written, "data": { "id": "1" },
            });
            assert_eq!(row, expected);
            assert_eq!(Entry::read(&text).unwrap(), Entry { at, event });
        }
    }

    #[test]
    fn entries_of_older_programs_are_read() {
        let event = Event::new(Audience::Users(vec![Id::new(1)]), &IntentsAllowed(7));
        let old = serde_json::to_string(&event).unwrap();
        let read = Entry::read(&old).unwrap();
        assert_eq!((read.event, read.at.as_millis()), (event, 0));
    }

    #[test]
    fn entries_of_newer_programs_are_refused() {
        let row = |format: u32, kind: &str| {
            json!({
                "format": format, "at": 0, "kind": kind,
                "audience": { "to": "guild", "guild_id": "1" }, "data": {},
            })
        };
        for row in [row(2, "GUILD_DELETE"), row(1, "GUILD_DREAMS")] {
            // Fields are in the order in which they are written.
            let text = row.to_string();
            let text = format!(r#"{{"format":{},{}"#, row["format"], &text[1..]);
            let text = text.replacen(&format!(r#","format":{}"#, row["format"]), "", 1);
            let error = Entry::read(&text).unwrap_err();
            assert!(error.to_string().contains("newer"), "{error}");
        }
    }
}
