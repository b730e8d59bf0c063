//! A channel's messages: reading a page of them, and sending one.

use actions::attachments;
use actions::message_view::view_all;
use actions::send_message::{self, CreateMessage};
use model::Message;
use runtime::extract::WithFiles;
use runtime::prelude::*;
use store::messages;

function! {
    "/channels/{channel_id}/messages"
    GET list_messages, 5 per 5_000 ms
    POST create_message, 5 per 5_000 ms
        requires EMBED_LINKS when "the message has embeds"
        requires ATTACH_FILES when "files are uploaded"
        requires READ_MESSAGE_HISTORY when "the message is a reply"
    uses blobs
}

/// Messages in a page when the caller does not say how many.
const LIMIT_DEFAULT: i64 = 50;
/// Messages in a page at most.
const LIMIT_MAX: i64 = 100;

struct Page {
    around: Option<Id<marker::Message>>,
    before: Option<Id<marker::Message>>,
    after: Option<Id<marker::Message>>,
    limit: u32,
}

impl Form for Page {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            around: fields.get("around"),
            before: fields.get("before"),
            after: fields.get("after"),
            limit: fields.int("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT_DEFAULT) as u32,
        }
    }
}

/// A page of messages, the newest first. Members without READ_MESSAGE_HISTORY get an empty page.
///
/// See [Discord Docs/Get Channel Messages](https://discord.com/developers/docs/resources/message#get-channel-messages).
async fn list_messages(
    cx: &Cx,
    caller: InChannel,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Message>>> {
    if !caller.channel.is_text() {
        return Err(Code::CannotExecuteOnChannelType.into());
    }
    if !caller.allows(READ_MESSAGE_HISTORY) {
        return Ok(Json(Vec::new()));
    }
    let (reader, channel) = (caller.caller.id(), caller.channel.id);
    let older = |id, limit| messages::before(reader, channel, id, limit);
    let newer = |id, limit| messages::after(reader, channel, id, limit);
    let (mut newest, oldest) = match (page.around, page.after, page.before) {
        (Some(middle), ..) => {
            let half = page.limit / 2;
            // The middle itself counts to the older ones.
            let older = older(middle.get() + 1, page.limit - half);
            cx.read_messages(channel, (newer(middle.get(), half), older))
                .await?
        }
        (None, Some(after), _) => (
            cx.read_messages(channel, newer(after.get(), page.limit))
                .await?,
            Vec::new(),
        ),
        (None, None, before) => {
            let before = before.map_or(u64::MAX, Id::get);
            (
                Vec::new(),
                cx.read_messages(channel, older(before, page.limit)).await?,
            )
        }
    };
    newest.reverse();
    newest.extend(oldest);
    view_all(cx, &caller, newest).await.map(Json)
}

/// Sends a message, with or without files.
///
/// See [Discord Docs/Create Message](https://discord.com/developers/docs/resources/message#create-message).
async fn create_message(
    cx: &Cx,
    caller: InChannel<SEND_MESSAGES>,
    WithFiles(mut request, _): WithFiles<CreateMessage>,
) -> Result<Json<Message>> {
    let uploads = attachments::receive(cx, &caller, caller.channel.id, &mut request).await?;
    match send_message::send_message(cx, &caller, &uploads).await {
        Ok(message) => Ok(Json(message)),
        Err(error) => {
            uploads.abort(cx).await;
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
