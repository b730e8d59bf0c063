//! A full disk: writes are refused, nothing acknowledged is lost, and it heals.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use crate::support::{Actor, Instance, Options};

/// Bytes of the database at most: somewhat more than an empty one has.
const LIMIT: &str = "storage.database_bytes_max=1500000";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_loses_nothing() {
    let options = Options {
        settings: vec![LIMIT],
        ..Options::default()
    };
    let instance = Arc::new(Instance::start(&options).await.expect("an instance"));
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let path = format!("/channels/{channel}/messages");

    let mut acknowledged = Vec::new();
    let refused = loop {
        let number = acknowledged.len();
        assert!(number < 2000, "the disk is never full");
        let body = json!({ "content": format!("{number} {}", "long ".repeat(390)) });
        let request = owner
            .request(Method::POST, &format!("/api/v10{path}"))
            .json(&body);
        let response = request.send().await.expect("an answer");
        if !response.status().is_success() {
            break response;
        }
        let message: serde_json::Value = response.json().await.expect("a message");
        acknowledged.push(message["id"].as_str().expect("an id").to_owned());
    };
    assert_eq!(refused.status().as_u16(), 503);
    let refused: serde_json::Value = refused.json().await.expect("an error");
    assert_eq!(refused["code"], 130_000);
    // Reading goes on.
    let last = acknowledged.last().expect("some were acknowledged");
    owner.get(&format!("{path}/{last}")).await.ok();

    let token = owner.token.clone();
    drop(owner);
    let full = Arc::into_inner(instance).expect("nobody holds the instance");
    full.kill();
    let healed = full
        .restart(&Options::default())
        .await
        .expect("it starts again");
    let owner = Actor::new(Arc::new(healed), token);
    for id in &acknowledged {
        owner.get(&format!("{path}/{id}")).await.ok();
    }
    owner
        .post(&path, json!({ "content": "there is room again" }))
        .await
        .ok();
}
