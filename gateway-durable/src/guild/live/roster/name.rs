//! What tells member lists apart.
//!
//! Channels that the same members see share a list. Clients compute its id themselves, from the
//! overwrites of a channel, so it must be exactly what they expect: `everyone` where `@everyone`
//! sees the channel, else the 32-bit MurmurHash3 of the overwrites that allow or deny to see it.
//!
//! See [Lazy Guilds](https://luna.gitlab.io/discord-unofficial-docs/docs/lazy_guilds/).

use model::permissions::{Overwrite, OverwriteKind};
use model::{Id, Permissions};

use crate::guild::state::State;

/// The name of a list: what its id is the hash of. Two lists never share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// Of channels that `@everyone` sees: it has every member.
    Everyone,
    /// Of channels with these overwrites: it has those members who see them.
    Overwrites(String),
}

impl Name {
    /// The name of the list of a channel with these overwrites.
    pub fn of(state: &State, overwrites: &[Overwrite]) -> Self {
        let everyone = state.guild.id.cast();
        let own = |o: &&Overwrite| o.kind == OverwriteKind::Role && o.id == everyone;
        let base = state.roles.get(&everyone.cast());
        let base = base.map_or(Permissions::empty(), |role| role.permissions);
        let seen = match overwrites.iter().find(own) {
            _ if base.contains(Permissions::ADMINISTRATOR) => true,
            Some(o) if o.allow.contains(Permissions::VIEW_CHANNEL) => true,
            Some(o) if o.deny.contains(Permissions::VIEW_CHANNEL) => false,
            _ => base.contains(Permissions::VIEW_CHANNEL),
        };
        if seen {
            return Self::Everyone;
        }
        let mut parts: Vec<String> = overwrites.iter().filter_map(part).collect();
        parts.sort();
        Self::Overwrites(parts.join(","))
    }

    /// The list's `id` on the wire.
    pub fn id(&self) -> String {
        match self {
            Self::Everyone => "everyone".to_owned(),
            // Reading from memory cannot fail.
            Self::Overwrites(text) => murmur3::murmur3_32(&mut text.as_bytes(), 0)
                .unwrap_or_default()
                .to_string(),
        }
    }
}

/// An overwrite in a name, if it is about seeing the channel.
fn part(overwrite: &Overwrite) -> Option<String> {
    let id: Id<_> = overwrite.id;
    if overwrite.allow.contains(Permissions::VIEW_CHANNEL) {
        Some(format!("allow:{id}"))
    } else if overwrite.deny.contains(Permissions::VIEW_CHANNEL) {
        Some(format!("deny:{id}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_clients_compute() {
        assert_eq!(Name::Everyone.id(), "everyone");
        // MurmurHash3 with the seed 0, as Discord's client uses it.
        for (text, id) in [("", "0"), ("hello", "613153351")] {
            assert_eq!(Name::Overwrites(text.to_owned()).id(), id, "{text}");
        }
    }
}
