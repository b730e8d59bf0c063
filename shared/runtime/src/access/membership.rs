//! A caller's place in a guild: what they may do there, and whom they outrank.

use model::channel::Channel;
use model::guild::Guild;
use model::id::marker;
use model::member::Member;
use model::permissions::Standing;
use model::role::{Rank, Role};
use model::{Code, Id, Permissions, Timestamp};
use store::users::Account;
use store::{guilds, members, roles};

use super::{Caller, Declared};
use crate::{Cx, Result};

/// A caller's place in a guild.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The guild.
    pub guild: Guild,
    /// All its roles, from the lowest.
    pub roles: Vec<Role>,
    /// The caller as a member.
    pub member: Member,
    /// What the caller may do in the guild as a whole.
    pub permissions: Permissions,
    /// Whether the guild wants a second factor of its moderators which the caller's account has
    /// not.
    pub lacks_second_factor: bool,
    declared: Declared,
}

impl Membership {
    /// The place of `caller` in a guild with these roles, as this member.
    pub fn new(cx: &Cx, guild: Guild, roles: Vec<Role>, member: Member, caller: &Account) -> Self {
        // A bot has no second factor of its own.
        let wanting = guild.mfa_level > 0 && !caller.user.bot;
        let mut membership = Self {
            guild,
            roles,
            member,
            permissions: Permissions::empty(),
            lacks_second_factor: wanting && caller.totp_secret.is_none(),
            declared: cx.declared(),
        };
        membership.permissions = membership.with_standing(cx.now(), |standing| standing.in_guild());
        membership
    }

    /// The place of the caller in a guild that something other than the path names.
    ///
    /// # Errors
    /// [`Code::UnknownGuild`], and [`Code::MissingAccess`] when the caller is not a member.
    pub async fn of(cx: &Cx, guild: Id<marker::Guild>, caller: &Caller) -> Result<Self> {
        let (guild, roles, member) = cx
            .read((
                guilds::by_id(guild).optional(),
                roles::of_guild(guild),
                members::one(guild, caller.id()).optional(),
            ))
            .await?;
        let guild = guild.ok_or(Code::UnknownGuild)?;
        let member = member.ok_or(Code::MissingAccess)?;
        let account = &caller.account;
        Ok(Self::new(cx, guild, roles, member, account))
    }

    /// What another member may do in the guild as a whole.
    pub fn guild_permissions_of(&self, member: &Member, now: Timestamp) -> Permissions {
        standing_of(&self.guild, &self.roles, member, now, |standing| {
            standing.in_guild()
        })
    }

    /// What the caller may do in a channel of the guild.
    pub fn permissions_in(&self, channel: &Channel, now: Timestamp) -> Permissions {
        self.with_standing(now, |standing| in_this(&standing, channel))
    }

    fn with_standing<T>(&self, now: Timestamp, read: impl FnOnce(Standing<'_>) -> T) -> T {
        standing_of(&self.guild, &self.roles, &self.member, now, read)
    }

    /// What another member may do in a channel of the guild.
    pub fn permissions_of(
        &self,
        member: &Member,
        channel: &Channel,
        now: Timestamp,
    ) -> Permissions {
        standing_of(&self.guild, &self.roles, member, now, |standing| {
            in_this(&standing, channel)
        })
    }

    /// The caller's height in the hierarchy.
    pub fn rank(&self) -> Rank {
        self.rank_of(&self.member)
    }

    /// Any member's height in the hierarchy. Users who are no members stand below every role.
    pub fn rank_of(&self, member: &Member) -> Rank {
        if member
            .user
            .as_ref()
            .is_some_and(|user| user.id == self.guild.owner_id)
        {
            return Rank::OWNER;
        }
        let held = self
            .roles
            .iter()
            .filter(|role| member.roles.contains(&role.id));
        held.map(|role| Rank::of(role.position, role.id))
            .max()
            .unwrap_or(Rank::NONE)
    }

    /// Whether the caller stands above this role, and so may edit, assign or delete it.
    pub fn outranks_role(&self, role: &Role) -> bool {
        self.rank() > Rank::of(role.position, role.id)
    }

    /// Whether the caller stands above this member, and so may moderate them.
    pub fn outranks(&self, member: &Member) -> bool {
        self.rank() > self.rank_of(member)
    }

    /// The role with this id.
    pub fn role(&self, id: Id<marker::Role>) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// [`Code::MissingPermissions`] unless the caller holds these in the guild, and
    /// [`Code::MfaRequired`] where they are moderators' and the guild wants a second factor.
    ///
    /// # Errors
    /// Those codes.
    pub fn require(&self, needed: u64) -> Result<()> {
        self.require_held(self.permissions, needed)
    }

    /// The same of the permissions that the caller holds in one of the guild's channels.
    ///
    /// # Errors
    /// Those of [`require`](Self::require).
    pub fn require_held(&self, held: Permissions, needed: u64) -> Result<()> {
        self.declared.require(held, needed)?;
        self.require_second_factor(needed)
    }

    pub(super) fn require_second_factor(&self, needed: u64) -> Result<()> {
        let elevated = Permissions::from_bits_retain(needed).intersects(Permissions::ELEVATED);
        match self.lacks_second_factor && elevated {
            true => Err(Code::MfaRequired.into()),
            false => Ok(()),
        }
    }
}

/// What decides a member's permissions, handed to `read`.
fn standing_of<T>(
    guild: &Guild,
    roles: &[Role],
    member: &Member,
    now: Timestamp,
    read: impl FnOnce(Standing<'_>) -> T,
) -> T {
    let user = member.user.as_ref().map_or(Id::new(0), |user| user.id);
    let everyone = roles.iter().find(|role| role.id.get() == guild.id.get());
    let held: Vec<_> = roles
        .iter()
        .filter(|role| member.roles.contains(&role.id))
        .map(|role| (role.id, role.permissions))
        .collect();
    read(Standing {
        guild: guild.id,
        user,
        owner: guild.owner_id == user,
        timed_out: member.timed_out(now),
        everyone: everyone.map_or(Permissions::empty(), |role| role.permissions),
        roles: &held,
    })
}

/// What a member may do in a channel or a thread. Of a private thread this leaves open whether they
/// were invited to it.
pub fn in_this(standing: &Standing<'_>, channel: &Channel) -> Permissions {
    match channel.is_thread() {
        true => standing.in_thread(channel.overwrites()),
        false => standing.in_channel(channel.overwrites()),
    }
}
