//! Messages from the first to the last: sent, edited, answered, reacted to, pinned, deleted.

use http::Method;
use model::Code;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::support::{Actor, Instance};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_everyone_in_the_order_it_was_sent() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let member = instance.register("member").await;
    owner.invite(&channel, &member).await;
    let mut socket = member.connect().await;

    let all: Vec<String> = (0..50).map(|number| format!("message {number}")).collect();
    for content in &all {
        owner.say(&channel, content).await;
    }
    for content in &all {
        let event = socket.event("MESSAGE_CREATE").await;
        assert_eq!(event["content"], content.as_str());
        assert_eq!(event["author"]["id"], owner.id.as_str());
    }
    let page = member
        .get(&format!("/channels/{channel}/messages?limit=50"))
        .await
        .ok();
    let listed: Vec<_> = page.as_array().expect("a list").iter().rev().collect();
    assert!(
        listed
            .iter()
            .zip(&all)
            .all(|(message, content)| message["content"] == **content)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_messages_have_one_order_for_all() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let mut socket = owner.connect().await;

    let sending = (0..8).map(|_| {
        let (owner, channel) = (owner.clone(), channel.clone());
        tokio::spawn(async move {
            for number in 0..10 {
                owner.say(&channel, &number.to_string()).await;
            }
        })
    });
    for task in sending.collect::<Vec<_>>() {
        task.await.expect("all are sent");
    }

    let mut heard = Vec::new();
    for _ in 0..80 {
        heard.push(socket.event("MESSAGE_CREATE").await["id"].clone());
    }
    let page = owner
        .get(&format!("/channels/{channel}/messages?limit=100"))
        .await
        .ok();
    let mut listed: Vec<_> = page
        .as_array()
        .expect("a list")
        .iter()
        .map(|m| m["id"].clone())
        .collect();
    listed.reverse();
    assert_eq!(heard, listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_lives_its_whole_life() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let mut socket = owner.connect().await;
    let path = format!("/channels/{channel}/messages");

    let first = owner.say(&channel, "first").await;
    let id = first["id"].as_str().expect("an id");
    let reply = json!({ "content": "second", "message_reference": { "message_id": id } });
    let reply = owner.post(&path, reply).await.ok();
    assert_eq!(reply["type"], 19);
    assert_eq!(reply["referenced_message"]["content"], "first");

    let edited = owner
        .patch(&format!("{path}/{id}"), json!({ "content": "1st" }))
        .await
        .ok();
    assert_eq!(edited["content"], "1st");
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(socket.event("MESSAGE_UPDATE").await["content"], "1st");

    owner
        .put(
            &format!("{path}/{id}/reactions/%F0%9F%94%A5/@me"),
            json!({}),
        )
        .await
        .ok();
    assert_eq!(
        socket.event("MESSAGE_REACTION_ADD").await["emoji"]["name"],
        "🔥"
    );
    let read = owner.get(&format!("{path}/{id}")).await.ok();
    assert_eq!(read["reactions"][0]["count"], 1);
    assert_eq!(read["reactions"][0]["me"], true);

    owner
        .put(&format!("{path}/pins/{id}"), json!({}))
        .await
        .ok();
    let pins = owner.get(&format!("{path}/pins")).await.ok();
    assert_eq!(pins["items"][0]["message"]["id"], id);

    owner.delete(&format!("{path}/{id}")).await.ok();
    assert_eq!(socket.event("MESSAGE_DELETE").await["id"], id);
    owner
        .get(&format!("{path}/{id}"))
        .await
        .is(Code::UnknownMessage);
    let pins = owner.get(&format!("{path}/pins")).await.ok();
    assert_eq!(pins["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_comes_back_byte_for_byte() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let bytes: Vec<u8> = (0..300_000u32).map(|number| (number * 31) as u8).collect();

    let url = attach(&owner, &channel, &bytes).await;
    let path = url.strip_prefix(&instance.url).expect("a file of it");
    let nobody = instance.nobody();
    assert_eq!(read(&nobody, path, None).await, (200, bytes.clone()));
    let part = read(&nobody, path, Some("bytes=100-199")).await;
    assert_eq!(part, (206, bytes[100..200].to_vec()));
}

/// Stores that take uploads in parts want them all of a size but the last.
#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_of_several_parts_comes_back_byte_for_byte() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let mib = 1 << 20;
    let bytes: Vec<u8> = (0..12 * mib + 7).map(|it: u32| (it / 251) as u8).collect();

    let url = attach(&owner, &channel, &bytes).await;
    let path = url.strip_prefix(&instance.url).expect("a file of it");
    let nobody = instance.nobody();
    let (status, whole) = read(&nobody, path, None).await;
    assert_eq!(status, 200);
    assert!(whole == bytes, "{} bytes that are others", whole.len());
    // From the end of one part to the beginning of the next.
    let range = 5 * mib as usize - 10..5 * mib as usize + 10;
    let asked = format!("bytes={}-{}", range.start, range.end - 1);
    let part = read(&nobody, path, Some(&asked)).await;
    assert_eq!(part, (206, bytes[range].to_vec()));
    let (status, last) = read(&nobody, path, Some("bytes=-9")).await;
    assert_eq!((status, &last[..]), (206, &bytes[bytes.len() - 9..]));
}

/// Sends a file: its URL.
async fn attach(owner: &Actor, channel: &str, bytes: &[u8]) -> String {
    let path = format!("/channels/{channel}/messages");
    // The file comes before the JSON that describes it, as some clients send it.
    let file = Part::bytes(bytes.to_vec()).file_name("data.bin");
    let form = Form::new()
        .part("files[0]", file)
        .text("payload_json", json!({ "content": "a file" }).to_string());
    let request = owner.request(Method::POST, &format!("/api/v10{path}"));
    let message = owner.send(Method::POST, &path, request.multipart(form));
    let message = message.await.ok();
    let attachment = &message["attachments"][0];
    assert_eq!(attachment["size"], bytes.len());
    assert_eq!(attachment["filename"], "data.bin");
    attachment["url"].as_str().expect("a URL").to_owned()
}

/// The status and the bytes of a file, or of a range of it.
async fn read(actor: &Actor, path: &str, range: Option<&str>) -> (u16, Vec<u8>) {
    let mut request = actor.request(Method::GET, path);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.bytes().await.expect("a body").into())
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_may_leave_the_version_out() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let path = format!("/channels/{channel}/messages");
    let body = json!({ "content": "unversioned" });
    let request = owner.request(Method::POST, &format!("/api{path}"));
    let sent = owner.send(Method::POST, &path, request.json(&body)).await;
    let sent = sent.ok();
    let forward = json!({
        "message_reference": { "type": 1, "channel_id": channel, "message_id": sent["id"] },
    });
    let forwarded = owner.post(&path, forward).await.ok();
    let snapshot = &forwarded["message_snapshots"][0]["message"];
    assert_eq!(snapshot["content"], "unversioned");
    for version in ["v5", "v11", "v10/v10"] {
        let request = owner.request(Method::GET, &format!("/api/{version}{path}"));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 404, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_and_leaves_nothing() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let path = format!("/channels/{channel}/messages");

    owner.post(&path, json!({})).await.is(Code::EmptyMessage);
    let long = owner
        .post(&path, json!({ "content": "x".repeat(2001) }))
        .await;
    long.is(Code::InvalidFormBody);
    assert!(long.json()["errors"]["content"]["_errors"][0]["code"].is_string());
    let nested = json!({ "embeds": [{ "fields": [{ "name": {}, "value": "1" }] }] });
    let nested = owner.post(&path, nested).await;
    assert!(nested.json()["errors"]["embeds"]["0"]["fields"]["0"]["name"]["_errors"].is_array());
    for body in ["{", "[]", "\"", "\u{0}", "null"] {
        let request = owner
            .request(Method::POST, &format!("/api/v10{path}"))
            .header("content-type", "application/json")
            .body(body);
        let answer = owner.send(Method::POST, &path, request).await;
        assert_eq!(answer.status, 400, "{body:?}");
    }
    let page = owner.get(&path).await.ok();
    assert_eq!(page, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_of_two_is_theirs_alone() {
    let instance = Instance::shared().await;
    let alice = instance.register("alice").await;
    let (_, channel) = alice.create_guild("a community").await;
    let bob = instance.register("bob").await;
    alice.invite(&channel, &bob).await;
    let mallory = instance.register("mallory").await;
    alice.invite(&channel, &mallory).await;
    let mut bobs = bob.connect().await;
    let mut mallorys = mallory.connect().await;

    let open = json!({ "recipient_id": bob.id });
    let private = alice.post("/users/@me/channels", open.clone()).await.ok();
    let again = alice.post("/users/@me/channels", open).await.ok();
    assert_eq!(private["id"], again["id"]);
    let id = private["id"].as_str().expect("an id");
    alice.say(id, "between us").await;

    assert_eq!(bobs.event("MESSAGE_CREATE").await["content"], "between us");
    mallorys.silent_on("MESSAGE_CREATE").await;
    mallory
        .get(&format!("/channels/{id}/messages"))
        .await
        .is(Code::MissingAccess);
}
