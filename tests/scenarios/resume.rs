//! A connection that breaks is taken up again with nothing lost and nothing twice.

use std::sync::Arc;

use crate::support::{Actor, Instance, Options, Socket};

#[tokio::test(flavor = "multi_thread")]
async fn missed_events_are_replayed_in_order() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let mut socket = owner.connect().await;
    owner.say(&channel, "before").await;
    assert_eq!(socket.event("MESSAGE_CREATE").await["content"], "before");

    let (session, seq) = socket.cut();
    for number in 0..20 {
        owner.say(&channel, &format!("missed {number}")).await;
    }
    let mut socket = Socket::resume(&instance.sockets_url, &owner.token, &session, seq).await;
    for number in 0..20 {
        let event = socket.event("MESSAGE_CREATE").await;
        assert_eq!(event["content"], format!("missed {number}"));
    }
    socket.event("RESUMED").await;
    owner.say(&channel, "after").await;
    assert_eq!(socket.event("MESSAGE_CREATE").await["content"], "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_users_session_cannot_be_resumed() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (session, seq) = owner.connect().await.cut();
    let mallory = instance.register("mallory").await;
    let mut socket = Socket::resume(&instance.sockets_url, &mallory.token, &session, seq).await;
    let answer = socket.receive().await.expect("an answer");
    assert_eq!((&answer["op"], &answer["d"]), (&9.into(), &false.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_restart_of_the_host() {
    let options = Options::default();
    let instance = Arc::new(Instance::start(&options).await.expect("an instance"));
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let mut socket = owner.connect().await;
    owner.say(&channel, "seen").await;
    assert_eq!(socket.event("MESSAGE_CREATE").await["content"], "seen");
    owner.say(&channel, "missed").await;
    let token = owner.token.clone();
    drop(owner);

    instance.stop().await;
    let stopped = Arc::into_inner(instance).expect("nobody holds the stopped instance");
    let instance = Arc::new(stopped.restart(&options).await.expect("it starts again"));
    let owner = Actor::new(instance.clone(), token);
    owner.say(&channel, "meanwhile").await;

    let (session, seq) = socket.cut();
    let mut socket = Socket::resume(&instance.sockets_url, &owner.token, &session, seq).await;
    for content in ["missed", "meanwhile"] {
        let event = socket.event("MESSAGE_CREATE").await;
        assert_eq!(event["content"], content);
    }
    socket.event("RESUMED").await;
    owner.say(&channel, "after").await;
    assert_eq!(socket.event("MESSAGE_CREATE").await["content"], "after");
}
