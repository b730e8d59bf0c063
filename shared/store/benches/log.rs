//! What the log costs a writer whose gateway is in the same process:
//! `cargo bench --package store --features libsql --bench log`.

#![allow(clippy::unwrap_used, reason = "it measures what it made itself")]

use std::path::Path;
use std::time::{Duration, Instant};

use model::event::GuildMemberRemove;
use model::{Audience, Event, Id, Timestamp, User};
use store::embedded::Connection;
use store::{Batch, Call, Statement, log, outbox, params};

/// Commits of one round.
const COMMITS: usize = 400;
/// Rounds, of which the fastest counts: others use the machine too.
const ROUNDS: usize = 15;

/// What is written besides the batch.
#[derive(Clone, Copy)]
enum Logs {
    /// Nothing, and nobody asks whether somebody reads.
    Never,
    /// Nothing, since nobody reads.
    Unread,
    /// The event.
    Read,
}

fn call(number: usize) -> Call {
    let user: User = serde_json::from_value(serde_json::json!({
        "id": "1", "username": "somebody", "discriminator": "0", "global_name": null,
        "avatar": null,
    }))
    .unwrap();
    let guild = Id::new(1);
    let mut batch = Batch::main();
    batch.push(Statement::new(
        "INSERT INTO attempts (subject, source, known, expires_at, count) \
         VALUES (?1, x'00', 0, 0, 1)",
        params![(number as u64).to_be_bytes().to_vec()],
    ));
    let gone = GuildMemberRemove::new(guild, &user);
    batch.emit(Event::new(Audience::Guild(guild), &gone));
    batch.into_call().0
}

/// A database in memory: what the disk takes is the same for all, and would hide the rest.
struct Measured {
    connection: Connection,
    next: usize,
    best: Duration,
}

impl Measured {
    fn new() -> Self {
        let mut connection = Connection::open(Path::new(":memory:")).unwrap();
        connection.migrate().unwrap();
        Self {
            connection,
            next: 0,
            best: Duration::MAX,
        }
    }

    /// A round of commits of `group` calls.
    fn round(&mut self, logs: Logs, group: usize) {
        let mut took = Duration::ZERO;
        for _ in 0..COMMITS {
            let mut calls: Vec<Call> = (self.next..self.next + group).map(call).collect();
            self.next += group;
            let began = Instant::now();
            if !matches!(logs, Logs::Never) {
                self.connection.run(&log::is_read()).unwrap();
            }
            if let Logs::Read = logs {
                for call in &mut calls {
                    let at = Timestamp::from_millis(1_800_000_000_000);
                    let rows = outbox::insert_delivered(&call.events, at);
                    call.statements.extend(rows);
                }
            }
            let calls: Vec<&Call> = calls.iter().collect();
            let answers = self.connection.write_group(&calls);
            assert!(answers.iter().all(Result::is_ok));
            took += began.elapsed();
        }
        self.best = self.best.min(took);
    }

    /// Microseconds of a commit.
    fn commit(&self) -> f64 {
        self.best.as_secs_f64() * 1e6 / COMMITS as f64
    }
}

fn main() {
    for group in [1, 16] {
        let mut all = [Logs::Never, Logs::Unread, Logs::Read].map(|logs| (logs, Measured::new()));
        for _ in 0..ROUNDS {
            for (logs, measured) in &mut all {
                measured.round(*logs, group);
            }
        }
        let [never, unread, read] = all.map(|(_, measured)| measured.commit());
        println!(
            "{group} calls a commit: {never:.1} µs without the disk; {:.1} µs more while nobody \
             reads the log, {:.1} µs more while somebody does",
            unread - never,
            read - never
        );
    }
}
