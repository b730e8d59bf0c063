//! One ban.
//!
//! See [Discord Docs/Create Guild Ban](https://discord.com/developers/docs/resources/guild#create-guild-ban).

use actions::audit_log::{self, Entry};
use runtime::extract::Reason;
use runtime::prelude::*;
use serde_json::{Value, json};
use store::{bans, members, users};

use crate::banning::{self, DELETE_SECS_MAX};

function! {
    "/guilds/{guild_id}/bans/{user_id}"
    GET get_guild_ban
    PUT ban_user_from_guild
    DELETE unban_user_from_guild
}

type Ids = (Id<marker::Guild>, Id<marker::User>);

/// A user's ban.
async fn get_guild_ban(
    cx: &Cx,
    _: InGuild<BAN_MEMBERS>,
    Path((guild, user)): Path<Ids>,
) -> Result<Json<Value>> {
    let ban = cx.read(bans::one(guild, user).optional()).await?;
    Ok(Json(crate::bans::view(&ban.ok_or(Code::UnknownBan)?)))
}

struct NewBan {
    delete_secs: i64,
}

impl Form for NewBan {
    fn read(fields: &mut Fields<'_>) -> Self {
        let secs = fields.int("delete_message_seconds", 0..=DELETE_SECS_MAX);
        // Older libraries send days.
        let days = fields.int("delete_message_days", 0..=7).unwrap_or(0);
        Self {
            delete_secs: secs.unwrap_or(days * 86_400),
        }
    }
}

/// Bans a user, whether they are a member or not. Who is banned already stays so.
async fn ban_user_from_guild(
    cx: &Cx,
    caller: InGuild<BAN_MEMBERS>,
    Path((guild, user)): Path<Ids>,
    Body(new): Body<NewBan>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let (user, member, ban) = cx
        .read((
            users::by_id(user).optional(),
            members::one(guild, user).optional(),
            bans::one(guild, user).optional(),
        ))
        .await?;
    let user = user.ok_or(Code::UnknownUser)?;
    let above = member.as_ref().is_some_and(|member| !caller.outranks(member));
    if above || user.id == caller.caller.id() {
        return Err(Code::MissingPermissions.into());
    }
    if ban.is_some() {
        return Ok(NoContent);
    }
    let present: Vec<_> = member.into_iter().collect();
    let users = std::slice::from_ref(&user);
    let mut batch = banning::ban(cx, &caller, users, &present, new.delete_secs, reason.as_deref());
    let entry = Entry::new(guild, caller.caller.id(), audit_log::MEMBER_BAN_ADD)
        .target(user.id)
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(NoContent)
}

/// Lifts a ban.
async fn unban_user_from_guild(
    cx: &Cx,
    caller: InGuild<BAN_MEMBERS>,
    Path((guild, user)): Path<Ids>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let ban = cx.read(bans::one(guild, user).optional()).await?;
    let ban = ban.ok_or(Code::UnknownBan)?;
    let mut batch = Batch::main();
    batch.require(bans::delete(guild, user), Code::UnknownBan);
    let lifted = json!({ "guild_id": guild, "user": ban.user });
    batch.emit(Event::new(EventKind::GuildBanRemove, Audience::Guild(guild), &lifted));
    let entry = Entry::new(guild, caller.caller.id(), audit_log::MEMBER_BAN_REMOVE)
        .target(user)
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(NoContent)
}
