//! The database as functions reach it, and the events of what they write.

use std::time::Duration;

use http::Method;
use model::event::SessionsRevoked;
use model::{Audience, Event, Id, Timestamp};
use store::embedded::Embedded;
use store::{Batch, Database, Store, outbox};

use crate::support::App;

fn published(app: &App) -> usize {
    app.gateway.events.lock().unwrap().len()
}

#[tokio::test]
async fn a_write_is_read_and_its_event_published_once() {
    let app = App::new().await;
    assert_eq!(app.get("/guest/write").await.text(), "1 changed");
    assert_eq!(app.get("/guest/read").await.text(), "1");
    assert_eq!(published(&app), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writes_all_happen() {
    let app = App::new().await;
    let writes = (0..64).map(|_| app.get("/guest/write"));
    for answer in futures_util::future::join_all(writes).await {
        assert_eq!(answer.text(), "1 changed");
    }
    assert_eq!(app.get("/guest/read").await.text(), "64");
    assert_eq!(published(&app), 64);
}

#[tokio::test]
async fn a_function_that_ends_after_its_commit_loses_no_event() {
    let app = App::with(&["functions.faults=true"], false).await;
    let fault = [("x-spacebar-fault", "after-commit")];
    let answer = app.ask(Method::GET, "/guest/write", &fault, "").await;
    assert_eq!(answer.status, 500);
    assert_eq!(app.get("/guest/read").await.text(), "1");
    assert_eq!(published(&app), 1);
}

#[tokio::test]
async fn faults_are_not_for_everybody() {
    let app = App::new().await;
    let fault = [("x-spacebar-fault", "after-commit")];
    let answer = app.ask(Method::GET, "/guest/write", &fault, "").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_strict_mode_connections_are_spins() {
    let app = App::with(&[], true).await;
    let refused = app.get("/guest/write").await;
    assert_eq!(refused.status, 500);
    let answer = app.get("/guest/statements").await;
    let expected = r#"1 ["id"] [Value::Integer(7)] Some(7)"#;
    assert_eq!(answer.text(), expected);
}

/// As `spacebar admin` does, from another process.
#[tokio::test]
async fn foreign_outbox_rows_are_delivered_soon() {
    let app = App::new().await;
    let database = Embedded::open(&app.data.join("main.db")).unwrap();
    let audience = Audience::Users(vec![Id::new(1)]);
    let event = Event::new(audience, &SessionsRevoked(vec!["hash".into()]));
    let mut batch = Batch::main();
    let now = Timestamp::from_millis(1);
    for statement in outbox::insert(&[event.clone(), event.clone()], now) {
        batch.push(statement);
    }
    database.write(batch).await.unwrap();
    let delivered = async {
        while published(&app) < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let delivered = tokio::time::timeout(Duration::from_secs(10), delivered).await;
    delivered.expect("the host looks");
    assert_eq!(*app.gateway.events.lock().unwrap(), [event.clone(), event]);
    let left = database.read(Store::Main, outbox::after(0, 10)).await;
    assert_eq!(left.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_strict_mode_the_outbox_is_delivered_once_whoever_dies() {
    let app = App::with(&["functions.faults=true"], true).await;
    let fault = [("x-spacebar-fault", "after-commit")];
    let answer = app.ask(Method::GET, "/guest/outbox", &fault, "").await;
    assert_eq!(answer.status, 500);
    assert_eq!(app.get("/guest/outbox").await.text(), "committed");
    let waiting = std::time::Instant::now();
    while published(&app) < 2 && waiting.elapsed().as_secs() < 10 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(published(&app), 2);
}

#[tokio::test]
async fn outside_strict_mode_only_whole_calls_are_taken() {
    let app = App::new().await;
    assert_eq!(app.get("/guest/statements").await.status, 500);
}

#[tokio::test]
async fn writes_survive_a_restart() {
    let mut app = App::new().await;
    assert_eq!(app.get("/guest/write").await.status, 200);
    app.stop().await;
    let database = app.data.join("main.db");
    let log = std::fs::metadata(app.data.join("main.db-wal"));
    assert!(
        log.is_ok_and(|log| log.len() == 0),
        "the log was not folded in"
    );
    let mut connection = store::embedded::Connection::open_reader(&database).unwrap();
    let sql = include_str!("../guest/sql/count.sql");
    let outcome = connection.run(&store::Statement::new(sql, vec![])).unwrap();
    assert_eq!(outcome.values, [store::Value::Integer(1)]);
}
