//! Passwords are hashed alike everywhere: an account that moves to another host keeps its own.

use http::Method;
use runtime::password;
use serde_json::json;

use crate::support::{Actor, Instance, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_one_host_made_is_good_on_another() {
    let instance = Instance::shared().await;
    let person = instance.register("forgetful").await;
    let hash = instance.password_hash(&person.name).await.expect("a hash");
    assert!(password::verify(PASSWORD, Some(&hash)), "{hash}");
    assert!(opens(&person, PASSWORD).await);

    let reset = instance.reset_password(&person.name).expect("a password");
    assert!(opens(&person, &reset).await);
    assert!(!opens(&person, PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_switched_off_at_a_shell_loses_its_sockets() {
    let instance = Instance::shared().await;
    let person = instance.register("unwelcome").await;
    let bystander = instance.register("bystander").await;
    let (mut socket, mut other) = (person.connect().await, bystander.connect().await);
    instance.disable(&person.name).expect("it is switched off");
    assert_eq!(socket.close_code_of_a_living().await, 4004);
    other.send(1, json!(other.seq)).await;
    while other.receive().await.expect("an answer")["op"] != 11 {}
}

/// Whether somebody can log in with a password.
async fn opens(person: &Actor, password: &str) -> bool {
    let path = "/auth/login";
    let body = json!({ "login": person.name, "password": password });
    let request = person.request(Method::POST, &format!("/api/v10{path}"));
    let answer = person.send(Method::POST, path, request.json(&body)).await;
    match answer.status {
        200 => answer.json()["token"].is_string(),
        status => {
            assert_eq!(status, 400, "a refusal");
            false
        }
    }
}
