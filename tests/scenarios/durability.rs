//! What was acknowledged survives `kill -9`, and nothing is half there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{Actor, Instance, Options};

/// Kills in one run. More are for a nightly run: each takes a second.
const KILLS: u64 = 5;
/// Writers at once.
const WRITERS: usize = 8;

/// Sends messages until the instance dies; returns the ids of those that were acknowledged.
async fn write_until_death(owner: Actor, channel: String, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let url = format!("/api/v10/channels/{channel}/messages");
    while !stop.load(Ordering::Relaxed) {
        let body = serde_json::json!({ "content": format!("number {}", acknowledged.len()) });
        let request = owner.request(http::Method::POST, &url).json(&body);
        let Ok(response) = request.send().await else {
            break;
        };
        if !response.status().is_success() {
            continue;
        }
        let Ok(message) = response.json::<serde_json::Value>().await else {
            break;
        };
        acknowledged.push(message["id"].as_str().expect("an id").to_owned());
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_messages_survive_a_kill() {
    let options = Options::default();
    let mut instance = Arc::new(Instance::start(&options).await.expect("an instance"));
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let token = owner.token.clone();
    drop(owner);

    let mut expected = Vec::new();
    for round in 0..KILLS {
        let owner = Actor::new(instance.clone(), token.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                tokio::spawn(write_until_death(
                    owner.clone(),
                    channel.clone(),
                    stop.clone(),
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(150 + 90 * round)).await;
        instance.kill();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            expected.extend(writer.await.expect("a writer ends"));
        }
        drop(owner);
        let dead = Arc::into_inner(instance).expect("nobody holds the dead instance");
        instance = Arc::new(dead.restart(&options).await.expect("it starts again"));
    }

    let owner = Actor::new(instance.clone(), token);
    let mut found = std::collections::HashSet::new();
    let mut before = String::from("9223372036854775807");
    loop {
        let path = format!("/channels/{channel}/messages?limit=100&before={before}");
        let page = owner.get(&path).await.ok();
        let page = page.as_array().expect("a list");
        let Some(last) = page.last() else { break };
        before = last["id"].as_str().expect("an id").to_owned();
        found.extend(
            page.iter()
                .map(|message| message["id"].as_str().expect("an id").to_owned()),
        );
    }
    let lost: Vec<_> = expected.iter().filter(|id| !found.contains(*id)).collect();
    assert!(
        expected.len() > 20,
        "only {} were acknowledged",
        expected.len()
    );
    assert!(
        lost.is_empty(),
        "{} of {} were lost: {lost:?}",
        lost.len(),
        expected.len()
    );
}
