//! A forum's post: a thread with its first message.

use actions::attachments;
use actions::begin_thread;
use actions::send_message;
use actions::slow_mode;
use actions::threads::check_tags;
use model::channel::kind;
use runtime::prelude::*;
use store::{channels, members};

use super::CreatedThread;
use crate::new::{self, NewThread};

/// A forum's flag: posts must have a tag.
pub const REQUIRE_TAG: i64 = 1 << 4;

/// Makes a post. It is there before its first message, which is checked before either.
///
/// # Errors
/// Discord's code for what is wrong with the thread or its message.
pub async fn create(
    cx: &Cx,
    caller: InChannel,
    request: &mut Request,
    reason: Option<String>,
) -> Result<CreatedThread> {
    let mut sender: InChannel<SEND_MESSAGES> = caller.requiring()?;
    // The files are those of the post, which is a channel of its own.
    let id = cx.fresh_id();
    let mut uploads = attachments::receive(cx, &sender, id, request).await?;
    let made = async {
        let form: NewThread = Fields::read(uploads.payload.clone())?;
        let forum = &sender.channel;
        check_tags(forum, &form.tags, || sender.require(MANAGE_THREADS))?;
        if forum.flags & REQUIRE_TAG != 0 && form.tags.is_empty() {
            return Err(Code::TagRequired.into());
        }
        let Some(message) = uploads.payload.get_mut("message") else {
            let required = "This field is required";
            return Err(Error::field(&["message"], "BASE_TYPE_REQUIRED", required));
        };
        uploads.payload = message.take();
        require_present(cx, &sender).await?;
        let slow_since = slow_mode::since(cx, &sender);
        let mut channel = form.build(cx, &sender, id, kind::PUBLIC_THREAD)?;
        sender.channel = channel.clone();
        let draft = send_message::draft(cx, &sender, &uploads).await?;
        let promise = |batch: &mut Batch| begin_thread::promise_first_message(cx, batch, &channel);
        new::write(cx, &channel, slow_since, reason, promise).await?;
        let message = match draft.begin_thread(cx).await {
            Ok(message) => message,
            Err(error) => {
                // Where even that fails, a job does it: the sender learns why there is no post.
                let _ = begin_thread::delete_empty_post(cx, &channel).await;
                return Err(error);
            }
        };
        channel.last_message_id = Some(message.id);
        Ok(CreatedThread {
            channel,
            message: Some(message),
        })
    }
    .await;
    if made.is_err() {
        uploads.abort(cx).await;
    }
    made
}

/// Looks once more whether the forum and its sender are there. The post's files may have taken a
/// while to come, and their request cannot be handled again: the write rests on this alone, and not
/// on all that was read before.
async fn require_present(cx: &Cx, sender: &InChannel<SEND_MESSAGES>) -> Result<()> {
    cx.forget_reads();
    let guild = sender.membership()?.guild.id;
    let (forum, member) = cx
        .read((
            channels::by_id(sender.channel.id).optional(),
            members::one(guild, sender.caller.id()).optional(),
        ))
        .await?;
    forum.ok_or(Code::UnknownChannel)?;
    member.ok_or(Code::MissingAccess)?;
    Ok(())
}
