//! Archiving a thread in which nothing was said for as long as it wants.

use actions::{channel_state, threads as acts};
use model::Channel;
use runtime::prelude::*;
use serde::Deserialize;
use store::{Rejection, channels};

use crate::step::Outcome;

/// Which thread.
#[derive(Debug, Deserialize)]
pub(crate) struct Payload {
    channel_id: Id<marker::Channel>,
}

/// Archives the thread and tells of it, or waits on if something was said meanwhile. A thread that
/// is archived or gone wants nothing more; beginning again adds a job of its own.
pub(crate) async fn step(cx: &Cx, payload: Payload) -> Result<Outcome> {
    let id = payload.channel_id;
    let Some(mut before) = cx.read(channels::by_id(id).optional()).await? else {
        return Ok(Outcome::Done);
    };
    if !before.is_thread() || acts::require_active(&before).is_err() {
        return Ok(Outcome::Done);
    }
    channel_state::fill(cx, [&mut before]).await?;
    let due = acts::archived_at(&before, last_activity(&before));
    if due > cx.now() {
        return Ok(Outcome::NotBefore(due));
    }
    let mut after = before.clone();
    acts::set_archived(&mut after, true);
    let mut batch = Batch::main();
    acts::save(cx, &mut batch, &before, &mut after).await?;
    match cx.write(batch).await {
        Ok(_) | Err(Rejection::Code(Code::UnknownChannel)) => Ok(Outcome::Done),
        Err(error) => Err(error.into()),
    }
}

/// When something was last said in the thread, or it began, or began again.
fn last_activity(channel: &Channel) -> Timestamp {
    let said = channel.last_message_id.map(Id::created_at);
    let begun = channel
        .thread()
        .map(|thread| thread.thread_metadata.archive_timestamp);
    said.max(begun).unwrap_or(Timestamp::from_millis(0))
}

#[cfg(test)]
mod tests {
    use model::channel::kind;
    use runtime::testing::App;
    use serde_json::json;
    use store::{Store, jobs};

    use super::*;
    use crate::run::FUNCTION;

    fn is_archived(app: &App, thread: Id<marker::Channel>) -> bool {
        let found = app.read(Store::Main, channels::by_id(thread).optional());
        acts::require_active(&found.unwrap()).is_err()
    }

    #[test]
    fn a_thread_sleeps_an_hour_after_the_last_word() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let thread = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let mut batch = Batch::main();
        let payload = json!({ "channel_id": thread });
        let due = app.now().plus_millis(3_600_000);
        batch.push(jobs::insert("a", jobs::ARCHIVE_THREAD, &payload, due));
        app.write(batch);
        app.advance(1_800_000);
        let mut batch = Batch::messages(thread);
        let row = store::messages::Stored::new(app.id(), thread, alice.id, "hm".to_owned());
        store::messages::insert(&mut batch, &row, &[], Code::Overloaded);
        app.write(batch);
        let run = || app.itself().post(&FUNCTION, "/jobs/run", json!({})).ok();
        app.advance(1_800_000);
        run();
        assert!(!is_archived(&app, thread));
        app.advance(1_800_000);
        run();
        assert!(is_archived(&app, thread));
        assert!(
            app.emitted(EventKind::ThreadUpdate)
                .data
                .contains(r#""archived":true"#)
        );
        assert!(app.read(Store::Main, jobs::due(app.now(), 9)).is_empty());
    }
}
