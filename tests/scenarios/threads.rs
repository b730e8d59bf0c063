//! Threads from REST to sockets: who hears of which, by what they do.

use model::{Code, permissions::bits};
use serde_json::{Value, json};

use crate::support::{Actor, Instance, Socket};

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

async fn start(actor: &Actor, channel: &str, body: Value) -> String {
    let path = format!("/channels/{channel}/threads");
    id(&actor.post(&path, body).await.ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_lives_from_its_message_to_its_end() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let member = instance.register("member").await;
    owner.invite(&channel, &member).await;
    let mut socket = member.connect().await;

    let message = id(&owner.say(&channel, "look at this").await);
    let path = format!("/channels/{channel}/messages/{message}/threads");
    let thread = id(&owner
        .post(&path, json!({ "name": "about this" }))
        .await
        .ok());
    assert_eq!(thread, message);
    let created = socket.event("THREAD_CREATE").await;
    assert_eq!(created["newly_created"], true);
    assert_eq!(created["parent_id"], channel.as_str());
    assert!(created.get("member").is_none(), "the member has not joined");
    assert_eq!(
        socket.event("MESSAGE_UPDATE").await["thread"]["id"],
        thread.as_str()
    );
    let first = socket
        .event_where("MESSAGE_CREATE", |it| it["type"] == 21)
        .await;
    assert_eq!(first["referenced_message"]["content"], "look at this");
    owner
        .post(&path, json!({ "name": "again" }))
        .await
        .is(Code::ThreadExists);

    member.say(&thread, "I see").await;
    let own = socket.event("THREAD_MEMBER_UPDATE").await;
    assert_eq!(own["user_id"], member.id.as_str());
    assert_eq!(
        socket.event("THREAD_MEMBERS_UPDATE").await["member_count"],
        2
    );
    let said = socket
        .event_where("MESSAGE_CREATE", |it| it["content"] == "I see")
        .await;
    assert_eq!(said["channel_id"], thread.as_str());
    let page = member
        .get(&format!("/channels/{channel}/messages"))
        .await
        .ok();
    let shown = page.as_array().expect("messages").iter();
    let mut shown = shown.filter(|it| it["id"] == message.as_str());
    assert_eq!(
        shown.next().expect("the message")["thread"]["message_count"],
        1
    );

    archive_and_wake(&owner, &member, &mut socket, &channel, &thread).await;

    // New sessions hear of it with the guild.
    let late = member.connect().await;
    let guilds = late.ready["guilds"].as_array().expect("guilds").iter();
    let mut guilds = guilds.filter(|it| it["id"] == guild.as_str());
    let threads = &guilds.next().expect("the guild")["threads"];
    assert_eq!(threads[0]["id"], thread.as_str());
    assert_eq!(threads[0]["member"]["user_id"], member.id.as_str());

    let path = format!("/channels/{thread}");
    member.delete(&path).await.is(Code::MissingPermissions);
    owner.delete(&path).await.ok();
    assert_eq!(socket.event("THREAD_DELETE").await["id"], thread.as_str());
    member.get(&path).await.is(Code::UnknownChannel);
}

/// The owner archives the thread, and the member's next message ends that.
async fn archive_and_wake(
    owner: &Actor,
    member: &Actor,
    socket: &mut Socket,
    channel: &str,
    thread: &str,
) {
    let path = format!("/channels/{thread}");
    owner.patch(&path, json!({ "archived": true })).await.ok();
    let archived = socket.event("THREAD_UPDATE").await;
    assert_eq!(archived["thread_metadata"]["archived"], true);
    let list = format!("/channels/{channel}/threads/archived/public");
    let list = member.get(&list).await.ok();
    assert_eq!(list["threads"][0]["id"], thread);
    member.say(thread, "not over").await;
    let awake = socket.event("THREAD_UPDATE").await;
    assert_eq!(awake["thread_metadata"]["archived"], false);
    socket
        .event_where("MESSAGE_CREATE", |it| it["content"] == "not over")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_thread_is_for_who_was_added() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let (first, second) = (
        instance.register("first").await,
        instance.register("second").await,
    );
    owner.invite(&channel, &first).await;
    owner.invite(&channel, &second).await;
    let mut of_first = first.connect().await;
    let mut of_second = second.connect().await;

    let thread = start(
        &owner,
        &channel,
        json!({ "name": "between us", "type": 12 }),
    )
    .await;
    owner.say(&thread, "before").await;
    of_first.silent_on("THREAD_CREATE").await;
    of_first.silent_on("MESSAGE_CREATE").await;
    first
        .get(&format!("/channels/{thread}"))
        .await
        .is(Code::MissingAccess);

    let path = format!("/channels/{thread}/thread-members/{}", first.id);
    owner.put(&path, json!({})).await.ok();
    let shown = of_first.event("THREAD_CREATE").await;
    assert_eq!(shown["member"]["user_id"], first.id.as_str());
    of_first
        .event_where("MESSAGE_CREATE", |it| it["type"] == 1)
        .await;
    owner.say(&thread, "after").await;
    of_first
        .event_where("MESSAGE_CREATE", |it| it["content"] == "after")
        .await;

    // Asleep and awake again, it is known to the same.
    let edit = format!("/channels/{thread}");
    owner.patch(&edit, json!({ "archived": true })).await.ok();
    of_first.event("THREAD_UPDATE").await;
    first.say(&thread, "wake up").await;
    of_first.event("THREAD_UPDATE").await;
    of_first
        .event_where("MESSAGE_CREATE", |it| it["content"] == "wake up")
        .await;

    owner.delete(&path).await.ok();
    let gone = of_first.event_where("THREAD_MEMBERS_UPDATE", |it| {
        it["removed_member_ids"][0] == first.id.as_str()
    });
    assert_eq!(gone.await["id"], thread.as_str());
    owner.say(&thread, "alone").await;
    let heard = of_first
        .waiting_for("MESSAGE_CREATE", |it| it["content"] == "alone")
        .await;
    assert!(!heard, "the thread is private");
    of_second.silent_on("THREAD_CREATE").await;
    of_second.silent_on("MESSAGE_CREATE").await;
    let active = second
        .get(&format!("/guilds/{guild}/threads/active"))
        .await
        .ok();
    assert_eq!(active["threads"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn newly_visible_channels_bring_their_threads() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, open) = owner.create_guild("a community").await;
    let hide =
        json!({ "id": guild, "type": 0, "deny": bits::VIEW_CHANNEL.to_string(), "allow": "0" });
    let body = json!({ "name": "staff", "type": 0, "permission_overwrites": [hide] });
    let channels = format!("/guilds/{guild}/channels");
    let hidden = id(&owner.post(&channels, body).await.ok());
    let member = instance.register("member").await;
    owner.invite(&open, &member).await;
    let mut socket = member.connect().await;
    let thread = start(&owner, &hidden, json!({ "name": "inside", "type": 11 })).await;
    socket.silent_on("THREAD_CREATE").await;

    let overwrite = format!("/channels/{hidden}/permissions/{}", member.id);
    let allow = json!({ "type": 1, "allow": bits::VIEW_CHANNEL.to_string(), "deny": "0" });
    owner.put(&overwrite, allow).await.ok();
    socket.event("CHANNEL_CREATE").await;
    let sync = socket.event("THREAD_LIST_SYNC").await;
    assert_eq!(sync["threads"][0]["id"], thread.as_str());
    assert_eq!(sync["channel_ids"], json!([hidden]));
    owner.say(&thread, "welcome").await;
    socket
        .event_where("MESSAGE_CREATE", |it| it["content"] == "welcome")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_a_thread_with_its_first_message() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, _) = owner.create_guild("a community").await;
    let body = json!({
        "name": "questions", "type": 15, "available_tags": [{ "name": "open" }],
    });
    let forum = owner
        .post(&format!("/guilds/{guild}/channels"), body)
        .await
        .ok();
    let tag = forum["available_tags"][0]["id"].clone();
    let mut socket = owner.connect().await;
    let body = json!({
        "name": "how?", "applied_tags": [tag], "message": { "content": "tell me" },
    });
    let path = format!("/channels/{}/threads", id(&forum));
    let post = owner.post(&path, body).await.ok();
    assert_eq!(post["message"]["id"], post["id"]);
    let created = socket.event("THREAD_CREATE").await;
    assert_eq!(created["applied_tags"], json!([tag]));
    let message = socket.event("MESSAGE_CREATE").await;
    assert_eq!(message["content"], "tell me");
    assert_eq!(message["channel_id"], post["id"]);
}
