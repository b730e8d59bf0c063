//! A backup is made while people talk, and comes back as another instance.

use std::process::Command;
use std::sync::Arc;

use http::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Actor, Instance, Options, program};

/// What is attached to a message.
const FILE: &[u8] = b"a file that is kept";

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_instance_comes_back_whole() {
    let instance = Arc::new(
        Instance::start(&Options::default())
            .await
            .expect("an instance"),
    );
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let path = format!("/channels/{channel}/messages");
    let form = Form::new()
        .part("files[0]", Part::bytes(FILE).file_name("kept.txt"))
        .text("payload_json", json!({ "content": "before" }).to_string());
    let request = owner
        .request(Method::POST, &format!("/api/v10{path}"))
        .multipart(form);
    let before = owner.send(Method::POST, &path, request).await.ok();

    let busy = tokio::spawn({
        let (owner, path) = (owner.clone(), path.clone());
        async move {
            for number in 0.. {
                owner
                    .post(&path, json!({ "content": format!("meanwhile {number}") }))
                    .await
                    .ok();
            }
        }
    });
    let kept = TempDir::new().expect("a folder");
    let (backup, data) = (
        kept.path().join("backup"),
        Arc::new(TempDir::new().expect("a folder")),
    );
    spacebar(&["backup", "--data", text(instance.data()), text(&backup)]);
    busy.abort();
    spacebar(&["restore", "--data", text(data.path()), text(&backup)]);

    let restored = Instance::start_in(data, &Options::default())
        .await
        .expect("it starts");
    let restored = Actor::new(Arc::new(restored), owner.token.clone());
    let id = before["id"].as_str().expect("an id");
    let found = restored.get(&format!("{path}/{id}")).await.ok();
    assert_eq!(found["content"], "before");
    let url = found["attachments"][0]["url"].as_str().expect("a URL");
    let (_, file) = url.split_once("/cdn/").expect("a file of an instance");
    let file = restored.request(Method::GET, &format!("/cdn/{file}"));
    let file = file.send().await.expect("an answer").bytes().await;
    assert_eq!(file.expect("a body"), FILE);
}

/// Runs the program to its end, which must be a success.
fn spacebar(args: &[&str]) {
    let program = program().expect("the program");
    let output = Command::new(program).args(args).output().expect("it runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("a path of text")
}
