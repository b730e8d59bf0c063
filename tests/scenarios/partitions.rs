//! Messages that are divided among databases are not looked for in other ones.

use std::sync::Arc;

use model::Code;
use reqwest::Method;

use crate::support::{Actor, Instance, Options};

/// Whether the instance says that it can work, and if not, why.
async fn is_ready(actor: &Actor) -> (u16, String) {
    let answer = actor.request(Method::GET, "/readyz").send().await;
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.text().await.expect("a whole body"))
}

async fn restart(instance: Arc<Instance>, options: &Options) -> Arc<Instance> {
    instance.kill();
    let stopped = Arc::into_inner(instance).expect("nobody holds the stopped instance");
    Arc::new(stopped.restart(options).await.expect("it starts again"))
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_that_are_added_later_are_refused() {
    if !Instance::can_divide() {
        return;
    }
    let undivided = Options {
        undivided: true,
        ..Options::default()
    };
    let instance = Instance::start(&undivided).await;
    let instance = Arc::new(instance.expect("an instance"));
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let said = owner.say(&channel, "hello").await;
    assert_eq!(is_ready(&owner).await.0, 200);
    let token = owner.token.clone();
    drop(owner);

    let instance = restart(instance, &Options::default()).await;
    let (status, why) = is_ready(&instance.nobody()).await;
    assert_eq!(status, Code::ServiceUnavailable.status());
    assert!(why.contains("MESSAGES has another part"), "{why}");

    let instance = restart(instance, &undivided).await;
    let owner = Actor::new(instance, token);
    let path = format!("/channels/{channel}/messages");
    assert_eq!(owner.get(&path).await.ok()[0]["id"], said["id"]);
    assert_eq!(is_ready(&owner).await.0, 200);
}
