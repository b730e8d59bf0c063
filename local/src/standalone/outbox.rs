//! Events that functions left in the outbox, read by an internal function.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::Method;
use model::Event;
use model::gateway::internal::paths::OUTBOX;
use model::gateway::internal::{OutboxPage, OutboxRequest};

use crate::gateway::Internal;
use crate::wakeup::Wakeup;

/// How long an event waits whose function ended before it said that there is one.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Hands what is in the outbox to `publish`, now and at each `wakeup`, until `stopping` is
/// set. An event is published before it is forgotten; a process that dies in between had no
/// sessions to keep.
pub async fn deliver(
    functions: Arc<dyn Internal>,
    publish: impl Fn(Vec<Event>),
    wakeup: Wakeup,
    stopping: Arc<AtomicBool>,
) {
    let mut through = 0;
    loop {
        match read(&*functions, through).await {
            // Everything delivered is forgotten by now.
            Ok(page) if page.events.is_empty() => through = 0,
            Ok(page) => {
                through = page.through;
                publish(page.events);
                // The next request says that these were delivered.
                continue;
            }
            // The callee has written to the log already.
            Err(error) => tracing::debug!("the outbox was not read: {error:#}"),
        }
        if stopping.load(Ordering::Acquire) {
            return;
        }
        wakeup.wait(LOOK_EVERY).await;
    }
}

async fn read(functions: &dyn Internal, through: i64) -> Result<OutboxPage> {
    let body = serde_json::to_vec(&OutboxRequest { through })?;
    let (status, body) = functions
        .call(Method::POST, OUTBOX.to_owned(), body.into())
        .await;
    if !(200..300).contains(&status) {
        bail!("functions answered {status}");
    }
    serde_json::from_slice(&body).context("the answer is no page")
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use bytes::Bytes;
    use model::event::GuildDelete;
    use model::{Audience, Code, Id};

    use super::*;
    use crate::ports::Pending;

    /// Functions whose outbox has these events, and that fail now and then.
    struct Functions {
        outbox: Mutex<Vec<(i64, Event)>>,
        asked: Mutex<Vec<i64>>,
    }

    impl Internal for Functions {
        fn call(&self, _: Method, path: String, body: Bytes) -> Pending<'static, (u16, Bytes)> {
            assert_eq!(path, OUTBOX);
            let through = serde_json::from_slice::<OutboxRequest>(&body)
                .unwrap()
                .through;
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(through);
            if asked.len().is_multiple_of(3) {
                let status = Code::ServiceUnavailable.status();
                return Box::pin(std::future::ready((status, Bytes::new())));
            }
            let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
            outbox.retain(|(seq, _)| *seq > through);
            let page: Vec<_> = outbox.iter().take(2).cloned().collect();
            let page = OutboxPage {
                through: page.last().map_or(through, |(seq, _)| *seq),
                events: page.into_iter().map(|(_, event)| event).collect(),
            };
            let page = serde_json::to_vec(&page).unwrap();
            Box::pin(std::future::ready((200, page.into())))
        }
    }

    #[tokio::test]
    async fn every_event_is_published_once_in_order_and_forgotten() {
        let event = |number: u64| {
            let id = Id::new(number);
            let gone = GuildDelete {
                id,
                unavailable: None,
            };
            Event::new(Audience::Guild(id), &gone)
        };
        let events: Vec<_> = (1..=9).map(event).collect();
        let functions = Arc::new(Functions {
            outbox: Mutex::new((10..).zip(events.clone()).collect()),
            asked: Mutex::default(),
        });
        let published = Arc::<Mutex<Vec<Event>>>::default();
        let (wakeup, stopping) = (Wakeup::default(), Arc::<AtomicBool>::default());
        let delivery = tokio::spawn(deliver(
            functions.clone(),
            {
                let published = published.clone();
                move |events| published.lock().unwrap().extend(events)
            },
            wakeup.clone(),
            stopping.clone(),
        ));
        while !functions.outbox.lock().unwrap().is_empty() {
            wakeup.wake();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stopping.store(true, Ordering::Release);
        wakeup.wake();
        delivery.await.unwrap();
        assert_eq!(*published.lock().unwrap(), events);
    }
}
