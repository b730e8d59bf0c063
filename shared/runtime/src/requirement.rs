//! What an operation requires of its caller, always and depending on the request: declared, so that
//! the documentation says it and the access test tries it.

use model::{Code, Permissions};

use crate::{Error, Result};

/// What an operation requires of its caller: for documentation and the access test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing.
    Anyone,
    /// A valid token.
    Caller,
    /// A valid token of a person.
    Human,
    /// A valid token of a bot.
    Bot,
    /// A valid token of somebody who runs the instance.
    Operator,
    /// Ownership of the guild that the path names.
    OwnsGuild,
    /// Membership and these permissions in the guild that the path names.
    InGuild(u64),
    /// These permissions in the channel that the path names.
    InChannel(u64),
    /// A call of the gateway or of a timer.
    Internal,
}

/// Permissions that a caller needs when the request is of a certain kind.
///
/// See [Discord Docs/Permissions](https://discord.com/developers/docs/topics/permissions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionalRequirement {
    /// Sets of permissions. One of them is enough.
    pub any_of: &'static [u64],
    /// When they are needed, as the end of a sentence: `when roles change`.
    pub when: &'static str,
}

impl ConditionalRequirement {
    /// All permissions that it names.
    pub fn named(self) -> u64 {
        self.any_of.iter().fold(0, |all, one| all | one)
    }

    /// As the manifest and the description of operations have it: permissions by name.
    #[cfg(not(target_family = "wasm"))]
    pub fn to_json(self) -> serde_json::Value {
        let names = |bits: &u64| {
            let set = Permissions::from_bits_retain(*bits);
            set.iter_names().map(|(name, _)| name).collect::<Vec<_>>()
        };
        let any_of: Vec<_> = self.any_of.iter().map(names).collect();
        serde_json::json!({ "any_of": any_of, "when": self.when })
    }
}

/// Nothing, when one of several requires is met. Otherwise whoever holds what one of them asks, and
/// lacks the second factor that their guild wants, is told that.
///
/// # Errors
/// [`Code::MissingPermissions`], [`Code::MfaRequired`].
pub fn one_of<const N: usize>(requires: [Result<()>; N]) -> Result<()> {
    let mut refusal = Code::MissingPermissions;
    for requirement in requires {
        match requirement {
            Ok(()) => return Ok(()),
            Err(Error::Api(Code::MfaRequired)) => refusal = Code::MfaRequired,
            Err(Error::Api(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(refusal.into())
}

/// All permissions that an operation may require.
///
/// A handler that requires another one has a bug in its declaration, not in its answer: tests fail,
/// and a released function requires it all the same.
#[derive(Debug, Clone, Copy)]
pub struct Declared(u64);

impl Declared {
    /// No operation, so no requirement.
    pub const NOTHING: Self = Self(0);

    /// What an operation declares: what its handler's access requires, and when it requires more.
    pub fn new(access: Requirement, requires: &[ConditionalRequirement]) -> Self {
        let always = match access {
            Requirement::InGuild(bits) | Requirement::InChannel(bits) => bits,
            _ => 0,
        };
        let requires = requires.iter();
        Self(requires.fold(always, |all, requirement| all | requirement.named()))
    }

    /// [`Code::MissingPermissions`] unless `held` has all that is needed.
    ///
    /// # Errors
    /// That code.
    ///
    /// # Panics
    /// In tests, when the operation does not declare what is needed.
    pub fn require(self, held: Permissions, needed: u64) -> Result<()> {
        let undeclared = Permissions::from_bits_retain(needed & !self.0);
        debug_assert!(
            undeclared.is_empty(),
            "the operation's declaration lacks `requires {undeclared:?} when …`"
        );
        match held.allows(Permissions::from_bits_retain(needed)) {
            true => Ok(()),
            false => Err(Code::MissingPermissions.into()),
        }
    }
}
