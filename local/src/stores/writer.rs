//! The thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use store::embedded::Connection;
use store::{Call, Error, Outcome, jobs};
use tokio::sync::{mpsc, oneshot};

use super::Committed;

/// Calls of one commit. More would delay the first of them for the sake of the last.
const GROUP_MAX: usize = 128;
/// Calls that wait; later ones wait for a place.
const QUEUE_MAX: usize = 1024;

type Answer = Result<Vec<Outcome>, Error>;

#[derive(Debug)]
struct Write {
    call: Call,
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
        let write = Write { call, answer };
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

fn run(mut connection: Connection, mut queue: mpsc::Receiver<Write>, committed: &Committed) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while queue.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        let calls: Vec<&Call> = group.iter().map(|write| &write.call).collect();
        let answers = catch_unwind(AssertUnwindSafe(|| connection.write_group(&calls)));
        let answers = answers.unwrap_or_else(|_| {
            tracing::error!("the writer panicked; its calls are answered as failed");
            let failure = || Err(Error::Internal("the writer panicked".into()));
            group.iter().map(|_| failure()).collect()
        });
        // Clients learn only that they may try again; why is for who keeps the disk.
        if let Some(Err(error)) = answers.iter().find(|answer| unavailable(answer)) {
            tracing::error!(writes = group.len(), "a write failed: {error}");
        }
        for (write, answer) in group.drain(..).zip(answers) {
            if answer.is_ok() {
                if jobs::are_added_by(&write.call) {
                    committed.jobs.wake();
                }
                committed.gateway.publish(write.call.events);
            }
            // Who asked may be gone; what was written stays.
            let _ = write.answer.send(answer);
        }
    }
    if let Err(error) = connection.checkpoint() {
        tracing::warn!("the log was not folded into the database: {error}");
    }
}
