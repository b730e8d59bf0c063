//! Whom a request counts for, and which object it is about, as they were meant: what can be written
//! in several ways is read first. A host that counts before it calls a function and a function that
//! has its call counted both ask here.

use std::borrow::Cow;
use std::net::IpAddr;

use model::Id;
use model::id::marker;
use sha2::{Digest, Sha256};

use crate::address;

/// Names of the path's parts that are counted apart, the first that a path has.
const MAJOR: [&str; 3] = ["channel_id", "guild_id", "webhook_id"];

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// All callers at this address: requests that need no token, or have none.
    Address(Option<IpAddr>),
    /// The user of the token with this hash.
    Token(Vec<u8>),
    /// The same, where it is known that the token was not proven to be one: all that comes of it is
    /// counted apart, and its buckets are among those of its address.
    Unproven(Vec<u8>, IpAddr),
    /// The account of a token that was proven.
    Account(Id<marker::User>),
}

impl Caller {
    /// The number in [`Key::principal`]. Without the secret nobody finds another caller with the
    /// same one. Its upper half is the same for those who share what the limiter remembers.
    pub fn principal(&self, secret: &str) -> u64 {
        let secret = secret.as_bytes();
        match self {
            Self::Address(None) => number(&[secret, b"nobody"]),
            Self::Address(Some(client)) => {
                let network = address::network(*client).to_string();
                below(
                    site(secret, *client),
                    &[secret, b"network", network.as_bytes()],
                )
            }
            Self::Token(hash) => number(&[secret, b"token", hash]),
            Self::Unproven(hash, client) => below(site(secret, *client), &[secret, b"token", hash]),
            Self::Account(id) => number(&[secret, b"account", &id.get().to_be_bytes()]),
        }
    }
}

fn site(secret: &[u8], client: IpAddr) -> u64 {
    let site = address::site(client).to_string();
    number(&[secret, b"site", site.as_bytes()])
}

fn below(source: u64, texts: &[&[u8]]) -> u64 {
    (source & !u64::from(u32::MAX)) | (number(texts) >> 32)
}

/// A number that nobody finds another text for.
pub(super) fn number(texts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    let hash = hash.finalize();
    let first = hash.iter().take(8);
    first.fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The object for [`Key::major`]: the id in the first part of the path that is counted apart, by
/// what `part` finds, without percent-encoding. What is no id names no object, and 0 is for none.
pub fn major<'a>(part: impl Fn(&str) -> Option<Cow<'a, str>>) -> u64 {
    let text = MAJOR.iter().find_map(|name| part(name));
    let id = text.and_then(|text| text.parse::<Id<marker::Generic>>().ok());
    id.map_or(0, Id::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Caller {
        Caller::Address(address.parse().ok())
    }

    #[test]
    fn a_network_is_one_caller_and_a_site_shares_what_is_remembered() {
        let principal = |caller: &Caller| caller.principal("secret");
        let (one, same) = (at("2001:db8:1:2::3"), at("2001:db8:1:2:ffff::4"));
        assert_eq!(principal(&one), principal(&same));
        let (near, far) = (at("2001:db8:1:3::3"), at("2001:db8:2:2::3"));
        assert_ne!(principal(&one), principal(&near));
        assert_eq!(principal(&one) >> 32, principal(&near) >> 32);
        assert_ne!(principal(&one) >> 32, principal(&far) >> 32);
        let made_up = Caller::Unproven(vec![1], "2001:db8:1:9::1".parse().unwrap());
        assert_eq!(principal(&one) >> 32, principal(&made_up) >> 32);
        assert_ne!(principal(&one), one.principal("other"));
    }

    #[test]
    fn an_object_is_its_id() {
        let of = |text: &'static str| major(|name| (name == "guild_id").then(|| text.into()));
        assert_eq!(of("4611686018427387905"), 4_611_686_018_427_387_905);
        for no_id in ["04611686018427387905", "%34", "@me", ""] {
            assert_eq!(of(no_id), 0, "{no_id}");
        }
        assert_eq!(major(|_| None), 0);
    }
}
