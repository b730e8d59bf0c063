//! Starts that find functions which were not compiled before, or cannot be kept.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use http::Method;

use crate::process::{Process, Running, command};
use crate::support::{ask, connect, manifest};

/// How long anything here may take on a busy machine.
const WITHIN: Duration = Duration::from_secs(120);

/// An address that nobody listens at.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Starts an instance that has everything to compile; it listens when this returns.
fn start(folder: &Path, address: SocketAddr) -> Running {
    let child = command(folder)
        .env("SPACEBAR_STORAGE_CACHE", folder.join("cache"))
        .args(["serve", "--listen", &address.to_string(), "--manifest"])
        .arg(manifest(folder))
        .arg("--data")
        .arg(folder.join("data"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let running = Running(child.unwrap());
    wait(|| TcpStream::connect(address).is_ok());
    running
}

fn wait(until: impl Fn() -> bool) {
    let started = Instant::now();
    while !until() {
        assert!(started.elapsed() < WITHIN);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn early_requests_are_told_when_to_retry() {
    let folder = tempfile::tempdir().unwrap();
    let address = free();
    let _running = start(folder.path(), address);
    let mut connection = connect(address).await;
    let early = ask(&mut connection, Method::GET, "/guest/read", &[], "").await;
    assert_eq!(early.status, 503);
    assert!(
        early.text().contains("0 of 1 functions"),
        "{}",
        early.text()
    );
    let seconds: u64 = early.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let started = Instant::now();
    loop {
        let mut connection = connect(address).await;
        let answer = ask(&mut connection, Method::GET, "/readyz", &[], "").await;
        if answer.status == 200 {
            break;
        }
        assert_eq!(answer.status, 503);
        assert!(started.elapsed() < WITHIN, "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut connection = connect(address).await;
    let answer = ask(&mut connection, Method::GET, "/guest/read", &[], "").await;
    assert_eq!(answer.status, 200);
}

#[cfg(target_os = "linux")]
#[test]
fn compilers_end_with_their_parent() {
    for signal in ["-TERM", "-KILL"] {
        let folder = tempfile::tempdir().unwrap();
        let mut running = start(folder.path(), free());
        let id = running.0.id();
        let children = format!("/proc/{id}/task/{id}/children");
        let child = fs::read_to_string(children).unwrap();
        let child = PathBuf::from("/proc").join(child.trim());
        assert!(child.join("stat").exists(), "nothing compiles");
        let mut kill = std::process::Command::new("kill");
        let sent = kill.args([signal, &id.to_string()]).status().unwrap();
        assert!(sent.success());
        let ended = running.0.wait().unwrap();
        assert_eq!(ended.success(), signal == "-TERM", "{ended}");
        // One that ended and that nobody waits for has no program any more.
        wait(|| fs::read_link(child.join("exe")).is_err());
    }
}

#[test]
fn compiled_functions_go_where_they_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody, whoever runs this, can make a folder of a file.
    fs::create_dir(folder.path().join("target")).unwrap();
    fs::write(folder.path().join("target/aot"), "in the way").unwrap();
    let mut serve = command(folder.path());
    serve.env_remove("SPACEBAR_STORAGE_CACHE");
    drop(Process::start_as(serve, folder.path()));
    let kept = fs::read_dir(folder.path().join("data/aot")).unwrap();
    assert_eq!(kept.count(), 1);

    let mut serve = command(folder.path());
    serve.env("SPACEBAR_STORAGE_CACHE", folder.path().join("target/aot"));
    let refused = serve
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "data"])
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("storage.cache"),
        "{said}"
    );
}

#[test]
fn a_start_that_lacks_its_functions_says_what_to_do_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let refused = || {
        let mut serve = command(folder.path());
        let output = serve.args(["serve", "--listen", "127.0.0.1:0"]).output();
        let output = output.unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = refused();
    assert!(
        said.contains("--manifest") && said.contains("spin.toml"),
        "{said}"
    );
    let text = fs::read_to_string(manifest(folder.path())).unwrap();
    let elsewhere = text.replace("local_guest.wasm", "lost.wasm");
    fs::write(folder.path().join("spin.toml"), elsewhere).unwrap();
    let said = refused();
    assert!(
        said.contains("cargo xtask build") && said.contains("lost.wasm"),
        "{said}"
    );
    assert!(!folder.path().join("data").exists());
}
