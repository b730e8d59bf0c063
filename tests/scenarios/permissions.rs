//! Nobody hears of, sees or reaches what they may not.

use model::{Code, permissions::bits};
use serde_json::json;

use crate::support::Instance;

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_channel_is_hidden_everywhere() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let member = instance.register("member").await;
    owner.invite(&channel, &member).await;
    let hide =
        json!({ "id": guild, "type": 0, "deny": bits::VIEW_CHANNEL.to_string(), "allow": "0" });
    let hidden = json!({ "name": "staff", "type": 0, "permission_overwrites": [hide] });
    let hidden = owner
        .post(&format!("/guilds/{guild}/channels"), hidden)
        .await
        .ok();
    let hidden = hidden["id"].as_str().expect("an id").to_owned();

    let mut socket = member.connect().await;
    let shown = socket.ready["guilds"].to_string() + &socket.ready.to_string();
    assert!(!shown.contains(&hidden), "READY tells of a hidden channel");
    let secret = owner.say(&hidden, "not for members").await;
    owner.say(&channel, "for all").await;
    assert_eq!(socket.event("MESSAGE_CREATE").await["content"], "for all");
    socket.silent_on("MESSAGE_CREATE").await;

    member
        .get(&format!("/channels/{hidden}"))
        .await
        .is(Code::MissingAccess);
    member
        .get(&format!("/channels/{hidden}/messages"))
        .await
        .is(Code::MissingAccess);
    let message = secret["id"].as_str().expect("an id");
    let reaction = format!("/channels/{hidden}/messages/{message}/reactions/%F0%9F%94%A5/@me");
    member
        .put(&reaction, json!({}))
        .await
        .is(Code::MissingAccess);

    // An overwrite for the member reveals it, at once; its end hides it again.
    let overwrite = format!("/channels/{hidden}/permissions/{}", member.id);
    let allow = json!({ "type": 1, "allow": bits::VIEW_CHANNEL.to_string(), "deny": "0" });
    owner.put(&overwrite, allow).await.ok();
    assert_eq!(socket.event("CHANNEL_CREATE").await["id"], hidden.as_str());
    owner.say(&hidden, "now for you").await;
    assert_eq!(
        socket.event("MESSAGE_CREATE").await["content"],
        "now for you"
    );
    owner.delete(&overwrite).await.ok();
    assert_eq!(socket.event("CHANNEL_DELETE").await["id"], hidden.as_str());
    owner.say(&hidden, "no more").await;
    socket.silent_on("MESSAGE_CREATE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_edits_what_another_wrote() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let member = instance.register("member").await;
    owner.invite(&channel, &member).await;
    let message = member.say(&channel, "mine").await;
    let path = format!(
        "/channels/{channel}/messages/{}",
        message["id"].as_str().expect("an id")
    );

    owner
        .patch(&path, json!({ "content": "theirs" }))
        .await
        .is(Code::CannotEditOthersMessage);
    let other = owner.say(&channel, "the owner's").await;
    let other = format!(
        "/channels/{channel}/messages/{}",
        other["id"].as_str().expect("an id")
    );
    member.delete(&other).await.is(Code::MissingPermissions);
    assert_eq!(owner.get(&path).await.ok()["content"], "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_worth_nothing() {
    let instance = Instance::shared().await;
    let alice = instance.register("alice").await;
    let mut socket = alice.connect().await;
    alice.post("/auth/logout", json!({})).await.ok();
    assert_eq!(socket.close_code().await, 4004);
    alice.get("/users/@me").await.is(Code::Unauthorized);
}
