//! Tests of readers: that none misses anything without knowing, nor keeps more than it may.

use std::path::Path;

use model::event::GuildDelete;
use model::limits::LOG_EVENTS_MAX;
use model::{Audience, Event, Id};

use super::*;
use crate::embedded::Embedded;
use crate::log::retention;
use crate::{Statement, Value, outbox};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("a local database waited"),
    }
}

fn event(number: u64) -> Event {
    let id = Id::new(number);
    let gone = GuildDelete {
        id,
        unavailable: None,
    };
    Event::new(Audience::Guild(id), &gone)
}

fn run(database: &Embedded, statements: Vec<Statement>) {
    let mut batch = Batch::main();
    batch.extend(statements);
    block_on(database.write(batch)).expect("it is written");
}

/// Events happen, as on hosts where a gateway elsewhere reads them, and it has had them.
fn happen(database: &Embedded, numbers: std::ops::RangeInclusive<u64>, at: Timestamp) {
    let events: Vec<_> = numbers.map(event).collect();
    run(database, outbox::insert(&events, at));
    run(database, outbox::delivered_through(i64::MAX));
}

fn begin<'d>(database: &'d Embedded, name: &'d str) -> (Reader<'d, Embedded>, bool) {
    block_on(Reader::begin(database, Store::Main, name, NOW)).expect("a reader")
}

/// The guilds that the next events are of, and whether something was missed.
fn read(reader: &mut Reader<'_, Embedded>) -> (Vec<u64>, bool) {
    let page = block_on(reader.next(100, NOW)).expect("a page");
    let guilds = page.entries.iter();
    let guilds = guilds.filter_map(|(_, entry)| entry.event.audience.guild());
    let guilds = guilds.map(Id::get);
    (guilds.collect(), page.missed)
}

/// Acknowledges the first `count` of what comes next.
fn take(reader: &mut Reader<'_, Embedded>, count: usize) {
    let page = block_on(reader.next(100, NOW)).expect("a page");
    let (through, _) = page.entries[count - 1];
    block_on(reader.acknowledge(through, NOW)).expect("it is noted");
}

fn rows(database: &Embedded) -> i64 {
    let query = Query::new("SELECT count(*) FROM outbox", vec![], 1, |row| row.take());
    block_on(database.read(Store::Main, query)).expect("a count")[0]
}

#[test]
fn without_readers_what_the_gateway_has_had_is_gone() {
    let database = Embedded::memory().unwrap();
    run(&database, outbox::insert(&[event(1), event(2)], NOW));
    assert_eq!(rows(&database), 2);
    run(&database, outbox::delivered_of_stream(1, i64::MAX));
    assert_eq!(rows(&database), 1);
    run(&database, outbox::delivered_through(i64::MAX));
    assert_eq!(rows(&database), 0);
}

#[test]
fn two_readers_read_at_their_own_pace_and_the_slower_one_decides() {
    let database = Embedded::memory().unwrap();
    let (mut search, mut push) = (begin(&database, "search").0, begin(&database, "push").0);
    happen(&database, 1..=3, NOW);
    assert_eq!(read(&mut search), (vec![1, 2, 3], false));
    take(&mut search, 3);
    assert_eq!(read(&mut search), (vec![], false));
    assert_eq!(rows(&database), 3);
    take(&mut push, 2);
    assert_eq!((read(&mut push), rows(&database)), ((vec![3], false), 1));
    take(&mut push, 1);
    assert_eq!(rows(&database), 0);
}

#[test]
fn events_unread_by_the_gateway_stay() {
    let database = Embedded::memory().unwrap();
    let (mut search, _) = begin(&database, "search");
    run(&database, outbox::insert(&[event(1), event(2)], NOW));
    take(&mut search, 2);
    run(&database, retention::trim(i64::MAX));
    let waiting = outbox::after(0, 10);
    let waiting = block_on(database.read(Store::Main, waiting)).unwrap();
    assert_eq!(waiting.len(), 2);
    let guilds = block_on(database.read(Store::Main, outbox::guilds())).unwrap();
    assert_eq!(guilds, [Id::new(1), Id::new(2)]);
    run(&database, outbox::delivered_through(waiting[1].0));
    assert_eq!(rows(&database), 0);
}

/// It is told of each once, though a reader still needs them.
#[test]
fn the_gateway_is_told_nothing_twice_for_the_sake_of_others() {
    let database = Embedded::memory().unwrap();
    let (_search, _) = begin(&database, "search");
    happen(&database, 1..=3, NOW);
    run(&database, outbox::insert(&[event(4)], NOW));
    let waiting = block_on(database.read(Store::Main, outbox::after(0, 10))).unwrap();
    let streams: Vec<_> = waiting.iter().map(|(_, stream, _)| *stream).collect();
    assert_eq!((streams, rows(&database)), (vec![4], 4));
    let again = block_on(database.read(Store::Main, outbox::of_stream(2, 0, 10))).unwrap();
    assert!(again.is_empty(), "{again:?}");
    let guilds = block_on(database.read(Store::Main, outbox::guilds())).unwrap();
    assert_eq!(guilds, [Id::new(4)]);
}

/// Its process ends anywhere: what was not acknowledged comes again.
#[test]
fn a_reader_that_crashed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.db");
    {
        let database = Embedded::open(&path).unwrap();
        let (mut search, missed) = begin(&database, "search");
        assert!(missed, "what was before it is not in the log");
        happen(&database, 1..=3, NOW);
        take(&mut search, 1);
        assert_eq!(read(&mut search).0, [2, 3]);
    }
    let database = Embedded::open(&path).unwrap();
    let (mut search, missed) = begin(&database, "search");
    assert_eq!((read(&mut search), missed), ((vec![2, 3], false), false));
}

#[test]
fn a_reader_that_lags_too_far_is_told_that_it_missed_something() {
    let database = Embedded::memory().unwrap();
    let (mut search, _) = begin(&database, "search");
    happen(&database, 1..=5, NOW);
    take(&mut search, 1);
    run(&database, retention::trim(search.position() + 2));
    assert_eq!(read(&mut search), (vec![4, 5], true));
    assert_eq!(read(&mut search), (vec![4, 5], false));
    // A process that did not live to hear of it hears of it later.
    let (mut again, missed) = begin(&database, "search");
    assert_eq!((read(&mut again).0, missed), (vec![4, 5], true));
    take(&mut again, 2);
    assert!(!begin(&database, "search").1);
}

#[test]
fn a_reader_that_is_switched_off_costs_no_more_than_is_kept() {
    let database = Embedded::memory().unwrap();
    let (_search, _) = begin(&database, "search");
    let kept = |now| block_on(database.read(Store::Main, retention::kept(now))).unwrap()[0];
    happen(&database, 1..=3, NOW);
    let later = NOW.plus_millis(LOG_AGE_MS_MAX + 1);
    happen(&database, 4..=5, later);
    assert_eq!(kept(NOW).cut(), None);
    let found = kept(later);
    assert!(found.absent);
    run(
        &database,
        retention::trim(found.cut().expect("three are old")),
    );
    assert_eq!(rows(&database), 2);
    // By number, too.
    let far = format!("UPDATE outbox SET seq = seq + {LOG_EVENTS_MAX} WHERE stream = ~5");
    run(&database, vec![Statement::new(far, Vec::<Value>::new())]);
    run(
        &database,
        retention::trim(kept(later).cut().expect("too many")),
    );
    assert_eq!(rows(&database), 1);
    // Nobody else needs what is left.
    run(&database, retention::forget_absent(later));
    assert_eq!(rows(&database), 0);
    happen(&database, 6..=7, later);
    assert_eq!(rows(&database), 0);
}

#[test]
fn a_reader_that_was_forgotten_begins_anew_and_knows_it() {
    let database = Embedded::memory().unwrap();
    let (mut search, _) = begin(&database, "search");
    let later = NOW.plus_millis(LOG_AGE_MS_MAX + 1);
    run(&database, retention::forget_absent(later));
    happen(&database, 1..=2, later);
    assert_eq!(read(&mut search), (vec![], true));
    happen(&database, 3..=3, later);
    assert_eq!(read(&mut search), (vec![3], false));
}

/// Nothing may happen for a long time.
#[test]
fn a_reader_that_is_there_is_not_forgotten() {
    let database = Embedded::memory().unwrap();
    let (mut search, _) = begin(&database, "search");
    let step = LOG_AGE_MS_MAX / 2;
    for days in 1..=4 {
        let now = NOW.plus_millis(step * days);
        block_on(search.next(10, now)).unwrap();
        run(&database, retention::forget_absent(now));
    }
    happen(&database, 1..=1, NOW);
    assert_eq!(read(&mut search), (vec![1], false));
}

#[test]
fn ended_readers_leave_nothing_behind() {
    let database = Embedded::memory().unwrap();
    let (search, _) = begin(&database, "search");
    happen(&database, 1..=2, NOW);
    block_on(search.end()).unwrap();
    assert_eq!(rows(&database), 0);
}

#[test]
fn new_readers_begin_at_the_oldest_kept_position() {
    let database = Embedded::memory().unwrap();
    let (_push, _) = begin(&database, "push");
    happen(&database, 1..=2, NOW);
    let (mut search, missed) = begin(&database, "search");
    assert_eq!((read(&mut search), missed), ((vec![1, 2], false), true));
}

#[test]
fn events_that_the_gateway_had_in_process_are_for_readers_alone() {
    let database = Embedded::open(Path::new(":memory:")).unwrap();
    let (mut search, _) = begin(&database, "search");
    run(
        &database,
        outbox::insert_delivered(&[event(1), event(2)], NOW),
    );
    let waiting = block_on(database.read(Store::Main, outbox::after(0, 10))).unwrap();
    assert!(waiting.is_empty());
    assert_eq!(read(&mut search), (vec![1, 2], false));
}
