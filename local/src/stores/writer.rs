//! The thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use store::embedded::Connection;
use store::{Call, Error, Outcome, Value, jobs, log, outbox};
use tokio::sync::{mpsc, oneshot};

use super::Committed;
use crate::clock::now;

/// Calls of one commit. More would delay the first of them for the sake of the last.
const GROUP_MAX: usize = 128;
/// Calls that wait; later ones wait for a place.
const QUEUE_MAX: usize = 1024;

type Answer = Result<Vec<Outcome>, Error>;

#[derive(Debug)]
struct Write {
    call: Call,
    /// How many of its statements' outcomes are wanted.
    wanted: usize,
    answer: oneshot::Sender<Answer>,
}

/// The one connection that writes, on a thread of its own.
#[derive(Debug)]
pub struct Writer {
    queue: Mutex<Option<mpsc::Sender<Write>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. It ends when the queue is closed and empty.
    pub fn start(connection: Connection, committed: Committed) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || run(connection, receiver, &committed))?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Writes a call, all or nothing. When this returns it is on disk and its events are published,
    /// whether or not anybody still waits.
    pub async fn write(&self, call: Call) -> Answer {
        let closed = || Error::Unavailable("the database is closed".into());
        let queue = lock(&self.queue).clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        let wanted = call.statements.len();
        let write = Write {
            call,
            wanted,
            answer,
        };
        queue.send(write).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    /// Closes the queue and waits until it is written.
    pub async fn close(&self) {
        lock(&self.queue).take();
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            // The thread catches its panics, and the runtime is not shutting down yet.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unavailable<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Unavailable(_)))
}

/// Writes a group, with its events if somebody reads the log besides the gateway, which gets them
/// from here.
fn write(connection: &mut Connection, group: &mut [Write]) -> Vec<Answer> {
    let begins = || group.iter().any(|write| log::is_read_after(&write.call));
    match log_is_read(connection) {
        Ok(is_read) if is_read || begins() => group.iter_mut().for_each(log_events),
        Ok(_) => {}
        // Events that the log would miss are not written either.
        Err(error) => return group.iter().map(|_| Err(error.clone())).collect(),
    }
    let calls: Vec<&Call> = group.iter().map(|write| &write.call).collect();
    connection.write_group(&calls)
}

fn log_is_read(connection: &mut Connection) -> Result<bool, Error> {
    let outcome = connection.run(&log::is_read())?;
    Ok(outcome.values == [Value::Integer(1)])
}

/// Adds the call's events to the log, unless they come from there. Those that no write belongs to
/// are in none.
fn log_events(Write { call, .. }: &mut Write) {
    if !call.statements.is_empty() && !outbox::is_delivered_by(call) {
        let events = outbox::insert_delivered(&call.events, now());
        call.statements.extend(events);
    }
}

fn run(mut connection: Connection, mut queue: mpsc::Receiver<Write>, committed: &Committed) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while queue.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        let answers = catch_unwind(AssertUnwindSafe(|| write(&mut connection, &mut group)));
        let answers = answers.unwrap_or_else(|_| {
            tracing::error!("the writer panicked; its calls are answered as failed");
            let failure = || Err(Error::Internal("the writer panicked".into()));
            group.iter().map(|_| failure()).collect()
        });
        // Clients learn only that they may try again; why is for who keeps the disk.
        if let Some(Err(error)) = answers.iter().find(|answer| unavailable(answer)) {
            tracing::error!(writes = group.len(), "a write failed: {error}");
        }
        for (write, mut answer) in group.drain(..).zip(answers) {
            if let Ok(outcomes) = &mut answer {
                outcomes.truncate(write.wanted);
            }
            if answer.is_ok() {
                if jobs::are_added_by(&write.call) {
                    committed.jobs.wake();
                }
                committed.gateway.publish(write.call.events);
            }
            // The caller may be gone; the write stays.
            let _ = write.answer.send(answer);
        }
    }
    if let Err(error) = connection.checkpoint() {
        tracing::warn!("the log was not folded into the database: {error}");
    }
}

#[cfg(test)]
mod tests {
    use model::event::IntentsAllowed;
    use model::{Audience, Event, Id, Timestamp};
    use store::log::Reader;
    use store::{Batch, Database, Query, Statement, Store};

    use crate::ports::GatewaySlot;
    use crate::settings::Storage;
    use crate::stores::{Committed, Stores};
    use crate::wakeup::Wakeup;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn open(folder: &tempfile::TempDir) -> Stores {
        let committed = Committed {
            gateway: GatewaySlot::default(),
            jobs: Wakeup::default(),
        };
        let path = folder.path().join("main.db");
        Stores::open(&path, &Storage::default(), committed).unwrap()
    }

    /// A write with an event, which is refused unless it is `right`.
    async fn write(stores: &Stores, number: u64, right: bool) {
        let mut batch = Batch::main();
        let kept = match right {
            true => "INSERT INTO log_trims (only, through) VALUES (0, 0) ON CONFLICT DO NOTHING",
            false => "INSERT INTO guards (held) SELECT NULL",
        };
        batch.push(Statement::new(kept, Vec::new()));
        let audience = Audience::Users(vec![Id::new(1)]);
        batch.emit(Event::new(audience, &IntentsAllowed(number)));
        let written = stores.write(batch).await;
        assert_eq!(
            written.map(|outcomes| outcomes.len()).ok(),
            right.then_some(1)
        );
    }

    async fn rows(stores: &Stores) -> i64 {
        let query = Query::new("SELECT count(*) FROM outbox", Vec::new(), 1, |row| {
            row.take()
        });
        stores.read(Store::Main, query).await.unwrap()[0]
    }

    #[tokio::test]
    async fn events_are_rows_while_somebody_besides_the_gateway_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let stores = open(&folder);
        write(&stores, 1, true).await;
        assert_eq!(rows(&stores).await, 0);
        let begun = Reader::begin(&stores, Store::Main, "search", NOW).await;
        let (mut search, missed) = begun.unwrap();
        assert!(missed);
        write(&stores, 2, true).await;
        write(&stores, 3, false).await;
        let page = search.next(10, NOW).await.unwrap();
        let flags = page.entries.iter().map(|(_, entry)| entry.event.read());
        let flags: Vec<IntentsAllowed> = flags.map(Result::unwrap).collect();
        assert_eq!(flags, [IntentsAllowed(2)]);
        search.end().await.unwrap();
        write(&stores, 4, true).await;
        assert_eq!(rows(&stores).await, 0);
        stores.close().await;
    }

    /// The process dies between the commit and whatever would have come after it.
    #[tokio::test]
    async fn committed_events_are_in_the_log_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let stores = open(&folder);
        let begun = Reader::begin(&stores, Store::Main, "search", NOW).await;
        assert_eq!(begun.unwrap().0.position(), 0);
        write(&stores, 1, true).await;
        drop(stores);
        let stores = open(&folder);
        let begun = Reader::begin(&stores, Store::Main, "search", NOW).await;
        let (mut search, missed) = begun.unwrap();
        let page = search.next(10, NOW).await.unwrap();
        assert_eq!((page.entries.len(), missed, page.missed), (1, false, false));
        stores.close().await;
    }
}
