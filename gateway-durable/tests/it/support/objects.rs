//! The gateway as Durable Objects: each can be evicted between any two inputs, and what they tell
//! each other is lost, late or repeated on its way.

use std::collections::{BTreeMap, VecDeque};

use gateway_durable::SocketId;
use gateway_durable::durable::link::{Ack, Envelope};
use gateway_durable::durable::{self, Address, Durable};
use gateway_durable::encoding::Encoding;
use gateway_durable::guild::LoadError;
use gateway_durable::hub::Question;
use gateway_durable::hub::{Effect, Input};
use gateway_durable::registry::{self, IdentifyError};
use model::gateway::internal::MembersRequest;
use model::{Code, Event, Timestamp};
use serde::Serialize;

use super::settings;

/// An object and what is stored of it.
#[derive(Debug)]
struct Object {
    address: Address,
    epoch: u64,
    durable: Durable,
    snapshot: Option<Vec<u8>>,
    journal: Vec<Vec<u8>>,
    /// Whether the last input was stored.
    stored: bool,
}

impl Object {
    fn new(address: Address, epoch: u64) -> Self {
        Self {
            address,
            epoch,
            durable: Durable::new(address, settings(), epoch),
            snapshot: None,
            journal: Vec::new(),
            stored: true,
        }
    }

    fn handle(&mut self, input: durable::Input, now: Timestamp, effects: &mut Vec<Effect>) {
        let is_tick = matches!(input, durable::Input::Tick);
        let due = self.durable.due(now);
        let row = self.durable.handle(input, now, effects);
        if is_tick && row.is_some() {
            assert!(
                due.is_some_and(|due| due <= now),
                "a host knows when to tick: {effects:?}"
            );
        }
        self.stored = row.is_some();
        self.journal.extend(row);
    }

    /// The memory is gone, and is made again of what was stored: of all that anybody noticed.
    fn evict(&mut self, compact: bool, now: Timestamp) {
        if compact && let Some(snapshot) = self.durable.take_snapshot(now) {
            self.snapshot = Some(snapshot);
            self.journal.clear();
            self.stored = true;
        }
        let new = Durable::new(self.address, settings(), self.epoch);
        let restored = new.restore(self.snapshot.as_deref(), &self.journal);
        let restored = restored.expect("what was stored can be read");
        if self.stored {
            let text = |it: &Durable| it.snapshot(now).map(|it| String::from_utf8(it).unwrap());
            assert_eq!(
                text(&self.durable),
                text(&restored),
                "the same inputs make the same state"
            );
        }
        assert_eq!(
            names(self.durable.unanswered()),
            names(restored.unanswered()),
            "what was asked is known"
        );
        self.durable = restored;
        self.stored = true;
    }
}

/// What is on its way between two objects.
#[derive(Debug, Clone)]
enum Parcel {
    Envelope(Envelope),
    Answer {
        to: Address,
        from: Address,
        ack: Ack,
    },
}

/// All objects.
#[derive(Debug)]
pub struct Objects {
    objects: BTreeMap<Address, Object>,
    /// Events up to this number were published.
    published: u64,
    /// Whether what they tell each other takes its time.
    pub lag: bool,
    wire: VecDeque<Parcel>,
    /// Something that arrived and arrives once more.
    again: Option<Parcel>,
    epochs: u64,
    dice: u64,
}

impl Objects {
    pub fn new(lag: bool) -> Self {
        Self {
            objects: BTreeMap::new(),
            published: 0,
            lag,
            wire: VecDeque::new(),
            again: None,
            epochs: 0,
            dice: 0,
        }
    }

    /// Gives an input to whom it is for, and lets the objects talk.
    pub fn input(&mut self, input: Input, now: Timestamp, effects: &mut Vec<Effect>) {
        match input {
            Input::Published { first, events } => {
                for (number, event) in (first..).zip(events) {
                    if number >= self.published {
                        self.published = number + 1;
                        self.publish(event, now, effects);
                    }
                }
                self.carry(now, effects);
            }
            Input::Registry(registry::Input::Tick) => {
                let all: Vec<Address> = self.objects.keys().copied().rev().collect();
                for address in all {
                    self.hear(address, durable::Input::Tick, now, effects);
                }
            }
            input => {
                let (address, input) = heard(input);
                self.hear(address, input, now, effects);
            }
        }
    }

    fn publish(&mut self, event: Event, now: Timestamp, effects: &mut Vec<Effect>) {
        let guild = event.audience.guild();
        let address = guild.map_or(Address::Sessions, Address::Guild);
        let events = vec![event];
        let input = durable::Input::Published { events };
        self.object(address).handle(input, now, effects);
    }

    /// Gives an input to an object, and lets the objects talk.
    pub fn hear(
        &mut self,
        address: Address,
        input: durable::Input,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.object(address).handle(input, now, effects);
        self.carry(now, effects);
    }

    fn carry(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if !self.lag {
            self.carry_all(now, effects);
        } else if self.roll(2) == 0 {
            self.carry_one(now, effects);
        }
    }

    /// Everything that is on its way arrives.
    pub fn carry_all(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        while self.carry_one(now, effects) {}
    }

    /// Something arrives, or gets lost. `false` when nobody has anything to tell.
    fn carry_one(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        if self.wire.is_empty() {
            let objects = self.objects.values();
            let envelopes = objects.flat_map(|object| {
                let durable = &object.durable;
                durable.to_tell().filter_map(|to| durable.envelope(to))
            });
            self.wire.extend(envelopes.map(Parcel::Envelope));
        }
        let Some(parcel) = self.wire.pop_front() else {
            return false;
        };
        match self.roll(12) {
            0 => return true,
            1 => self.again = Some(parcel.clone()),
            2 => self.wire.extend(self.again.take()),
            _ => {}
        }
        match parcel {
            Parcel::Envelope(envelope) => {
                let envelope = Envelope::read(&envelope.write()).expect("it can be read");
                let (from, to, of) = (envelope.from, envelope.to, envelope.epoch);
                let object = self.object(to);
                object.handle(durable::Input::Told(envelope), now, effects);
                let ack = object.durable.ack(from, of);
                self.wire.push_back(Parcel::Answer {
                    to: from,
                    from: to,
                    ack,
                });
            }
            Parcel::Answer { to, from, ack } => {
                let input = durable::Input::Answer { from, ack };
                self.object(to).handle(input, now, effects);
            }
        }
        true
    }

    /// Puts objects away: all of them, or some.
    pub fn evict(&mut self, compact: bool, all: bool, now: Timestamp) {
        let addresses: Vec<Address> = self.objects.keys().copied().collect();
        for address in addresses {
            if all || self.roll(2) == 0 {
                self.object(address).evict(compact, now);
            }
        }
    }

    /// Whether nothing happens by itself any more.
    pub fn are_at_rest(&self, now: Timestamp) -> bool {
        self.objects.values().all(|object| {
            let durable = &object.durable;
            durable.due(now).is_none() && durable.to_tell().next().is_none()
        })
    }

    /// An object cannot be restored, and begins a new epoch.
    pub fn forget(&mut self, address: Address) {
        self.objects.remove(&address);
    }

    fn object(&mut self, address: Address) -> &mut Object {
        self.epochs += 1;
        let epoch = self.epochs;
        let new = || Object::new(address, epoch);
        self.objects.entry(address).or_insert_with(new)
    }

    /// A number that looks random and repeats.
    fn roll(&mut self, below: u64) -> u64 {
        let next = self.dice.wrapping_mul(6_364_136_223_846_793_005);
        self.dice = next.wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % below
    }
}

fn names(questions: &[Question]) -> Vec<String> {
    let path = |question: &Question| match question {
        Question::Identify { socket, .. } => format!("{socket:?}"),
        other => format!("{other:?}"),
    };
    questions.iter().map(path).collect()
}

/// The input as a host gives it, and to which object.
fn heard(input: Input) -> (Address, durable::Input) {
    match input {
        Input::GuildLoaded { guild, result } => {
            let result = result.map_err(|error| match error {
                LoadError::Gone => Code::NotFound.status(),
                LoadError::Failed => 500,
            });
            let answer = answered(Question::Guild(guild), result);
            (Address::Guild(guild), answer)
        }
        Input::MembersLoaded {
            guild,
            request,
            page,
        } => {
            let body = MembersRequest::default();
            let question = Question::Members {
                guild,
                request,
                body,
            };
            (Address::Guild(guild), answered(question, page.ok_or(500)))
        }
        Input::Registry(input) => (Address::Sessions, of_sessions(input)),
        other @ Input::Published { .. } => panic!("no host gives {other:?}"),
    }
}

fn of_sessions(input: registry::Input) -> durable::Input {
    match input {
        registry::Input::Identified { socket, result } => {
            let question = Question::Identify {
                socket,
                token: String::new(),
                counts: false,
            };
            let result = result.map_err(|error| match error {
                IdentifyError::Unauthorized => 401,
                IdentifyError::Failed => 500,
            });
            answered(question, result)
        }
        registry::Input::Opened {
            socket,
            transport,
            session_id,
        } => durable::Input::Opened {
            socket,
            transport,
            session_id,
        },
        registry::Input::Closed { socket, code } => durable::Input::Closed { socket, code },
        other => panic!("no host gives {other:?}"),
    }
}

/// What a client sent.
pub fn received(socket: SocketId, text: &str) -> durable::Input {
    durable::Input::received(socket, Encoding::Json, text.as_bytes())
}

fn answered(question: Question, result: Result<impl Serialize, u16>) -> durable::Input {
    let (status, body) = match result {
        Ok(body) => (200, serde_json::to_vec(&body).unwrap()),
        Err(status) => (status, Vec::new()),
    };
    durable::Input::Answered {
        question,
        status,
        body,
    }
}
