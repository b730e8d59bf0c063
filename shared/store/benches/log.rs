//! What the log costs a writer whose gateway is in the same process: `cargo bench --package store`.

#![allow(clippy::unwrap_used, reason = "it measures what it made itself")]

use std::time::{Duration, Instant};

use model::event::GuildMemberRemove;
use model::{Audience, Event, Id, Timestamp, User};
use store::embedded::Connection;
use store::{Batch, Call, Statement, log, outbox, params};

/// Commits of one round.
const COMMITS: usize = 400;
/// Rounds, of which the fastest counts: others use the machine too.
const ROUNDS: usize = 7;

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

/// Microseconds of a commit of `group` calls.
fn measure(logs: Logs, group: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Connection::open(&folder.path().join("main.db")).unwrap();
    connection.migrate().unwrap();
    let mut number = 0;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let mut took = Duration::ZERO;
        for _ in 0..COMMITS {
            let mut calls: Vec<Call> = (number..number + group).map(call).collect();
            number += group;
            let began = Instant::now();
            if !matches!(logs, Logs::Never) {
                connection.run(&log::is_read()).unwrap();
            }
            if let Logs::Read = logs {
                for call in &mut calls {
                    let at = Timestamp::from_millis(1_800_000_000_000);
                    let rows = outbox::insert_delivered(&call.events, at);
                    call.statements.extend(rows);
                }
            }
            let calls: Vec<&Call> = calls.iter().collect();
            assert!(connection.write_group(&calls).iter().all(Result::is_ok));
            took += began.elapsed();
        }
        best = best.min(took);
    }
    best.as_secs_f64() * 1e6 / COMMITS as f64
}

fn main() {
    for group in [1, 16] {
        let [never, unread, read] =
            [Logs::Never, Logs::Unread, Logs::Read].map(|logs| measure(logs, group));
        println!(
            "{group} calls a commit: {never:.1} µs; a log that nobody reads {:.3} times that, one \
             that is read {:.3} times",
            unread / never,
            read / never
        );
    }
}
