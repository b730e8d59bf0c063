//! The paths of internal requests. Those that functions answer are paths of `at internal` in their
//! `function!`; those that a host or the gateway answers itself stand here alone.

use crate::Id;
use crate::id::marker;

/// What every internal path begins with.
pub const PREFIX: &str = "/internal/v1";

macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident $path:literal)*) => {
        $($(#[$doc])* pub const $name: &str = concat!("/internal/v1", $path);)*
    };
}

paths! {
    /// A function: who has a token, and what their session begins with.
    IDENTIFY "/identify"
    /// A function: events that wait for the gateway.
    OUTBOX "/outbox"
    /// A function: work whose time has come.
    JOBS_RUN "/jobs/run"
    /// The gateway: events are to be read now.
    PUBLISH "/publish"
    /// The gateway, on Workers: events, from one of its objects to another.
    TELL "/tell"
    /// The gateway: counts a request against its rate limits.
    ADMIT "/admit"
}

/// A function: a guild as it is now.
pub fn guild(guild: Id<marker::Guild>) -> String {
    format!("{PREFIX}/guilds/{guild}")
}

/// A function: members of a guild.
pub fn members(guild: Id<marker::Guild>) -> String {
    format!("{PREFIX}/guilds/{guild}/members")
}

/// A function: all sessions of a user have ended.
pub fn sessions_ended(user: Id<marker::User>) -> String {
    format!("{PREFIX}/users/{user}/sessions-ended")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_the_prefix() {
        for path in [IDENTIFY, OUTBOX, JOBS_RUN, PUBLISH, TELL, ADMIT] {
            assert!(path.starts_with(PREFIX), "{path}");
        }
        assert_eq!(guild(Id::new(7)), "/internal/v1/guilds/7");
    }
}
