//! One invite: showing, accepting and revoking it.
//!
//! See [Discord Docs/Invite Resource](https://discord.com/developers/docs/resources/invite).

use actions::group;
use actions::invite_end::{self, MOVED};
use actions::invite_view::{InviteView, invite_view, with_metadata};
use actions::join_guild::{ALREADY_MEMBER, join_guild, welcome};
use actions::presence_count::present_in;
use actions::system_message::{self, Notice};
use model::event::{ChannelCreate, ChannelRecipientAdd};
use model::message::kind;
use model::{Guild, User};
use runtime::access::{Membership, one_of};
use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;
use store::{Rejection, bans, channels, guilds, invites, members, private_channels, users};

use crate::events;
use crate::target::Target;

function! {
    "/invites/{code}"
    GET invite_resolve
    POST accept_invite
    DELETE invite_revoke
        requires MANAGE_CHANNELS or MANAGE_GUILD when "the invite is a guild's"
}

struct InviteResolveQuery {
    with_counts: bool,
}

impl Form for InviteResolveQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            with_counts: fields.get("with_counts").unwrap_or(false),
        }
    }
}

/// Shows where an invite leads, to anyone.
async fn invite_resolve(
    cx: &Cx,
    _: Anyone,
    Path(code): Path<String>,
    Query(show): Query<InviteResolveQuery>,
) -> Result<Json<InviteView>> {
    let target = Target::find(cx, &code).await?;
    let streamer = target.invite().target_user_id;
    let streamer: Vec<_> = streamer.into_iter().collect();
    let guild = target.guild();
    let id = guild.map_or(Id::new(0), |guild| guild.id);
    let (users, all, online) = cx
        .read((
            users::by_ids(&streamer),
            guilds::member_count(id).optional(),
            present_in(&[id], cx.now()).optional(),
        ))
        .await?;
    let mut view = invite_view(target.invite(), guild, &users);
    if show.with_counts && guild.is_some() {
        view.approximate_member_count = Some(all.unwrap_or(0));
        view.approximate_presence_count = Some(online.map_or(0, |(_, count)| count));
    }
    Ok(Json(view))
}

/// An invite that was accepted.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct AcceptedInvite {
    #[serde(flatten)]
    invite: InviteView,
    /// Whether the caller was not there before.
    new_member: bool,
}

/// Joins the guild or group conversation that an invite leads to.
async fn accept_invite(
    cx: &Cx,
    Human(caller): Human,
    Path(code): Path<String>,
) -> Result<Json<AcceptedInvite>> {
    let target = Target::find(cx, &code).await?;
    let entered = match target.guild() {
        Some(guild) => enter_guild(cx, &target, guild, caller.user()).await?,
        None => enter_group(cx, &target, caller.user()).await?,
    };
    Ok(Json(AcceptedInvite {
        invite: invite_view(target.invite(), target.guild(), &[]),
        new_member: entered,
    }))
}

fn use_up(cx: &Cx, batch: &mut Batch, target: &Target) {
    match target {
        Target::Invite { invite, .. } => invite_end::use_up(cx, batch, invite),
        Target::Vanity { guild, .. } => {
            batch.push(invites::use_vanity(guild.id));
        }
    }
}

/// Joins the guild; `false` when the user is a member already, which uses nothing up.
async fn enter_guild(cx: &Cx, target: &Target, guild: &Guild, user: &User) -> Result<bool> {
    let member = members::one(guild.id, user.id).optional();
    let ban = bans::one(guild.id, user.id).optional();
    let former = members::former(guild.id, user.id).optional();
    let (member, ban, former) = cx.read((member, ban, former)).await?;
    if member.is_some() {
        return Ok(false);
    }
    if ban.is_some() {
        return Err(Code::BannedFromGuild.into());
    }
    if guild
        .features
        .iter()
        .any(|feature| feature == "INVITES_DISABLED")
    {
        return Err(Code::FeatureDisabled.into());
    }
    let mut batch = Batch::main();
    use_up(cx, &mut batch, target);
    join_guild(
        cx,
        &mut batch,
        guild,
        user,
        Vec::new(),
        target.invite().temporary,
        former,
    );
    let welcome = welcome(cx, &mut batch, guild, user.id);
    match cx.write(batch).await {
        Ok(_) => {
            welcome.say(cx).await;
            Ok(true)
        }
        Err(Rejection::Code(ALREADY_MEMBER)) => Ok(false),
        Err(Rejection::Code(MOVED)) => Err(Error::Conflict),
        Err(rejection) => Err(rejection.into()),
    }
}

/// Joins the group conversation; `false` when the user is in it already.
async fn enter_group(cx: &Cx, target: &Target, user: &User) -> Result<bool> {
    let id = target.invite().channel.id;
    let (channel, recipients) = cx
        .read((channels::by_id(id).optional(), channels::recipients(id)))
        .await?;
    let mut channel = channel.ok_or(Code::UnknownInvite)?;
    if recipients.iter().any(|recipient| recipient.id == user.id) {
        return Ok(false);
    }
    if let Some(private) = &mut channel.private {
        private.recipients = recipients;
    }
    let max = cx.config().limits.recipients_per_group_max;
    let mut batch = Batch::main();
    use_up(cx, &mut batch, target);
    batch.require(
        channels::recipients_fewer_than(id, max),
        Code::InvalidRecipients,
    );
    group::require_room(&mut batch, user.id);
    let entered = private_channels::insert_recipients(id, &[user.id], false);
    batch.push_or(entered, ALREADY_MEMBER);
    let added = ChannelRecipientAdd::new(id, user);
    let others = channel
        .private
        .iter()
        .flat_map(|private| &private.recipients);
    let others: Vec<_> = others.map(|recipient| recipient.id).collect();
    let audience = |users| Audience::Private { channel: id, users };
    let told = audience(others.clone());
    batch.emit(Event::new(told, &added));
    let own = audience(vec![user.id]);
    batch.emit(Event::new(own, &ChannelCreate::new(&channel)));
    match cx.write(batch).await {
        Err(Rejection::Code(ALREADY_MEMBER)) => return Ok(false),
        Err(Rejection::Code(MOVED)) => return Err(Error::Conflict),
        written => drop(written?),
    }
    let inviter = target.invite().inviter.as_ref().map(|inviter| inviter.id);
    let notice = Notice {
        channel: id,
        // The inviter added them, unless the inviter has left meanwhile.
        author: inviter.filter(|id| others.contains(id)).unwrap_or(user.id),
        audience: audience(others.into_iter().chain([user.id]).collect()),
        kind: kind::RECIPIENT_ADD,
        mentions: vec![user.id],
        content: String::new(),
        reference: None,
    };
    system_message::send(cx, notice).await?;
    Ok(true)
}

/// Revokes an invite. For managers of its channel or guild; an invite to a group, for its creator.
async fn invite_revoke(
    cx: &Cx,
    caller: Caller,
    Path(code): Path<String>,
    Reason(reason): Reason,
) -> Result<Json<InviteView>> {
    let Target::Invite { invite, guild } = Target::find(cx, &code).await? else {
        // A vanity code is a setting of the guild.
        return Err(Code::UnknownInvite.into());
    };
    let mut batch = Batch::main();
    batch.require_change(invites::delete(&invite.code), Code::UnknownInvite);
    match &guild {
        Some(guild) => {
            let membership = Membership::of(cx, guild.id, &caller).await?;
            let channel = cx
                .read(channels::by_id(invite.channel.id).optional())
                .await?;
            let there = channel.map(|channel| membership.permissions_in(&channel, cx.now()));
            one_of([
                membership.require_held(there.unwrap_or(Permissions::empty()), MANAGE_CHANNELS),
                membership.require(MANAGE_GUILD),
            ])?;
            invite_end::tell(&mut batch, &invite);
            events::record_deletion(cx, &mut batch, caller.id(), &invite, reason);
        }
        None if invite.inviter.as_ref().map(|user| user.id) == Some(caller.id()) => {}
        None => return Err(Code::MissingPermissions.into()),
    }
    cx.write(batch).await?;
    Ok(Json(with_metadata(&invite, guild.as_deref(), &[])))
}

#[cfg(test)]
mod tests;
