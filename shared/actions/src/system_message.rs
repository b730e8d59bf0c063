//! Messages that the system writes: who joined, what was renamed.

use model::Message;
use model::message::Reference;
use runtime::host::log_error;
use runtime::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs;
use store::messages::Stored;

use crate::message_view::People;
use crate::new_message::NewMessage;

/// A notice that is to appear in a channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Notice {
    /// Where.
    pub channel: Id<marker::Channel>,
    /// Those who see the channel.
    pub audience: Audience,
    /// What kind of message; see [`model::message::kind`].
    pub kind: u8,
    /// Who did what it tells of.
    pub author: Id<marker::User>,
    /// To whom.
    pub mentions: Vec<Id<marker::User>>,
    /// What the kind wants to be said, such as the new name.
    pub content: String,
    /// What it refers to.
    pub reference: Option<Reference>,
}

/// Writes a notice. Its cause is in the other store and is written before, so that nothing is
/// told that did not happen.
///
/// # Errors
/// The store's own.
pub async fn send(cx: &Cx, notice: Notice) -> Result<Message> {
    write(cx, notice, None).await
}

/// Milliseconds after which a job writes a notice, if the function that caused it did not.
pub const LEFT_TO_JOB_MS: i64 = 60_000;

/// A notice that is written once its cause is.
#[derive(Debug)]
pub struct Promised {
    job: String,
    notice: Notice,
}

/// Has the batch that causes a notice see to it that it is written: by a job, should nobody get to
/// [`Promised::keep`].
pub fn promise(cx: &Cx, batch: &mut Batch, notice: Notice) -> Promised {
    let job = cx.ulid();
    let payload = json!({ "notice": notice, "once": job });
    let later = cx.now().plus_millis(LEFT_TO_JOB_MS);
    batch.push(jobs::insert(&job, jobs::SEND_NOTICE, &payload, later));
    Promised { job, notice }
}

impl Promised {
    /// Writes the notice, now that its cause is written. That stays, so a failure is logged and
    /// left to the job.
    pub async fn keep(self, cx: &Cx) -> Option<Message> {
        let written = async {
            let message = write(cx, self.notice, Some(&self.job)).await?;
            let mut batch = Batch::main();
            batch.push(jobs::delete(&self.job));
            cx.write(batch).await?;
            Ok::<_, Error>(message)
        };
        match written.await {
            Ok(message) => Some(message),
            Err(error) => {
                log_error(&format!("a job will write a notice: {error:?}"));
                None
            }
        }
    }
}

/// What the write says when the notice was written before. Never answered: that is as good.
const WRITTEN_BEFORE: Code = Code::BadRequest;

/// Writes a notice, unless it was written under `once` in the last minutes.
///
/// # Errors
/// The store's own.
pub async fn send_once(cx: &Cx, notice: Notice, once: &str) -> Result<()> {
    match write(cx, notice, Some(once)).await {
        Ok(_) | Err(Error::Api(WRITTEN_BEFORE)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn write(cx: &Cx, notice: Notice, once: Option<&str>) -> Result<Message> {
    let guild = match notice.audience {
        Audience::Channel { guild, .. } => Some(guild),
        _ => None,
    };
    let named = notice.mentions.iter().copied().chain([notice.author]);
    let people = People::read(cx, guild, named).await?;
    let mut row = Stored::new(Id::new(0), notice.channel, notice.author, notice.content);
    row.kind = notice.kind;
    row.extra.mentions = notice.mentions;
    row.extra.reference = notice.reference;
    let mut message = NewMessage::new(row, notice.audience, people);
    message.once = once.map(|once| (once.to_owned(), WRITTEN_BEFORE));
    message.write(cx).await
}
