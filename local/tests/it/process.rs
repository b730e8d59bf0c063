//! The program as an operator runs it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http::Method;

use crate::support::{ask, connect, manifest, target};

/// A process that ends with its handle.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Process {
    pub running: Running,
    pub address: SocketAddr,
    /// What it printed until it listened.
    printed: Vec<String>,
}

impl Process {
    pub fn start(folder: &Path) -> Self {
        Self::start_as(command(folder), folder)
    }

    /// Starts it by a command that runs the program with more arguments.
    pub fn start_as(mut command: Command, folder: &Path) -> Self {
        let child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--manifest"])
            .arg(manifest(folder))
            .arg("--data")
            .arg(folder.join("data"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut running = Running(child.unwrap());
        let mut printed = Vec::new();
        let lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
        for line in lines {
            printed.push(line.unwrap());
            let address = printed
                .last()
                .unwrap()
                .strip_prefix("Spacebar listens at http://");
            if let Some(address) = address.and_then(|rest| rest.split(' ').next()) {
                let address = address.parse().unwrap();
                return Self {
                    running,
                    address,
                    printed,
                };
            }
        }
        panic!("it ended: {printed:?}");
    }

    pub fn signal(&self, name: &str) {
        let id = self.running.0.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }
}

pub fn command(folder: &Path) -> Command {
    within(Command::new(env!("CARGO_BIN_EXE_spacebar")), folder)
}

fn within(mut command: Command, folder: &Path) -> Command {
    command
        .current_dir(folder)
        .env("SPACEBAR_STORAGE_CACHE", target().join("tmp/aot"))
        .env("SPACEBAR_RATE_LIMITS_ENABLED", "false");
    command
}

pub fn admin(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = command(folder)
        .args(["admin", "--data"])
        .arg(folder.join("data"))
        .args(arguments)
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text += &String::from_utf8(output.stderr).unwrap();
    (output.status.success(), text)
}

#[tokio::test]
async fn it_stops_when_it_is_told_to_and_finishes_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path());
    assert!(
        process.printed[0].contains("/claim?token="),
        "{:?}",
        process.printed
    );
    let mut connection = connect(process.address).await;
    let answer = ask(&mut connection, Method::GET, "/guest/write", &[], "").await;
    assert_eq!(answer.status, 200);
    let signalled = Instant::now();
    process.signal("-TERM");
    let status = process.running.0.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(signalled.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_second_start_is_quick_and_what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path());
    let mut connection = connect(process.address).await;
    for _ in 0..10 {
        let answer = ask(&mut connection, Method::GET, "/guest/write", &[], "").await;
        assert_eq!(answer.status, 200);
    }
    process.signal("-KILL");
    drop(process);
    let started = Instant::now();
    let process = Process::start(folder.path());
    assert!(started.elapsed() < Duration::from_secs(2));
    let mut connection = connect(process.address).await;
    let answer = ask(&mut connection, Method::GET, "/guest/read", &[], "").await;
    assert_eq!(answer.text(), "10");
}

#[tokio::test]
async fn two_processes_do_not_share_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _process = Process::start(folder.path());
    let second = command(folder.path())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    assert!(!second.status.success());
    let text = String::from_utf8(second.stderr).unwrap();
    assert!(text.contains("storage.data"), "{text}");
}

#[tokio::test]
async fn an_operator_asks_for_settings_links_and_people() {
    let folder = tempfile::tempdir().unwrap();
    let (done, text) = admin(folder.path(), &["--set", "log.format=json", "config"]);
    assert!(done && text.contains("format = \"json\""), "{text}");
    let (done, text) = admin(folder.path(), &["--set", "log.colour=red", "config"]);
    assert!(!done && text.contains("log.colour"), "{text}");
    let (done, text) = admin(folder.path(), &["claim-link"]);
    assert!(!done && text.contains("storage.data"), "{text}");
    let process = Process::start(folder.path());
    let (done, text) = admin(folder.path(), &["claim-link"]);
    let link = format!("http://{}/claim?token=", process.address);
    assert!(done && text.starts_with(&link), "{text}");
    drop(process);
    // Of the process that is gone nothing is said any more.
    let (done, text) = admin(folder.path(), &["claim-link"]);
    let link = "http://127.0.0.1:3001/claim?token=";
    assert!(done && text.starts_with(link), "{text}");
    let database = folder.path().join("data/main.db");
    let database = ["--db", database.to_str().unwrap(), "claim-link"];
    let (done, text) = admin(folder.path(), &database);
    assert!(done && text.starts_with("/claim?token="), "{text}");
    let (done, text) = admin(folder.path(), &["make-operator", "nobody"]);
    assert!(!done && text.contains("nobody"), "{text}");
}

#[tokio::test]
async fn a_little_address_space_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -v 2097152; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_spacebar"));
    let process = Process::start_as(within(command, folder.path()), folder.path());
    let mut connection = connect(process.address).await;
    let answer = ask(&mut connection, Method::GET, "/guest/x", &[], "").await;
    assert_eq!(answer.status, 200);
}
