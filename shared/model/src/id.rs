//! Snowflakes that know what they identify.
//!
//! See [Discord Docs/Snowflakes](https://discord.com/developers/docs/reference#snowflakes).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

/// The first millisecond of 2015, where Discord's snowflakes begin.
pub const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

/// Bits below the time. They are random here: no worker needs a number, and a key conflict makes
/// the batch be tried again with another id.
pub const RANDOM_BITS: u32 = 22;

/// The greatest id: SQLite's integers are signed.
const ID_MAX: u64 = i64::MAX as u64;

/// The last millisecond that an id can tell, since [`DISCORD_EPOCH_MS`].
const MS_MAX: i64 = (ID_MAX >> RANDOM_BITS) as i64;

/// What an [`Id`] may identify.
pub mod marker {
    macro_rules! markers {
        ($($(#[$doc:meta])* $name:ident)*) => {
            $($(#[$doc])* #[derive(Debug, Clone, Copy)] pub enum $name {})*
        };
    }

    markers! {
        /// An application (its bot user has the same number).
        Application
        /// An uploaded file of a message.
        Attachment
        /// An entry of a guild's audit log.
        AuditLogEntry
        /// A channel, thread, category or private conversation.
        Channel
        /// A custom emoji.
        Emoji
        /// Anything: for columns and targets whose kind another field tells.
        Generic
        /// A guild.
        Guild
        /// A message.
        Message
        /// A role.
        Role
        /// A sticker.
        Sticker
        /// A user or bot user.
        User
        /// A webhook.
        Webhook
    }
}

/// A snowflake: 42 bits of milliseconds since [`DISCORD_EPOCH_MS`], then [`RANDOM_BITS`] bits.
///
/// On the wire a decimal string; numbers are accepted too. Ids of different markers do not compare
/// or convert except through [`Id::cast`].
pub struct Id<T> {
    value: u64,
    marker: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The id with this number.
    pub const fn new(value: u64) -> Self {
        Self {
            value,
            marker: PhantomData,
        }
    }

    /// An id made at `now` with the low [`RANDOM_BITS`] bits of `random`. Of a clock that is set
    /// before [`DISCORD_EPOCH_MS`] or after the year 2084 the nearest time is taken that an id can
    /// tell.
    pub const fn generate(now: Timestamp, random: u32) -> Self {
        let since = now.as_millis().saturating_sub(DISCORD_EPOCH_MS);
        let ms = match since {
            ..=0 => 0,
            MS_MAX.. => MS_MAX as u64,
            _ => since as u64,
        };
        Self::new((ms << RANDOM_BITS) | (random as u64 & ((1 << RANDOM_BITS) - 1)))
    }

    /// The id that is `step` after this one, for what must follow it. The greatest id follows
    /// itself.
    pub const fn plus(self, step: u32) -> Self {
        let next = self.value.saturating_add(step as u64);
        Self::new(if next > ID_MAX { ID_MAX } else { next })
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.value
    }

    /// The number as SQLite stores it. Ids use 63 bits until the year 2084.
    pub const fn sql(self) -> i64 {
        self.value as i64
    }

    /// When the id was made.
    pub const fn created_at(self) -> Timestamp {
        Timestamp::from_millis((self.value >> RANDOM_BITS) as i64 + DISCORD_EPOCH_MS)
    }

    /// The same number as another kind of id, where Discord defines it so: a guild's id is its
    /// `@everyone` role's id.
    pub const fn cast<U>(self) -> Id<U> {
        Id::new(self.value)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// The text is not a snowflake: digits that make a number up to 2^63 - 1, without zeros before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotASnowflake;

impl fmt::Display for NotASnowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a snowflake")
    }
}

impl std::error::Error for NotASnowflake {}

impl<T> FromStr for Id<T> {
    type Err = NotASnowflake;

    /// Each id has one spelling, as in Discord's specification (`SnowflakeType`), so that whoever
    /// compares texts and whoever compares numbers agree.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_shortest = text == "0" || !text.starts_with('0');
        match text.parse::<i64>() {
            Ok(value) if digits && is_shortest => Ok(Self::new(value as u64)),
            _ => Err(NotASnowflake),
        }
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.value)
        } else {
            serializer.serialize_u64(self.value)
        }
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Self::new);
        }
        struct Visitor<T>(PhantomData<T>);
        impl<T> serde::de::Visitor<'_> for Visitor<T> {
            type Value = Id<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a snowflake")
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Id<T>, E> {
                Ok(Id::new(value))
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Id<T>, E> {
                u64::try_from(value).map(Id::new).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Id<T>, E> {
                value.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_the_time_it_was_made() {
        let now = Timestamp::from_millis(1_763_800_000_123);
        let id = Id::<marker::User>::generate(now, u32::MAX);
        assert_eq!(id.created_at(), now);
        assert_eq!(id.get() & 0x3f_ffff, 0x3f_ffff);
    }

    #[test]
    fn only_decimal_numbers_are_ids() {
        for text in [
            "",
            "-1",
            "-0",
            "+1",
            "1a",
            " 1",
            "9223372036854775808",
            "01",
            "00",
            "１",
        ] {
            assert!(text.parse::<Id<marker::User>>().is_err(), "{text:?}");
        }
        // Nothing has it, but clients page from it and number what they create by it.
        assert_eq!("0".parse::<Id<marker::User>>().unwrap().get(), 0);
        let largest: Id<marker::User> = "9223372036854775807".parse().unwrap();
        assert_eq!(largest.sql(), i64::MAX);
    }

    #[test]
    fn json_has_strings_and_accepts_numbers() {
        let id: Id<marker::User> = serde_json::from_str("4611686018427387905").unwrap();
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            "\"4611686018427387905\""
        );
    }
}
