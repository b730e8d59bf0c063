//! Which events a session asked for.

use model::event::EventKind;
use model::gateway::{Gate, Intents, gate};
use serde::{Deserialize, Serialize};

/// Which kinds of event a session gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wants {
    /// Whether it is a bot's.
    pub bot: bool,
    /// Its intents. User accounts without any get everything.
    pub intents: Option<Intents>,
}

impl Wants {
    /// Whether the session gets events of this kind, from a private conversation or a guild.
    pub fn hears(self, kind: EventKind, private: bool) -> bool {
        match (gate(kind, private), self.bot) {
            (gate, true) => gate.admits(self.intents.unwrap_or_default()),
            (Gate::Closed, false) => false,
            (Gate::Users | Gate::Open, false) => true,
            (Gate::Intents(any), false) => self.intents.is_none_or(|i| i.intersects(any)),
        }
    }

    /// Whether the session may read what others' messages in guilds say.
    pub fn reads_content(self) -> bool {
        !self.bot || self.has(Intents::MESSAGE_CONTENT)
    }

    /// Whether the session named any of these intents.
    pub fn has_any(self, intents: Intents) -> bool {
        self.intents.is_some_and(|it| it.intersects(intents))
    }

    /// Whether the session has the intent. User accounts have those they did not decline.
    pub fn has(self, intent: Intents) -> bool {
        match self.intents {
            Some(intents) => intents.contains(intent),
            None => !self.bot,
        }
    }
}
