//! A gateway whose machine fails, again and again, on Cloudflare's runtime: the memory is gone and
//! the sockets are closed, at whatever moment that is.

use std::sync::Arc;

use crate::support::{Actor, Instance, Options, Socket};

/// How many messages are sent, and after how many the gateway fails.
const MESSAGES: usize = 200;
const FAILS_AFTER: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_heard_once_while_the_gateway_fails() {
    // One that nobody else has sockets to.
    let instance = Instance::start(&Options::default()).await;
    let instance = Arc::new(instance.expect("an instance"));
    let owner = Arc::new(instance.register("owner").await);
    let (_, channel) = owner.create_guild("a community").await;
    let socket = owner.connect().await;
    let listener = tokio::spawn(listen(instance.clone(), owner.clone(), socket));
    for number in 0..MESSAGES {
        owner.say(&channel, &number.to_string()).await;
    }
    let heard = listener.await.expect("a listener");
    let said: Vec<_> = (0..MESSAGES).map(|number| number.to_string()).collect();
    assert_eq!(heard, said);
}

/// What is said, in the order in which it is heard, by one session.
async fn listen(instance: Arc<Instance>, owner: Arc<Actor>, mut socket: Socket) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < MESSAGES {
        let Some(event) = socket.receive().await else {
            let (session, seq) = socket.cut();
            socket = Socket::resume(&instance.sockets_url, &owner.token, &session, seq).await;
            continue;
        };
        assert_ne!(event["op"], 9, "the session is lost after {}", heard.len());
        if event["t"] == "MESSAGE_CREATE" {
            heard.push(event["d"]["content"].as_str().expect("text").to_owned());
            if heard.len() % FAILS_AFTER == 0 {
                instance.fail_gateway();
            }
        }
    }
    heard
}
