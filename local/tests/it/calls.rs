//! What functions must not do ends one request, and nothing else.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, GUEST};

fn assert_failed(answer: &Answer) {
    assert_eq!(answer.status, 500);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = json!({"message": "500: Internal Server Error", "code": 0});
    assert_eq!(body, expected);
    assert_eq!(answer.header("x-request-id").len(), 26);
}

#[tokio::test]
async fn a_trap_is_that_requests_500() {
    let app = App::new().await;
    assert_failed(&app.get("/guest/trap").await);
    assert_eq!(app.get("/guest/hello").await.text(), "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runaway_loop_is_stopped_while_others_are_answered() {
    let app = App::with(&["functions.cpu_ms_max=1000"], false).await;
    assert_eq!(app.get("/guest/hello").await.text(), "hello");
    // More loops than threads: nothing but being interrupted lets another in.
    let loops = (0..4).map(|_| app.get("/guest/spin"));
    let loops = async {
        let answers = futures_util::future::join_all(loops).await;
        (answers, Instant::now())
    };
    let other = async {
        assert_eq!(app.get("/guest/hello").await.text(), "hello");
        Instant::now()
    };
    let ((answers, looped), answered) = tokio::join!(loops, other);
    answers.iter().for_each(assert_failed);
    assert!(answered < looped, "the loops kept the other call waiting");
}

#[tokio::test]
async fn a_function_that_waits_for_ever_passes_its_deadline() {
    let app = App::with(&["functions.deadline_ms=300"], false).await;
    let started = Instant::now();
    assert_failed(&app.get("/guest/sleep").await);
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_function_that_computes_passes_no_deadline_but_that_of_the_processor() {
    let app = App::with(&["functions.deadline_ms=300"], false).await;
    assert_eq!(app.get("/guest/compute").await.text(), "computed");
    let app = App::with(&["functions.cpu_ms_max=100"], false).await;
    assert_failed(&app.get("/guest/compute").await);
    // They take turns: each waits for most of the time.
    let app = App::with(&["functions.cpu_ms_max=400"], false).await;
    let answers = (0..6).map(|_| app.get("/guest/compute"));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.text(), "computed");
    }
}

#[tokio::test]
async fn functions_that_decode_wait_for_each_others_memory() {
    // One picture and a half.
    let app = App::with(&["functions.decoding_bytes_max=60000000"], false).await;
    let answers = (0..3).map(|_| app.get("/images/decode"));
    let mut times = Vec::new();
    for answer in futures_util::future::join_all(answers).await {
        let (began, ended) = answer.text().split_once(' ').unwrap();
        times.push((began.to_owned(), ended.to_owned()));
    }
    times.sort();
    let one_by_one = times.windows(2).all(|pair| pair[0].1 <= pair[1].0);
    assert!(one_by_one, "{times:?}");
    let small = App::with(&["functions.decoding_bytes_max=20000000"], false).await;
    let answer = small.get("/images/decode").await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(small.get("/images/hello").await.text(), "hello");
}

#[tokio::test]
async fn memory_beyond_the_limit_is_refused() {
    let app = App::new().await;
    assert_failed(&app.get("/guest/memory").await);
    assert_eq!(app.get("/guest/hello").await.text(), "hello");
}

#[tokio::test]
async fn one_instance_answers_many_calls_and_is_replaced() {
    let app = App::with(&["functions.reuse_max=3"], false).await;
    for _ in 0..10 {
        assert_eq!(app.get("/guest/hello").await.text(), "hello");
    }
}

#[tokio::test]
async fn calls_run_at_once_up_to_the_limit_and_then_wait() {
    let settings = ["functions.instances_max=2", "functions.deadline_ms=5000"];
    let app = App::with(&settings, false).await;
    let answers = (0..16).map(|_| app.get("/guest/read"));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.status, 200);
    }
    // The places that the guest's idle instances hold are given to another function.
    assert_eq!(app.get("/limited/1").await.text(), "hello");
}

#[tokio::test]
async fn a_function_has_its_variables_and_its_blobs() {
    let app = App::with(&["instance.name=Test", "registration.mode=closed"], false).await;
    let variable: Value = serde_json::from_slice(&app.get("/guest/variable").await.body).unwrap();
    assert_eq!(variable["instance"]["name"], "Test");
    assert_eq!(variable["registration"]["mode"], "closed");
    assert_eq!(variable["public_url"], format!("http://{}", app.address));

    let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i / 7) as u8).collect();
    let stored = app
        .ask(Method::POST, "/big/blob", &[], content.clone())
        .await;
    assert_eq!(
        (stored.status.as_u16(), stored.header("content-type")),
        (200, "text/x-test")
    );
    assert!(stored.body == content);
    let range = [("range", "bytes=5-9")];
    let part = app
        .ask(Method::POST, "/guest/blob", &range, &b"0123456789"[..])
        .await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "56789"));
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_refused() {
    let app = App::new().await;
    let answer = app.get("/guest/forbidden").await;
    assert!(answer.text().starts_with("refused"), "{}", answer.text());
}

#[test]
fn threads_that_compile_one_component_do_not_disturb_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let compiled = std::process::Command::new(env!("CARGO_BIN_EXE_spacebar"))
        .arg("compile")
        .arg("--cache")
        .arg(folder.path())
        .args([GUEST.as_path(); 6])
        .status()
        .unwrap();
    assert!(compiled.success());
    let files = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 1, "nothing unfinished stays");
}

#[tokio::test]
async fn a_damaged_compiled_file_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = format!("storage.cache={}", folder.path().display());
    App::with(&[&cache], false).await.stop().await;
    let files = || {
        std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    assert_eq!(
        files().count(),
        1,
        "the guest is one component under several names"
    );
    std::fs::write(files().next().unwrap(), "damaged").unwrap();
    let app = App::with(&[&cache], false).await;
    assert_eq!(app.get("/guest/hello").await.text(), "hello");
}
