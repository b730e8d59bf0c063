//! One role of a member.
//!
//! See [Discord Docs/Add Guild Member Role](https://discord.com/developers/docs/resources/guild#add-guild-member-role).

use runtime::extract::Reason;
use runtime::prelude::*;
use store::members;

use crate::changes::{self, RoleChange};

function! {
    "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
    PUT add_guild_member_role
    DELETE delete_guild_member_role
}

type Ids = (Id<marker::Guild>, Id<marker::User>, Id<marker::Role>);

/// Gives a member a role.
async fn add_guild_member_role(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    Path((_, user, role)): Path<Ids>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let change = RoleChange {
        added: vec![role],
        removed: Vec::new(),
    };
    apply(cx, caller, user, change, reason).await
}

/// Takes a role away from a member.
async fn delete_guild_member_role(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    Path((_, user, role)): Path<Ids>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let change = RoleChange {
        added: Vec::new(),
        removed: vec![role],
    };
    apply(cx, caller, user, change, reason).await
}

async fn apply(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    user: Id<marker::User>,
    mut change: RoleChange,
    reason: Option<String>,
) -> Result<NoContent> {
    change.check(&caller)?;
    let guild = caller.guild.id;
    let found = cx.read(members::one(guild, user).optional()).await?;
    let mut member = found.ok_or(Code::UnknownMember)?;
    change.added.retain(|role| !member.roles.contains(role));
    change.removed.retain(|role| member.roles.contains(role));
    if change.is_empty() {
        return Ok(NoContent);
    }
    let mut batch = Batch::main();
    change.write(&mut batch, guild, &mut member);
    changes::tell(&mut batch, guild, &member);
    change.record(cx, &mut batch, &caller, user, reason);
    cx.write(batch).await?;
    Ok(NoContent)
}
