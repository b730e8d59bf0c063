//! What a new thread has in the store of messages: its row and its first message are both there in
//! the end, or neither.

use model::Channel;
use model::message::{Reference, flags, kind};
use runtime::access::audience_of;
use runtime::host::log_error;
use runtime::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::messages::Stored;
use store::{channels, jobs, messages};

use crate::delete_thread::delete_thread;
use crate::message_view::{self, People, compose, people_of, updated};
use crate::new_message::NewMessage;
use crate::system_message::LEFT_TO_JOB_MS;

/// How often the message is marked anew because somebody else changed it.
const ATTEMPTS_MAX: u32 = 8;
/// What the write says when the thread's first message was written before. Never answered.
const BEGUN_BEFORE: Code = Code::BadRequest;

/// A thread that begins with a message of the channel that it is in. It has the message's number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beginning {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// Where the message is.
    pub channel_id: Id<marker::Channel>,
    /// The thread.
    pub thread_id: Id<marker::Channel>,
    /// Who made it.
    pub author_id: Id<marker::User>,
}

impl Beginning {
    /// Has the batch that makes the thread see to it that it [begins](begin): by a job, should
    /// nobody get to [`Self::now`]. Returns under which name it is done once.
    pub fn promise(&self, cx: &Cx, batch: &mut Batch) -> String {
        let once = cx.ulid();
        let payload = json!({ "beginning": self, "once": once });
        let later = cx.now().plus_millis(LEFT_TO_JOB_MS);
        batch.push(jobs::insert(&once, jobs::BEGIN_THREAD, &payload, later));
        once
    }

    /// Begins the thread, now that it is made. A failure is logged and left to the job.
    pub async fn now(&self, cx: &Cx, once: &str) -> Option<Id<marker::Message>> {
        let begun = async {
            let first = begin(cx, self, once).await?;
            let mut batch = Batch::main();
            batch.push(jobs::delete(once));
            cx.write(batch).await?;
            Ok::<_, Error>(first)
        };
        begun.await.unwrap_or_else(|error| {
            log_error(&format!("a job will begin a thread: {error:?}"));
            None
        })
    }
}

/// Marks the message as one that has a thread, and writes the thread's first, which refers to it.
/// They are of two channels, so it takes two writes. What was done before under `once` is not done
/// again, nor anything when the thread or the message is gone.
///
/// # Errors
/// The store's own.
pub async fn begin(
    cx: &Cx,
    beginning: &Beginning,
    once: &str,
) -> Result<Option<Id<marker::Message>>> {
    let thread = cx.read(channels::by_id(beginning.thread_id).optional());
    let Some(thread) = thread.await? else {
        return Ok(None);
    };
    for attempt in 1.. {
        match mark(cx, beginning, &thread).await {
            Ok(Some((row, people))) => {
                let (author, of_thread) = (beginning.author_id, &thread);
                return say(cx, of_thread, author, once, &row, people).await;
            }
            Ok(None) => break,
            Err(Error::Conflict) if attempt < ATTEMPTS_MAX => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Marks the message, unless it is, and returns it.
async fn mark(
    cx: &Cx,
    beginning: &Beginning,
    thread: &Channel,
) -> Result<Option<(Stored, People)>> {
    let (guild, channel) = (beginning.guild_id, beginning.channel_id);
    let query = messages::by_id(beginning.author_id, channel, thread.id.cast());
    let Some(mut row) = cx.read_for_update(channel, query.optional()).await? else {
        return Ok(None);
    };
    let named = people_of(&row).chain([beginning.author_id]);
    let people = People::read(cx, Some(guild), named).await?;
    if row.flags & flags::HAS_THREAD != 0 {
        return Ok(Some((row, people)));
    }
    row.flags |= flags::HAS_THREAD;
    let mut message = compose(cx, &row, &people);
    message.thread = Some(Box::new(thread.clone()));
    if row.answers().is_some() {
        // An answer without what it answers would look like the answer to a deleted message.
        let answered = message_view::referenced(cx, beginning.author_id, row.clone());
        message.referenced_message = answered.await?;
    }
    let audience = Audience::Channel { guild, channel };
    let told = updated(audience, &message, &people);
    let mut batch = Batch::messages(channel);
    batch.push(messages::add_flags(channel, row.id, flags::HAS_THREAD));
    batch.emit(told);
    cx.write(batch).await?;
    Ok(Some((row, people)))
}

/// Writes the thread's first message, which refers to the one that it was made from.
async fn say(
    cx: &Cx,
    thread: &Channel,
    author: Id<marker::User>,
    once: &str,
    row: &Stored,
    people: People,
) -> Result<Option<Id<marker::Message>>> {
    let referenced = Some(Some(Box::new(compose(cx, row, &people))));
    let mut starter = Stored::new(Id::new(0), thread.id, author, String::new());
    starter.kind = kind::THREAD_STARTER_MESSAGE;
    starter.extra.reference = Some(Reference {
        kind: Reference::DEFAULT,
        channel_id: row.channel_id,
        message_id: Some(row.id),
        guild_id: thread.guild_id(),
    });
    let mut message = NewMessage::new(starter, audience_of(thread, author), people);
    message.referenced = referenced;
    message.once = Some((once.to_owned(), BEGUN_BEFORE));
    match message.write(cx).await {
        Ok(message) => Ok(Some(message.id)),
        Err(Error::Api(BEGUN_BEFORE)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Has the batch that makes a post see to it that the post is deleted, if its first message is not
/// written.
pub fn promise_first_message(cx: &Cx, batch: &mut Batch, post: &Channel) {
    let payload = json!({ "channel_id": post.id });
    let later = cx.now().plus_millis(LEFT_TO_JOB_MS);
    let job = jobs::insert(&cx.ulid(), jobs::DELETE_EMPTY_POST, &payload, later);
    batch.push(job);
}

/// Deletes a post that has had no message.
///
/// # Errors
/// The store's own.
pub async fn delete_empty_post(cx: &Cx, post: &Channel) -> Result<()> {
    let states = messages::channel_states(&[post.id]);
    let begun = !cx.read_messages(post.id, states).await?.is_empty();
    if begun {
        return Ok(());
    }
    let mut batch = Batch::main();
    delete_thread(cx, &mut batch, post).await?;
    match cx.write(batch).await.map_err(Error::from) {
        Ok(_) | Err(Error::Api(Code::UnknownChannel)) => Ok(()),
        Err(error) => Err(error),
    }
}
