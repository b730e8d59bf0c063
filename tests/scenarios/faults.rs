//! Functions that die at the worst moment: after the commit, before anybody was told.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use crate::support::{Actor, Instance, Options};

/// Messages in the scenario.
const MESSAGES: usize = 60;
/// Every how many messages a function dies.
const DIES_EVERY: usize = 3;

/// Sends a message; the function ends right after its commit if it is to.
async fn say(owner: &Actor, channel: &str, content: &str, dies: bool) {
    let path = format!("/api/v10/channels/{channel}/messages");
    let mut request = owner.request(Method::POST, &path);
    if dies {
        request = request.header("x-spacebar-fault", "after-commit");
    }
    let request = request.json(&json!({ "content": content }));
    let answer = request.send().await.expect("an answer");
    let expected = if dies { 500 } else { 200 };
    assert_eq!(answer.status().as_u16(), expected, "{content}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_of_a_function_that_died_arrives_once_and_in_order() {
    let options = Options {
        settings: vec!["functions.faults=true"],
        ..Options::default()
    };
    let instance = Arc::new(Instance::start(&options).await.expect("an instance"));
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let mut socket = owner.connect().await;

    let all: Vec<String> = (0..MESSAGES).map(|number| number.to_string()).collect();
    for (number, content) in all.iter().enumerate() {
        say(&owner, &channel, content, number % DIES_EVERY == 0).await;
    }

    let mut heard = Vec::new();
    for _ in &all {
        let event = socket.event("MESSAGE_CREATE").await;
        heard.push(event["content"].as_str().expect("a content").to_owned());
    }
    assert_eq!(heard, all);
    socket.silent_on("MESSAGE_CREATE").await;
}
