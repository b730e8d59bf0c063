//! One channel: reading, editing, deleting.

mod delete;
mod edit;
mod thread;

use actions::channel_fields::ChannelFields;
use actions::channel_state;
use model::Channel;
use model::event::ChannelDelete;
use runtime::extract::{Extract, OneOf, Reason};
use runtime::prelude::*;
use store::channels;

use edit::GroupFields;
use thread::ThreadFields;

function! {
    "/channels/{channel_id}"
    GET get_channel
    PATCH update_channel, 5 per 15_000 ms
        requires MANAGE_CHANNELS when "the channel is a guild's"
        requires MANAGE_ROLES when "overwrites change"
        requires MANAGE_THREADS
            when "the thread is another's or locked, or its moderators' settings change"
        requires SEND_MESSAGES or MANAGE_THREADS when "another's archived thread is opened again"
    DELETE delete_channel, 5 per 5_000 ms
        requires MANAGE_CHANNELS when "the channel is a guild's"
        requires MANAGE_THREADS when "it is a thread"
    uses blobs
}

/// The channel.
///
/// See [Discord Docs/Get Channel](https://discord.com/developers/docs/resources/channel#get-channel).
async fn get_channel(cx: &Cx, caller: InChannel) -> Result<Json<Channel>> {
    let mut channel = caller.channel;
    channel_state::fill(cx, [&mut channel]).await?;
    Ok(Json(channel))
}

/// Changes the settings of a guild's channel or a thread, or the name and icon of a group
/// conversation.
///
/// See [Discord Docs/Modify Channel](https://discord.com/developers/docs/resources/channel#modify-channel).
async fn update_channel(
    cx: &Cx,
    caller: InChannel,
    OneOf(mut request, _): OneOf<(ChannelFields, ThreadFields, GroupFields)>,
) -> Result<Json<Channel>> {
    let Reason(reason) = Reason::extract(cx, &mut request).await?;
    if caller.channel.private.is_some() {
        let Body(fields) = Body::extract(cx, &mut request).await?;
        return edit::group(cx, caller, fields).await.map(Json);
    }
    if caller.channel.is_thread() {
        let Body(fields) = Body::extract(cx, &mut request).await?;
        return thread::edit(cx, caller, fields, reason).await.map(Json);
    }
    let Body(fields) = Body::extract(cx, &mut request).await?;
    edit::guild_channel(cx, caller, fields, reason)
        .await
        .map(Json)
}

struct Leaving {
    silent: bool,
}

impl Form for Leaving {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            silent: fields.get("silent").unwrap_or_default(),
        }
    }
}

/// Deletes a guild's channel or a thread, closes a conversation of two, or leaves a group.
///
/// See [Discord Docs/Delete/Close Channel](https://discord.com/developers/docs/resources/channel#deleteclose-channel).
async fn delete_channel(
    cx: &Cx,
    caller: InChannel,
    Query(leaving): Query<Leaving>,
    Reason(reason): Reason,
) -> Result<Json<Channel>> {
    let mut channel = caller.channel.clone();
    channel_state::fill(cx, [&mut channel]).await?;
    if channel.is_thread() {
        thread::delete(cx, &caller, &channel, reason).await?;
        return Ok(Json(channel));
    }
    if let Some(membership) = &caller.membership {
        delete::guild_channel(cx, &caller, membership, &channel, reason).await?;
        return Ok(Json(channel));
    }
    let user = caller.caller.user();
    if actions::group::require_group(&channel).is_ok() {
        actions::group::remove(cx, &channel, user, user, leaving.silent).await?;
        return Ok(Json(channel));
    }
    let mut batch = Batch::main();
    batch.push(channels::close(channel.id, user.id));
    let own = Audience::Private {
        channel: channel.id,
        users: vec![user.id],
    };
    batch.emit(Event::new(own, &ChannelDelete::new(&channel)));
    cx.write(batch).await?;
    Ok(Json(channel))
}

#[cfg(test)]
pub(crate) mod tests;
