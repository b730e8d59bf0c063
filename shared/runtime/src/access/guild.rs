//! Members of the guild that a path names.

use model::Code;
use store::{guilds, members, roles};

use super::caller::{Caller, caller, credentials, session};
use super::{Access, Membership, Requirement};
use crate::{Cx, Request, Result};

/// A member of the guild that the path's `guild_id` names, with all of `P` in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InGuild<const P: u64 = 0> {
    /// The caller.
    pub caller: Caller,
    /// Their place in the guild.
    pub membership: Membership,
}

impl<const P: u64> std::ops::Deref for InGuild<P> {
    type Target = Membership;

    fn deref(&self) -> &Membership {
        &self.membership
    }
}

impl<const P: u64> Access for InGuild<P> {
    const REQUIREMENT: Requirement = Requirement::InGuild(P);

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        let (token_hash, claimed) = credentials(request)?;
        let guild = request.id("guild_id")?;
        let (found, guild, roles, member) = cx
            .read((
                session(&token_hash),
                guilds::by_id(guild).optional(),
                roles::of_guild(guild),
                members::one(guild, claimed.user).optional(),
            ))
            .await?;
        let caller = caller(cx, found, claimed).await?;
        let guild = guild.ok_or(Code::UnknownGuild)?;
        let member = member.ok_or(Code::MissingAccess)?;
        let account = &caller.account;
        let membership = Membership::new(cx, guild, roles, member, account);
        membership.require(P)?;
        Ok(Self { caller, membership })
    }
}

/// The owner of the guild that the path's `guild_id` names.
#[derive(Debug, Clone)]
pub struct OwnsGuild(pub InGuild);

impl Access for OwnsGuild {
    const REQUIREMENT: Requirement = Requirement::OwnsGuild;

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        let caller = InGuild::check(cx, request).await?;
        match caller.guild.owner_id == caller.caller.id() {
            true => Ok(Self(caller)),
            false => Err(Code::MissingPermissions.into()),
        }
    }
}
