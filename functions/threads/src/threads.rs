//! Making a thread that comes from no message: in a forum, a post with its first message.

mod post;

use actions::send_message::verification;
use actions::slow_mode;
use actions::system_message::{self, Notice};
use model::channel::kind;
use model::message::{Reference, kind as message_kind};
use model::{Channel, Message};
use runtime::extract::{Extract, Reason, WithFiles};
use runtime::prelude::*;
use serde::Serialize;

use crate::new::{self, NewThread};

function! {
    "/channels/{channel_id}/threads"
    POST create_thread, 5 per 5_000 ms
        requires CREATE_PRIVATE_THREADS when "the thread is private"
        requires CREATE_PUBLIC_THREADS when "the thread is public"
        requires SEND_MESSAGES when "it is a forum's post"
        requires MANAGE_THREADS when "one of a post's tags is for moderators"
        requires EMBED_LINKS when "a post has embeds"
        requires ATTACH_FILES when "a post has files"
    uses blobs
}

/// A new thread, with the message that it began with if it is a post.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct CreatedThread {
    #[serde(flatten)]
    channel: Channel,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

/// Makes a thread; of which type is the request's to say in a text channel, and a private one if it
/// does not.
///
/// See [Discord Docs/Start Thread without Message](https://discord.com/developers/docs/resources/channel#start-thread-without-message)
/// and [Discord Docs/Start Thread in Forum](https://discord.com/developers/docs/resources/channel#start-thread-in-forum-or-media-channel).
async fn create_thread(
    cx: &Cx,
    caller: InChannel,
    WithFiles(mut request, _): WithFiles<NewThread>,
) -> Result<Created<CreatedThread>> {
    let Reason(reason) = Reason::extract(cx, &mut request).await?;
    if caller.channel.is_forum() {
        let made = post::create(cx, caller, &mut request, reason).await;
        return made.map(Created);
    }
    let Body(form) = Body::<NewThread>::extract(cx, &mut request).await?;
    let kind = form.kind.unwrap_or(kind::PRIVATE_THREAD);
    match (caller.channel.kind, kind) {
        (kind::TEXT, kind::PRIVATE_THREAD) => caller.require(CREATE_PRIVATE_THREADS)?,
        (kind::TEXT, kind::PUBLIC_THREAD) | (kind::ANNOUNCEMENT, kind::ANNOUNCEMENT_THREAD) => {
            caller.require(CREATE_PUBLIC_THREADS)?;
        }
        _ => return Err(Code::CannotExecuteOnChannelType.into()),
    }
    // Its name is read by everyone, as a message is.
    verification::check(cx, &caller)?;
    let channel = form.build(cx, &caller, cx.fresh_id(), kind)?;
    let notice = (kind != kind::PRIVATE_THREAD).then(|| notice(&caller, &channel));
    let promise = |batch: &mut Batch| notice.map(|it| system_message::promise(cx, batch, it));
    let slow_since = slow_mode::since(cx, &caller);
    if let Some(promised) = new::write(cx, &channel, slow_since, reason, promise).await? {
        promised.keep(cx).await;
    }
    Ok(Created(CreatedThread {
        channel,
        message: None,
    }))
}

/// What says in the channel that there is a new thread.
fn notice(caller: &InChannel, thread: &Channel) -> Notice {
    Notice {
        channel: caller.channel.id,
        audience: caller.audience(),
        kind: message_kind::THREAD_CREATED,
        author: caller.caller.id(),
        mentions: Vec::new(),
        content: thread
            .guild
            .as_ref()
            .map_or_else(String::new, |guild| guild.name.clone()),
        reference: Some(Reference {
            kind: Reference::DEFAULT,
            channel_id: thread.id,
            message_id: None,
            guild_id: thread.guild_id(),
        }),
    }
}

#[cfg(test)]
mod tests;
