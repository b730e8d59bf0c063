//! The invites of a channel.
//!
//! See [Discord Docs/Create Channel Invite](https://discord.com/developers/docs/resources/channel#create-channel-invite).

use actions::invite_view::{InviteView, with_metadata};
use model::channel::kind;
use model::invite::{Invite, InviteChannel};
use runtime::extract::Reason;
use runtime::prelude::*;
use serde_json::json;
use store::{Rejection, invites, jobs, users};

use crate::events;

function! {
    "/channels/{channel_id}/invites"
    GET list_channel_invites
        requires MANAGE_CHANNELS when "the channel is no group of the caller's own"
    POST create_channel_invite, 5 per 15_000 ms
        requires CREATE_INSTANT_INVITE when "the channel is a guild's"
}

/// Seconds an invite is valid unless its maker says otherwise: a day.
const MAX_AGE_DEFAULT_SECS: i64 = 86_400;
/// Seconds an invite that ends may be valid: a week.
const MAX_AGE_SECS_MAX: i64 = 604_800;
/// Uses that an invite may be bounded to.
const MAX_USES_MAX: i64 = 100;
/// The target type of a stream in a voice channel.
const TARGET_STREAM: i64 = 1;
/// How often another code is tried when one is taken.
const ATTEMPTS_MAX: u32 = 5;

/// All invites to the channel, with their uses. For the channel's managers; in a group, for its
/// owner.
async fn list_channel_invites(cx: &Cx, caller: InChannel) -> Result<Json<Vec<InviteView>>> {
    let owner = caller.channel.private.as_ref().and_then(|it| it.owner_id);
    if owner != Some(caller.caller.id()) {
        caller.require(MANAGE_CHANNELS)?;
    }
    let found = cx
        .read(invites::of_channel(caller.channel.id, cx.now()))
        .await?;
    let streamers: Vec<_> = found
        .iter()
        .filter_map(|invite| invite.target_user_id)
        .collect();
    let users = cx.read(users::by_ids(&streamers)).await?;
    let guild = caller
        .membership
        .as_ref()
        .map(|membership| &membership.guild);
    let view = |invite| with_metadata(invite, guild, &users);
    Ok(Json(found.iter().map(view).collect()))
}

struct CreateChannelInvite {
    max_age: u32,
    max_uses: u32,
    temporary: bool,
    unique: bool,
    target_type: Option<u8>,
    target_user_id: Option<Id<marker::User>>,
}

impl Form for CreateChannelInvite {
    fn read(fields: &mut Fields<'_>) -> Self {
        let max_age = fields.int("max_age", 0..=MAX_AGE_SECS_MAX);
        // Embedded applications do not exist here, so a stream is the only target.
        let target_type = fields.choice("target_type", &[TARGET_STREAM]);
        let target_user_id = fields.get("target_user_id");
        if target_type.is_some() && target_user_id.is_none() && !fields.has("target_user_id") {
            fields.error(
                "target_user_id",
                "BASE_TYPE_REQUIRED",
                "This field is required",
            );
        }
        Self {
            max_age: max_age.unwrap_or(MAX_AGE_DEFAULT_SECS) as u32,
            max_uses: fields.int("max_uses", 0..=MAX_USES_MAX).unwrap_or(0) as u32,
            temporary: fields.get("temporary").unwrap_or(false),
            unique: fields.get("unique").unwrap_or(false),
            target_type: target_type.map(|target| target as u8),
            target_user_id: target_type.and(target_user_id),
        }
    }
}

/// Makes an invite, or finds an equal one of the caller's unless `unique` is asked for.
async fn create_channel_invite(
    cx: &Cx,
    caller: InChannel,
    Body(new): Body<CreateChannelInvite>,
    Reason(reason): Reason,
) -> Result<Json<InviteView>> {
    if caller.channel.is_thread() {
        return Err(Code::CannotExecuteOnChannelType.into());
    }
    may_invite(&caller)?;
    let streamer: Vec<_> = new.target_user_id.into_iter().collect();
    let (existing, streamer) = cx
        .read((
            invites::of_channel(caller.channel.id, cx.now()),
            users::by_ids(&streamer),
        ))
        .await?;
    if new.target_user_id.is_some() && streamer.is_empty() {
        return Err(Code::UnknownUser.into());
    }
    let guild = caller
        .membership
        .as_ref()
        .map(|membership| &membership.guild);
    let equal = |invite: &&Invite| !new.unique && is_equal(invite, &new, caller.caller.id());
    if let Some(invite) = existing.iter().find(equal) {
        return Ok(Json(with_metadata(invite, guild, &streamer)));
    }
    for attempt in 1.. {
        let invite = new_invite(cx, &caller, &new);
        match insert(cx, &caller, &invite, &streamer, reason.clone()).await {
            Ok(()) => return Ok(Json(with_metadata(&invite, guild, &streamer))),
            Err(Rejection::Code(Code::InvalidInviteCode)) if attempt < ATTEMPTS_MAX => {}
            Err(rejection) => return Err(rejection.into()),
        }
    }
    Err(Code::InvalidInviteCode.into())
}

/// Refuses those without the permission, and channels that nobody can be invited to.
fn may_invite(caller: &InChannel) -> Result<()> {
    if caller.membership.is_some() {
        caller.require(CREATE_INSTANT_INVITE)?;
    }
    match caller.channel.kind {
        kind::DM => Err(Code::CannotExecuteOnDm.into()),
        kind::CATEGORY | kind::PUBLIC_THREAD | kind::PRIVATE_THREAD | kind::ANNOUNCEMENT_THREAD => {
            Err(Code::CannotExecuteOnChannelType.into())
        }
        _ => Ok(()),
    }
}

/// Whether the invite is what `new` would be, and still whole.
fn is_equal(invite: &Invite, new: &CreateChannelInvite, inviter: Id<marker::User>) -> bool {
    invite.inviter.as_ref().map(|user| user.id) == Some(inviter)
        && (invite.max_uses == 0 || invite.uses == 0)
        && invite.max_uses == new.max_uses
        && invite.max_age == new.max_age
        && invite.temporary == new.temporary
        && invite.target_type == new.target_type
        && invite.target_user_id == new.target_user_id
}

fn new_invite(cx: &Cx, caller: &InChannel, new: &CreateChannelInvite) -> Invite {
    let channel = &caller.channel;
    let private = channel.private.as_ref();
    let expires_at = cx.now().plus_millis(i64::from(new.max_age) * 1000);
    Invite {
        code: code(u64::from_le_bytes(cx.random())),
        guild_id: channel.guild_id(),
        channel: InviteChannel {
            id: channel.id,
            kind: channel.kind,
            name: match &channel.guild {
                Some(guild) => Some(guild.name.clone()),
                None => private.and_then(|private| private.name.clone()),
            },
            icon: private.and_then(|private| private.icon.clone()),
        },
        inviter: Some(caller.caller.user().clone()),
        uses: 0,
        max_uses: new.max_uses,
        max_age: new.max_age,
        temporary: new.temporary,
        created_at: cx.now(),
        expires_at: (new.max_age > 0).then_some(expires_at),
        target_type: new.target_type,
        target_user_id: new.target_user_id,
        target_application_id: None,
        flags: 0,
    }
}

/// Eight characters of base 62: 2^47 codes, of which nobody guesses one that exists.
fn code(mut random: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digits = std::iter::repeat_with(|| {
        let digit = DIGITS[(random % 62) as usize];
        random /= 62;
        char::from(digit)
    });
    digits.take(8).collect()
}

async fn insert(
    cx: &Cx,
    caller: &InChannel,
    invite: &Invite,
    streamer: &[model::User],
    reason: Option<String>,
) -> std::result::Result<(), Rejection> {
    let mut batch = Batch::main();
    if let Some(guild) = invite.guild_id {
        let max = cx.config().limits.invites_per_guild_max;
        let fewer = invites::fewer_than(guild, max, cx.now());
        batch.require(fewer, Code::TooManyInvites);
        events::created(&mut batch, guild, invite, streamer);
        events::record_creation(cx, &mut batch, caller.caller.id(), invite, reason);
    }
    invites::insert(&mut batch, invite, Code::InvalidInviteCode);
    if let Some(end) = invite.expires_at {
        let payload = json!({ "code": invite.code });
        batch.push(jobs::insert(&cx.ulid(), jobs::EXPIRE_INVITE, &payload, end));
    }
    cx.write(batch).await.map(|_| ())
}

#[cfg(test)]
mod tests;
