//! An object of the gateway that can be evicted between any two inputs, as a Durable Object is
//! that hibernates: the one that has the sessions, or that of a guild.
//!
//! The cores are deterministic, so it is enough to store their inputs. A journal has every input in
//! its order; from time to time a snapshot of the state replaces it. To restore an object is to
//! read the snapshot and to handle the journal again without its effects, which were carried out.
//! The object repeats its messages to others until they send an ack ([`link`]).
//!
//! An input of which nobody noticed anything (a heartbeat, a second that passed) waits in memory
//! until another one is kept, so a heartbeat touches no storage. Should the object be evicted
//! before, it is as if the input had never come.

mod core;
mod input;
pub mod link;
mod secrets;
mod snapshot;

use std::collections::BTreeMap;
use std::fmt;

use model::id::marker;
use model::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use self::core::{Core, Done};
use crate::hub::{Effect, Question};
use crate::payload::Frame;
use crate::registry::Settings;
use crate::snapshot::FORMAT;
pub use input::Input;
use input::heard;
use link::{Ack, Envelope, Epoch, Link};
use secrets::without_tokens;
use snapshot::ObjectSnapshot;

/// Bytes of journal after which a snapshot replaces it, as soon as that is possible.
const JOURNAL_BYTES_MAX: usize = 256 * 1024;
/// Inputs that wait in memory at most.
const WAITING_MAX: usize = 1000;

/// Which object it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Address {
    /// That of all connections and sessions.
    Sessions,
    /// That of a guild.
    Guild(Id<marker::Guild>),
}

/// The object's name.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sessions => f.write_str("sessions"),
            Self::Guild(guild) => guild.fmt(f),
        }
    }
}

/// An input and when it came.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    at: i64,
    input: Input,
}

/// Whether an input may be forgotten if nothing comes of it.
enum Silent {
    Always,
    /// If the object stays as good as new.
    WhileIdle,
    Never,
}

/// An object that can be evicted.
#[derive(Debug)]
pub struct Durable {
    address: Address,
    settings: Settings,
    epoch: Epoch,
    core: Core,
    links: BTreeMap<Address, Link>,
    /// What was asked and is not answered.
    asked: Vec<Question>,
    /// Inputs that are not kept yet.
    waiting: Vec<Entry>,
    /// Bytes of the journal.
    journal: usize,
}

impl Durable {
    /// An object of which nothing is kept. The epoch must be greater than any that it had before.
    pub fn new(address: Address, settings: Settings, epoch: Epoch) -> Self {
        Self {
            address,
            core: Core::new(address, settings.clone()),
            settings,
            epoch,
            links: BTreeMap::new(),
            asked: Vec::new(),
            waiting: Vec::new(),
            journal: 0,
        }
    }

    /// Restores this new object from the last snapshot, if there is one, and the rows of the
    /// journal since. `None` when they are not what this version writes.
    pub fn restore(mut self, snapshot: Option<&[u8]>, journal: &[Vec<u8>]) -> Option<Self> {
        if let Some(snapshot) = snapshot {
            self.load(snapshot)?;
        }
        for row in journal {
            let entries: Vec<Entry> = postcard::from_bytes(row).ok()?;
            for entry in entries {
                let at = Timestamp::from_millis(entry.at);
                self.carry_out(entry.input, at, &mut Vec::new());
            }
            self.journal += row.len();
        }
        Some(self)
    }

    /// Takes an input; adds to `effects` what is to be done, in order. Returns a row for the end of
    /// the journal, if there is one: it is to be stored before anything is done.
    #[must_use]
    pub fn handle(
        &mut self,
        input: Input,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Vec<u8>> {
        let (at, begun) = (now.as_millis(), effects.len());
        self.waiting.push(Entry {
            at,
            input: without_tokens(&input),
        });
        let message = matches!(input, Input::Received { .. });
        let silent = match input {
            Input::Tick | Input::Restored { .. } | Input::Answer { .. } => Silent::Always,
            // Nobody hears of a guild of which no session does.
            Input::Published { .. } if self.core.is_idle(now) => Silent::WhileIdle,
            _ => Silent::Never,
        };
        let told = self.carry_out(input, now, effects);
        let unnoticed = match &effects[begun..] {
            [] => match silent {
                Silent::Always => !told,
                Silent::WhileIdle => !told && self.core.is_idle(now),
                Silent::Never => false,
            },
            [Effect::Send { frame, .. }] => message && matches!(frame, Frame::HeartbeatAck),
            _ => false,
        };
        (!unnoticed || self.waiting.len() > WAITING_MAX).then(|| self.keep())
    }

    /// Bytes of the journal: more than [`JOURNAL_BYTES_MAX`] while something is under way all the
    /// time.
    pub fn journal_bytes(&self) -> usize {
        self.journal
    }

    /// A snapshot, if it is time to store one instead of the journal and nothing is under way.
    #[must_use]
    pub fn compact(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        let due = self.journal > JOURNAL_BYTES_MAX;
        due.then(|| self.take_snapshot(now)).flatten()
    }

    /// The same, whether it is time or not.
    #[must_use]
    pub fn take_snapshot(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        let snapshot = self.snapshot(now)?;
        // From now on it is what it would be if it had just been restored, so both stay the same.
        self.load(&snapshot)?;
        self.waiting.clear();
        self.journal = 0;
        Some(snapshot)
    }

    /// Everything as it is, if nothing is under way that could not be written down.
    pub fn snapshot(&self, now: Timestamp) -> Option<Vec<u8>> {
        if !self.asked.is_empty() {
            return None;
        }
        let links = self.links.iter();
        let saved = ObjectSnapshot {
            format: FORMAT,
            links: links.map(|(other, link)| (*other, link.clone())).collect(),
            core: self.core.save(now)?,
        };
        // Only maps with keys that are not text have no JSON, and nothing saved is one.
        serde_json::to_vec(&saved).ok()
    }

    /// After when a tick does something, if nothing else happens.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        self.core.due(now)
    }

    /// Questions to internal functions without an answer. The host that restored the object asks
    /// them again, or reports a failure to identifying clients ([`Question::cannot_be_repeated`]).
    pub fn unanswered(&self) -> &[Question] {
        &self.asked
    }

    /// Those whom something is to be told.
    pub fn to_tell(&self) -> impl Iterator<Item = Address> {
        let waiting = self.links.iter().filter(|(_, link)| link.is_waiting());
        waiting.map(|(other, _)| *other)
    }

    /// What is to be told to another object now, until it confirms it.
    pub fn envelope(&self, to: Address) -> Option<Envelope> {
        let link = self.links.get(&to).filter(|link| link.is_waiting())?;
        let (meant_for, first, messages) = link.next();
        Some(Envelope {
            from: self.address,
            to,
            epoch: self.epoch,
            meant_for,
            first,
            messages,
        })
    }

    /// What is answered to an envelope that another object sent in its epoch `of`.
    pub fn ack(&self, from: Address, of: Epoch) -> Ack {
        let link = self.links.get(&from).cloned().unwrap_or_default();
        link.ack(self.epoch, of)
    }

    fn load(&mut self, snapshot: &[u8]) -> Option<()> {
        let saved: ObjectSnapshot = serde_json::from_slice(snapshot).ok()?;
        if saved.format != FORMAT {
            return None;
        }
        self.core = Core::restore(self.address, self.settings.clone(), saved.core)?;
        self.links = saved.links.into_iter().collect();
        Some(())
    }

    fn keep(&mut self) -> Vec<u8> {
        // Nothing of an entry can fail to be written.
        let row = postcard::to_stdvec(&self.waiting).unwrap_or_default();
        self.waiting.clear();
        self.journal += row.len();
        row
    }

    /// Handles an input. Says whether another object is to be told something.
    fn carry_out(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let mut done = Done::default();
        if let Input::Answered { question, .. } = &input {
            self.asked.retain(|asked| !asked.is(question));
        }
        match input {
            Input::Told(envelope) => self.told(envelope, now, &mut done),
            Input::Answer { from, ack } if ack.of == self.epoch => {
                let link = self.links.entry(from).or_default();
                if link.meet(ack.epoch) {
                    self.core.forgotten_by(from, now, &mut done);
                }
                self.links.entry(from).or_default().confirm(ack);
            }
            input => {
                if let Some(input) = heard(input) {
                    self.core.hear(input, now, &mut done);
                }
            }
        }
        for effect in &done.effects {
            match effect {
                // Nobody waits for an answer to that.
                Effect::Ask(Question::SessionsEnded(_)) => {}
                Effect::Ask(question) => self.asked.push(question.clone()),
                _ => {}
            }
        }
        effects.extend(done.effects);
        let told = !done.told.is_empty();
        for (other, message) in done.told {
            self.links.entry(other).or_default().push(message);
        }
        told
    }

    fn told(&mut self, envelope: Envelope, now: Timestamp, done: &mut Done) {
        let from = envelope.from;
        let link = self.links.entry(from).or_default();
        if link.meet(envelope.epoch) {
            self.core.forgotten_by(from, now, done);
        }
        let link = self.links.entry(from).or_default();
        for message in link.take(envelope, self.epoch) {
            self.core.told(from, &message, now, done);
        }
    }
}
