//! One member of a guild.
//!
//! See [Discord Docs/Modify Guild Member](https://discord.com/developers/docs/resources/guild#modify-guild-member).

mod edit;

use actions::audit_log::{self, Entry};
use actions::leave_guild::leave_guild;
use model::Member;
use runtime::extract::Reason;
use runtime::prelude::*;
use store::members;

use edit::UpdateGuildMember;

function! {
    "/guilds/{guild_id}/members/{user_id}"
    GET get_guild_member
    PUT add_guild_member
    PATCH update_guild_member
        requires CHANGE_NICKNAME or MANAGE_NICKNAMES when "the caller's own nickname changes"
        requires MANAGE_NICKNAMES when "another's nickname changes"
        requires MANAGE_ROLES when "roles change"
        requires MUTE_MEMBERS when "mute changes"
        requires DEAFEN_MEMBERS when "deaf changes"
        requires MOVE_MEMBERS when "the voice channel changes"
        requires MODERATE_MEMBERS when "a timeout begins or ends"
        requires MANAGE_GUILD or MANAGE_ROLES or MODERATE_MEMBERS and KICK_MEMBERS and BAN_MEMBERS
            when "flags change"
    DELETE delete_guild_member
}

/// A member.
async fn get_guild_member(
    cx: &Cx,
    caller: InGuild,
    Path((_, user)): Path<(Id<marker::Guild>, Id<marker::User>)>,
) -> Result<Json<Member>> {
    find(cx, &caller, user).await.map(Json)
}

async fn find(cx: &Cx, caller: &InGuild, user: Id<marker::User>) -> Result<Member> {
    let found = cx
        .read(members::one(caller.guild.id, user).optional())
        .await?;
    found.ok_or(Code::UnknownMember.into())
}

struct AddGuildMember;

impl Form for AddGuildMember {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.required_text("access_token", 1..=10_240);
        Self
    }
}

/// Adds a user who authorised the application to do so. This server grants no such authorisation,
/// so it refuses every token.
async fn add_guild_member(
    _: &Cx,
    _: InGuild<CREATE_INSTANT_INVITE>,
    Body(AddGuildMember): Body<AddGuildMember>,
) -> Result<NoContent> {
    Err(Code::InvalidOauthToken.into())
}

/// Changes a member.
async fn update_guild_member(
    cx: &Cx,
    caller: InGuild,
    Path((guild, user)): Path<(Id<marker::Guild>, Id<marker::User>)>,
    Body(edit): Body<UpdateGuildMember>,
    Reason(reason): Reason,
) -> Result<Json<Member>> {
    let before = find(cx, &caller, user).await?;
    let edit = edit.of(&before);
    edit.check(&caller, &before, cx.now())?;
    if edit.is_empty() {
        return Ok(Json(before));
    }
    let mut batch = Batch::main();
    let after = edit.write(&mut batch, guild, &before);
    crate::changes::tell(&mut batch, guild, &after);
    edit.record(cx, &mut batch, &caller, &before, reason);
    cx.write(batch).await?;
    Ok(Json(after))
}

/// Kicks a member.
async fn delete_guild_member(
    cx: &Cx,
    caller: InGuild<KICK_MEMBERS>,
    Path((guild, user)): Path<(Id<marker::Guild>, Id<marker::User>)>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let found = cx.read(members::one(guild, user).optional()).await?;
    let member = found.ok_or(Code::UnknownMember)?;
    if !caller.outranks(&member) {
        return Err(Code::MissingPermissions.into());
    }
    let mut batch = Batch::main();
    batch.require(members::is_present(guild, user), Code::UnknownMember);
    leave_guild(&mut batch, guild, &caller.roles, member.user.iter());
    let entry = Entry::new(guild, caller.caller.id(), audit_log::MEMBER_KICK)
        .target(user)
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests;
