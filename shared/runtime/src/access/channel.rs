//! Who sees the channel that a path names.

use model::channel::{Channel, kind};
use model::id::marker;
use model::{Code, Id, Permissions};

use super::caller::{Caller, caller, credentials, session};
use super::{Access, Declared, Membership, Place, Requirement};
use crate::{Cx, Request, Result};

/// Somebody who sees the channel that the path's `channel_id` names, with all of `P` in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InChannel<const P: u64 = 0> {
    /// The caller.
    pub caller: Caller,
    /// The channel. Of a private conversation the recipients are those besides the caller; a thread
    /// has the caller's own member of it, if they joined.
    pub channel: Channel,
    /// The caller's place in the channel's guild; `None` in a private conversation.
    pub membership: Option<Membership>,
    /// What the caller may do in the channel.
    pub permissions: Permissions,
    declared: Declared,
}

impl<const P: u64> InChannel<P> {
    /// [`Code::MissingPermissions`] unless the caller holds these in the channel, and
    /// [`Code::MfaRequired`] where they are moderators' and the guild wants a second factor.
    ///
    /// # Errors
    /// Those codes.
    pub fn require(&self, needed: u64) -> Result<()> {
        self.declared.require(self.permissions, needed)?;
        self.require_second_factor(needed)
    }

    /// [`Code::MfaRequired`] where these are moderators' and the guild wants a second factor: for
    /// permissions that an operation does not require but that let it do more.
    ///
    /// # Errors
    /// That code.
    pub fn require_second_factor(&self, needed: u64) -> Result<()> {
        match &self.membership {
            Some(membership) => membership.require_second_factor(needed),
            None => Ok(()),
        }
    }

    /// Whether the caller holds these in the channel.
    pub fn allows(&self, needed: u64) -> bool {
        self.permissions
            .allows(Permissions::from_bits_retain(needed))
    }

    /// The caller's place in the channel's guild.
    ///
    /// # Errors
    /// [`Code::CannotExecuteOnDm`] in a private conversation.
    pub fn membership(&self) -> Result<&Membership> {
        self.membership
            .as_ref()
            .ok_or(Code::CannotExecuteOnDm.into())
    }

    /// The same caller as one who has these permissions too.
    ///
    /// # Errors
    /// Those of [`require`](Self::require).
    pub fn requiring<const Q: u64>(self) -> Result<InChannel<Q>> {
        self.require(Q)?;
        Ok(InChannel {
            caller: self.caller,
            channel: self.channel,
            membership: self.membership,
            permissions: self.permissions,
            declared: self.declared,
        })
    }

    /// Those who hear what happens in the channel.
    pub fn audience(&self) -> model::Audience {
        audience_of(&self.channel, self.caller.id())
    }
}

/// Those who hear what happens in a channel; `besides` is the participant of a private conversation
/// that its list of recipients leaves out.
pub fn audience_of(channel: &Channel, besides: Id<marker::User>) -> model::Audience {
    if let Some(guild) = channel.guild_id() {
        // The gateway knows active threads alone. Of others it is enough to see the channel, unless
        // they are private.
        let sleeping = channel
            .thread()
            .is_some_and(|thread| thread.thread_metadata.archived);
        let shown = sleeping && channel.kind != kind::PRIVATE_THREAD;
        let parent = channel.parent_id().filter(|_| shown);
        return model::Audience::Channel {
            guild,
            channel: parent.unwrap_or(channel.id),
        };
    }
    let others = channel
        .private
        .iter()
        .flat_map(|private| &private.recipients);
    let mut users: Vec<_> = others.map(|user| user.id).collect();
    users.push(besides);
    model::Audience::Private {
        channel: channel.id,
        users,
    }
}

impl<const P: u64> Access for InChannel<P> {
    const REQUIREMENT: Requirement = Requirement::InChannel(P);

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        let (token_hash, claimed) = credentials(request)?;
        let id = request.id("channel_id")?;
        let asked = (session(&token_hash), Place::query(id, claimed.user));
        let (found, place) = cx.read(asked).await?;
        let caller = caller(cx, found, claimed).await?;
        let Place {
            channel,
            membership,
            permissions,
        } = Place::admit(cx, place, &caller.account)?;
        let caller = Self {
            caller,
            channel,
            membership,
            permissions,
            declared: cx.declared(),
        };
        caller.require(P)?;
        Ok(caller)
    }
}
