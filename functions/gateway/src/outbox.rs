//! Events that were committed and not yet delivered, for a gateway that does not share the host's
//! process.

use model::gateway::internal::{OUTBOX_PAGE_MAX, OutboxPage};
use runtime::prelude::*;
use store::outbox;

function! {
    at internal "/outbox"
    POST read_outbox
}

struct ReadOutbox(i64);

impl Form for ReadOutbox {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(fields.int("through", 0..=i64::MAX).unwrap_or_default())
    }
}

/// Notes the delivered events and returns the next ones. A call that is repeated after a failure
/// returns the same events. Both stores are one database on the hosts whose gateway asks.
async fn read_outbox(
    cx: &Cx,
    _: Internal,
    Body(ReadOutbox(through)): Body<ReadOutbox>,
) -> Result<Json<OutboxPage>> {
    if through > 0 {
        let mut batch = Batch::main();
        batch.extend(outbox::delivered_through(through));
        cx.write(batch).await?;
    }
    let rows = cx.read(outbox::after(through, OUTBOX_PAGE_MAX)).await?;
    Ok(Json(OutboxPage {
        through: rows.last().map_or(through, |(seq, _, _)| *seq),
        events: rows.into_iter().map(|(_, _, event)| event).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use model::event::GuildDelete;
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    fn event(number: u64) -> Event {
        let id = Id::new(number);
        let gone = GuildDelete {
            id,
            unavailable: None,
        };
        Event::new(Audience::Guild(id), &gone)
    }

    #[test]
    fn events_are_answered_in_order_until_they_are_forgotten() {
        let app = App::new();
        let gateway = app.itself();
        let read = |through: i64| -> OutboxPage {
            let body = json!({ "through": through });
            let page = gateway.post(&FUNCTION, "/outbox", body).ok();
            serde_json::from_value(page).unwrap()
        };
        assert_eq!(read(0).through, 0);
        let mut batch = Batch::main();
        let events: Vec<_> = (1..=OUTBOX_PAGE_MAX as u64 + 1).map(event).collect();
        batch.extend(outbox::insert(&events, app.now()));
        app.write(batch);
        let first = read(0);
        assert_eq!(first.events.len(), OUTBOX_PAGE_MAX as usize);
        assert_eq!(read(0).events, first.events);
        let second = read(first.through);
        assert_eq!(second.events, [event(OUTBOX_PAGE_MAX as u64 + 1)]);
        let last = read(second.through);
        assert_eq!((last.through, last.events.len()), (second.through, 0));
        assert!(read(0).events.is_empty());
    }

    #[test]
    fn a_number_is_a_number_and_nobody_else_reads() {
        let app = App::new();
        let wrong = json!({ "through": "x" });
        let refused = app.itself().post(&FUNCTION, "/outbox", wrong);
        refused.is(Code::InvalidFormBody);
        let alice = app.register("alice");
        let body = json!({ "through": 0 });
        alice.post(&FUNCTION, "/outbox", body).is(Code::NotFound);
    }
}
