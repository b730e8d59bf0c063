//! Messages from one object to another: each is taken once and in its order, whatever is evicted,
//! lost or repeated in between.
//!
//! The sender numbers its messages and keeps them until the receiver confirms them; the receiver
//! takes the one that follows the last. Both are in the journals of the two. An object that could
//! not be restored begins a new epoch, of which its partners learn with the next thing they hear
//! from it: then what was meant for the epoch before is void, and so is what was built on it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Address;
use crate::snapshot::FORMAT;

/// When an object began with nothing, in milliseconds. Later epochs of one object are greater.
pub type Epoch = u64;

/// Bytes of messages after which an envelope is closed.
const ENVELOPE_BYTES_MAX: usize = 4 << 20;

/// Some messages on their way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope {
    /// Who tells.
    pub from: Address,
    /// Who is told.
    pub to: Address,
    /// The epoch of who tells.
    pub epoch: Epoch,
    /// The epoch of who is told for which the messages are meant; 0 if none is known, and then
    /// there are no messages.
    pub meant_for: Epoch,
    /// The number of the first message.
    pub first: u64,
    /// The messages, as JSON.
    pub messages: Vec<String>,
}

/// What came of an [`Envelope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The epoch of who was told.
    pub epoch: Epoch,
    /// The epoch of who told.
    pub of: Epoch,
    /// The number of the last message that was taken.
    pub received: u64,
}

impl Envelope {
    /// As it travels.
    pub fn write(&self) -> Vec<u8> {
        // Nothing of an envelope can fail to be written.
        postcard::to_stdvec(&(FORMAT, self)).unwrap_or_default()
    }

    /// What travelled; `None` when another version wrote it.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (format, rest) = postcard::take_from_bytes::<u32>(bytes).ok()?;
        (format == FORMAT).then(|| postcard::from_bytes(rest).ok())?
    }
}

impl Ack {
    /// As it travels.
    pub fn write(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// What travelled.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// What an object knows of another with which it talks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The other's epoch; 0 before it was heard of.
    other: Epoch,
    /// The number of the first message that is not confirmed, or would be the next.
    first: u64,
    /// Messages that are not confirmed.
    unconfirmed: VecDeque<String>,
    /// The number of the last message that was taken.
    received: u64,
}

impl Default for Link {
    fn default() -> Self {
        Self::with(0)
    }
}

impl Link {
    fn with(other: Epoch) -> Self {
        Self {
            other,
            first: 1,
            unconfirmed: VecDeque::new(),
            received: 0,
        }
    }

    /// Whether there is something to tell.
    pub fn is_waiting(&self) -> bool {
        !self.unconfirmed.is_empty()
    }

    /// Adds a message.
    pub fn push(&mut self, message: String) {
        self.unconfirmed.push_back(message);
    }

    /// The number of the first message that is to be told, and messages; none before the other was
    /// heard of, since who is born again must not take what was said before.
    pub fn next(&self) -> (Epoch, u64, Vec<String>) {
        let mut room = ENVELOPE_BYTES_MAX;
        let fits = |message: &&String| {
            let fits = room > 0;
            room = room.saturating_sub(message.len());
            fits
        };
        let known = self.unconfirmed.iter().filter(|_| self.other != 0);
        let messages = known.take_while(fits).cloned().collect();
        (self.other, self.first, messages)
    }

    /// Notes the other's epoch. Says whether it is another than the one that was known: what was
    /// agreed with that one is void.
    pub fn meet(&mut self, epoch: Epoch) -> bool {
        if epoch <= self.other {
            return false;
        }
        match std::mem::replace(&mut self.other, epoch) {
            0 => false,
            _ => {
                *self = Self::with(epoch);
                true
            }
        }
    }

    /// Takes those messages that are meant for this `epoch` and that were not taken before.
    pub fn take(&mut self, envelope: Envelope, epoch: Epoch) -> Vec<String> {
        if envelope.meant_for != epoch || envelope.epoch != self.other {
            return Vec::new();
        }
        let numbered = (envelope.first..).zip(envelope.messages);
        let new: Vec<_> = numbered
            .filter(|(number, _)| *number > self.received)
            .collect();
        // One that does not follow was sent before what came between them was void.
        if new
            .first()
            .is_some_and(|(number, _)| *number != self.received + 1)
        {
            return Vec::new();
        }
        self.received += new.len() as u64;
        new.into_iter().map(|(_, message)| message).collect()
    }

    /// What is answered to an envelope of the other's epoch `of`.
    pub fn ack(&self, epoch: Epoch, of: Epoch) -> Ack {
        Ack {
            epoch,
            of,
            received: if of == self.other { self.received } else { 0 },
        }
    }

    /// Forgets what the other confirms.
    pub fn confirm(&mut self, ack: Ack) {
        while ack.epoch == self.other
            && self.first <= ack.received
            && self.unconfirmed.pop_front().is_some()
        {
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two objects, their epochs, and the messages that the second took.
    struct Two {
        epochs: [Epoch; 2],
        links: [Link; 2],
        taken: Vec<String>,
    }

    impl Two {
        fn new() -> Self {
            Self {
                epochs: [1, 2],
                links: Default::default(),
                taken: Vec::new(),
            }
        }

        fn envelope(&self) -> Envelope {
            let (meant_for, first, messages) = self.links[0].next();
            let (from, to) = (Address::Sessions, Address::Sessions);
            let epoch = self.epochs[0];
            Envelope {
                from,
                to,
                epoch,
                meant_for,
                first,
                messages,
            }
        }

        fn deliver(&mut self, envelope: Envelope) -> Ack {
            let (epoch, of) = (self.epochs[1], envelope.epoch);
            self.links[1].meet(of);
            self.taken.extend(self.links[1].take(envelope, epoch));
            self.links[1].ack(epoch, of)
        }

        fn confirm(&mut self, ack: Ack) -> bool {
            let void = self.links[0].meet(ack.epoch);
            self.links[0].confirm(ack);
            void
        }

        fn tell(&mut self) -> bool {
            let ack = self.deliver(self.envelope());
            self.confirm(ack)
        }
    }

    #[test]
    fn messages_wait_until_the_other_is_known() {
        let mut two = Two::new();
        two.links[0].push("a".to_owned());
        assert!(two.envelope().messages.is_empty());
        two.tell();
        assert!(two.links[0].is_waiting() && two.taken.is_empty());
        two.tell();
        assert_eq!(two.taken, ["a"]);
        assert!(!two.links[0].is_waiting());
    }

    #[test]
    fn repeated_messages_are_taken_once() {
        let mut two = Two::new();
        two.tell();
        two.links[0].push("a".to_owned());
        let early = two.envelope();
        two.deliver(early.clone());
        two.links[0].push("b".to_owned());
        two.deliver(early.clone());
        two.tell();
        two.deliver(early);
        assert_eq!(two.taken, ["a", "b"]);
    }

    #[test]
    fn nothing_is_taken_that_was_meant_for_another_epoch() {
        let mut two = Two::new();
        two.tell();
        two.links[0].push("a".to_owned());
        let old = two.envelope();
        (two.epochs[1], two.links[1]) = (9, Link::default());
        let ack = two.deliver(old.clone());
        assert!(two.taken.is_empty());
        assert!(two.confirm(ack), "what was agreed is void");
        assert!(!two.links[0].is_waiting());
        two.links[0].push("b".to_owned());
        two.deliver(old);
        assert!(!two.tell());
        assert_eq!(two.taken, ["b"]);
    }

    #[test]
    fn a_new_epoch_begins_with_the_first_number() {
        let mut two = Two::new();
        two.tell();
        two.links[0].push("a".to_owned());
        two.tell();
        (two.epochs[0], two.links[0]) = (5, Link::default());
        two.links[0].push("b".to_owned());
        two.tell();
        two.tell();
        assert_eq!(two.taken, ["a", "b"]);
    }

    #[test]
    fn an_envelope_of_another_version_is_not_read() {
        let envelope = Two::new().envelope();
        let mut bytes = envelope.write();
        assert!(Envelope::read(&bytes).is_some());
        bytes[0] += 1;
        assert!(Envelope::read(&bytes).is_none());
    }
}
