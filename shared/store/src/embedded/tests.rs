//! Tests of the adapter: order, atomicity, groups, errors, versions.

use model::event::IntentsAllowed;
use model::permissions::bits::{
    BYPASS_SLOWMODE as BYPASS, MANAGE_CHANNELS as CHANNELS, MANAGE_MESSAGES as MESSAGE,
    PIN_MESSAGES as PIN,
};
use model::{Audience, Code, Event, Id};

use super::*;
use crate::migrations::{MAIN, MESSAGES};
use crate::{Batch, Guard, Partition, Partitions, Query, Rejection, Store, Value, health, params};

const CHANNEL: Id<model::id::marker::Channel> = Id::new(1);

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("an embedded database never waits"),
    }
}

fn insert(channel: i64, last: i64) -> Statement {
    let sql = "INSERT INTO channel_states (channel_id, last_message_id) VALUES (?1, ?2)";
    Statement::new(sql, params![channel, last])
}

fn call(statements: Vec<Statement>) -> Call {
    Call {
        store: Store::messages(CHANNEL),
        write: true,
        statements,
        events: Vec::new(),
    }
}

fn channels(connection: &mut Connection) -> Vec<Value> {
    let sql = "SELECT channel_id FROM channel_states ORDER BY channel_id";
    let rows = connection.run(&Statement::new(sql, Vec::new()));
    rows.expect("the query is right").values
}

fn memory() -> Connection {
    let mut connection = Connection::open(Path::new(":memory:")).expect("memory opens");
    connection.migrate().expect("the migrations are right");
    connection
}

fn is_rejected(answer: &Result<Vec<Outcome>, Error>, at: u32) -> bool {
    matches!(answer, Err(Error::Rejected { statement, .. }) if *statement == at)
}

#[test]
fn values_come_back_as_they_were_bound() {
    let values = params![
        None::<i64>,
        (1_i64 << 62) + 1,
        0.5,
        "aü",
        vec![0_u8, 255],
        Vec::<u8>::new()
    ];
    let statement = Statement::new("SELECT ?1, ?2, ?3, ?4, ?5, ?6", values.clone());
    let outcome = memory().run(&statement).expect("it runs");
    assert_eq!((outcome.columns, outcome.changes), (6, 0));
    assert_eq!(outcome.values, values);
}

#[test]
fn a_nul_does_not_cut_a_text_short() {
    let statement = Statement::new("SELECT ?1", params!["a\0b"]);
    let outcome = memory().run(&statement).expect("it runs");
    assert_eq!(outcome.values, params!["a\u{fffd}b"]);
}

#[test]
fn a_failed_batch_leaves_nothing_and_names_its_statement() {
    let database = Embedded::memory().expect("memory opens");
    let mut batch = Batch::messages(CHANNEL);
    batch.push(insert(1, 1));
    batch.push_or(insert(1, 2), Code::UnknownChannel);
    let event = Event::new(Audience::Users(vec![Id::new(1)]), &IntentsAllowed(0));
    batch.emit(event.clone());
    let rejection = block_on(database.write(batch));
    assert_eq!(rejection, Err(Rejection::Code(Code::UnknownChannel)));
    assert_eq!(database.take_events(), []);
    let count = Query::new("SELECT count(*) FROM channel_states", vec![], 1, |row| {
        row.take::<i64>()
    });
    assert_eq!(
        block_on(database.read(Store::messages(CHANNEL), count)),
        Ok(vec![0])
    );

    let mut batch = Batch::messages(CHANNEL);
    batch.emit(event.clone());
    assert!(block_on(database.write(batch)).is_ok());
    assert_eq!(database.take_events(), [event]);
}

#[test]
fn a_batch_checks_its_requirements_itself() {
    let database = Embedded::memory().expect("memory opens");
    let sql = "UPDATE channel_states SET last_message_id = 2 WHERE channel_id = ?1";
    let update = Statement::new(sql, params![1_i64]);
    let mut batch = Batch::messages(CHANNEL);
    batch.require_change(update.clone(), Code::UnknownMessage);
    let rejection = block_on(database.write(batch));
    assert_eq!(rejection, Err(Rejection::Code(Code::UnknownMessage)));

    let none = Guard::new("NOT EXISTS (SELECT 1 FROM channel_states)", vec![]);
    let mut batch = Batch::messages(CHANNEL);
    batch.require(none.clone(), Code::TooManyChannels);
    batch.push(insert(1, 1));
    batch.require_change(update, Code::UnknownMessage);
    let outcomes = block_on(database.write(batch)).expect("both hold");
    let changes: Vec<u64> = outcomes.iter().map(|outcome| outcome.changes).collect();
    assert_eq!(changes, [0, 1, 1, 0]);

    let mut batch = Batch::messages(CHANNEL);
    batch.require(none, Code::TooManyChannels);
    let rejection = block_on(database.write(batch));
    assert_eq!(rejection, Err(Rejection::Code(Code::TooManyChannels)));
}

#[test]
fn a_database_is_one_partition_for_ever() {
    let (two, three) = (Partitions::new(2), Partitions::new(3));
    let parts: Vec<_> = three.all().collect();
    let claim = |connection: &mut Connection, of: Partitions, partition: Partition| {
        connection.write(&call(vec![of.claim(partition)]))
    };
    let mut connection = memory();
    for _ in 0..2 {
        assert!(claim(&mut connection, three, parts[1]).is_ok());
    }
    for (of, partition) in [
        (three, parts[2]),
        (two, parts[1]),
        (Partitions::ONE, parts[0]),
    ] {
        assert!(is_rejected(&claim(&mut connection, of, partition), 0));
    }
}

#[test]
fn data_from_before_partitions_is_in_one() {
    for used in [false, true] {
        let mut connection = Connection::open(Path::new(":memory:")).expect("memory opens");
        for migration in MESSAGES {
            if migration.name == "partitions" && used {
                connection.run(&insert(1, 1)).expect("it runs");
            }
            connection
                .script(migration.sql)
                .expect("the migration is right");
        }
        let first = Partitions::new(3);
        let part = first.all().next().expect("there are three");
        let claimed = connection.write(&call(vec![first.claim(part)]));
        assert_eq!(is_rejected(&claimed, 0), used, "{claimed:?}");
    }
}

#[test]
fn split_permissions_keep_their_holders() {
    let roles = [
        (0, 0),
        (MESSAGE, MESSAGE | PIN | BYPASS),
        (CHANNELS, CHANNELS | BYPASS),
    ];
    let overwrites = [
        ((MESSAGE, 0), (MESSAGE | PIN | BYPASS, 0)),
        ((0, MESSAGE), (0, MESSAGE | PIN | BYPASS)),
        ((CHANNELS, MESSAGE), (CHANNELS | BYPASS, MESSAGE | PIN)),
        ((0, CHANNELS), (0, CHANNELS)),
        ((MESSAGE, PIN), (MESSAGE | BYPASS, PIN)),
        ((PIN | BYPASS, MESSAGE), (PIN | BYPASS, MESSAGE)),
        ((MESSAGE, BYPASS), (MESSAGE | PIN, BYPASS)),
    ];
    let mut connection = Connection::open(Path::new(":memory:")).expect("memory opens");
    let split = MAIN.iter().find(|it| it.name == "split_permissions");
    let split = split.expect("a migration");
    for migration in &MAIN[..split.version as usize - 1] {
        connection.script(migration.sql).expect("it is right");
    }
    for (id, (before, _)) in roles.iter().enumerate() {
        let sql = "INSERT INTO roles (id, guild_id, name, position, permissions) \
                   VALUES (?1, 1, '', 0, ?2)";
        let role = Statement::new(sql, params![id as i64, *before as i64]);
        connection.run(&role).expect("it runs");
    }
    for (id, ((allow, deny), _)) in overwrites.iter().enumerate() {
        let sql = "INSERT INTO overwrites (channel_id, target_id, type, allow, deny) \
                   VALUES (1, ?1, 0, ?2, ?3)";
        let values = params![id as i64, *allow as i64, *deny as i64];
        connection
            .run(&Statement::new(sql, values))
            .expect("it runs");
    }
    connection.script(split.sql).expect("it is right");
    let mut values = |sql: &'static str| {
        let rows = connection.run(&Statement::new(sql, vec![]));
        rows.expect("it is right").values
    };
    let expected = roles.map(|(_, after)| Value::Integer(after as i64));
    assert_eq!(values("SELECT permissions FROM roles"), expected);
    let expected = overwrites.map(|(_, (allow, deny))| [allow, deny]);
    let expected = expected.as_flattened().iter();
    let expected: Vec<_> = expected.map(|bits| Value::Integer(*bits as i64)).collect();
    assert_eq!(values("SELECT allow, deny FROM overwrites"), expected);
}

#[test]
fn one_call_of_a_group_fails_alone() {
    let mut connection = memory();
    let group = [
        call(vec![insert(1, 1)]),
        call(vec![insert(2, 1), insert(1, 1)]),
        call(vec![]),
        call(vec![insert(3, 1)]),
    ];
    let answers = connection.write_group(&group.each_ref());
    assert!(answers[0].is_ok() && answers[2].is_ok() && answers[3].is_ok());
    assert!(is_rejected(&answers[1], 1), "{:?}", answers[1]);
    let expected = [Value::Integer(1), Value::Integer(3)];
    assert_eq!(channels(&mut connection), expected);
}

#[test]
fn a_group_that_sqlite_rolls_back_is_run_again_one_by_one() {
    let mut connection = memory();
    let rollback = Statement::new(
        "INSERT OR ROLLBACK INTO channel_states (channel_id) VALUES (1)",
        vec![],
    );
    let group = [
        call(vec![insert(1, 1)]),
        call(vec![insert(2, 1), rollback]),
        call(vec![insert(3, 1)]),
    ];
    let answers = connection.write_group(&group.each_ref());
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(is_rejected(&answers[1], 1), "{:?}", answers[1]);
    let expected = [Value::Integer(1), Value::Integer(3)];
    assert_eq!(channels(&mut connection), expected);
}

#[test]
fn a_connection_recovers_from_a_transaction_left_open() {
    let mut connection = memory();
    let begin = Statement::new("BEGIN", vec![]);
    connection.run(&begin).expect("it begins");
    assert!(connection.write(&call(vec![insert(1, 1)])).is_ok());
    assert_eq!(channels(&mut connection), [Value::Integer(1)]);
}

#[test]
fn defects_are_told_from_conflicts() {
    let mut connection = memory();
    let mut run = |sql: &'static str, params| {
        connection
            .run(&Statement::new(sql, params))
            .expect_err("it fails")
    };
    assert!(matches!(run("SELEC", vec![]), Error::Internal(_)));
    assert!(matches!(run("SELECT ?1", vec![]), Error::Internal(_)));
    let wrong_type = "INSERT INTO channel_states (channel_id, last_pin_at) VALUES (1, 'x')";
    assert!(matches!(run(wrong_type, vec![]), Error::Internal(_)));
    let missing = "INSERT INTO guards (held) VALUES (NULL)";
    assert!(matches!(run(missing, vec![]), Error::Rejected { .. }));
}

#[test]
fn a_reader_sees_commits_and_cannot_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.db");
    let mut writer = Connection::open(&path).expect("it opens");
    writer.migrate().expect("it migrates");
    let mut reader = Connection::open_reader(&path).expect("it opens");
    assert_eq!(channels(&mut reader), []);
    assert!(writer.write(&call(vec![insert(1, 1)])).is_ok());
    assert_eq!(channels(&mut reader), [Value::Integer(1)]);
    let refused = reader.run(&insert(2, 1));
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}

#[test]
fn migrating_twice_changes_nothing_and_a_newer_database_is_refused() {
    let mut connection = memory();
    connection.migrate().expect("nothing is left to do");
    let newer = Statement::new("UPDATE schema_versions SET version = 99", vec![]);
    connection.run(&newer).expect("it runs");
    let refusal = connection.migrate().expect_err("it is newer");
    assert!(refusal.to_string().contains("version 99"), "{refusal}");
}

/// A database whose interface has doubles only.
struct Rounding(Embedded);

impl Database for Rounding {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = self.0.call(call).await?;
        for value in outcomes.iter_mut().flat_map(|it| &mut it.values) {
            if let Value::Integer(number) = value {
                *number = *number as f64 as i64;
            }
        }
        Ok(outcomes)
    }
}

#[test]
fn a_store_that_rounds_ids_is_not_ready() {
    let database = Embedded::memory().expect("a database");
    assert_eq!(block_on(health::check(&database, Store::Main)), Ok(()));
    let rounding = Rounding(database);
    let error = block_on(health::check(&rounding, Store::Main)).expect_err("not ready");
    assert!(error.to_string().contains("came back as"), "{error}");
}
