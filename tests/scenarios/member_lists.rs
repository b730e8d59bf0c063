//! The member list of a channel, as user accounts show it.

use model::permissions::bits;
use serde_json::{Value, json};

use crate::support::Instance;

/// The ids of what the rows of a SYNC show.
fn rows(update: &Value) -> Vec<&str> {
    let items = update["ops"][0]["items"].as_array().expect("a SYNC");
    let ids = items.iter().map(|item| {
        let group = item["group"]["id"].as_str();
        group.or(item["member"]["user"]["id"].as_str())
    });
    ids.map(|id| id.expect("a group or a member")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_list_follows_who_comes_and_which_roles_they_get() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let member = instance.register("member").await;
    owner.invite(&channel, &member).await;

    let mut socket = owner.connect().await;
    let shown = json!({ "channels": { &channel: [[0, 99]] }, "typing": true });
    let bulk = json!({ "subscriptions": { &guild: shown } });
    socket.send(37, bulk).await;
    let list = socket.event("GUILD_MEMBER_LIST_UPDATE").await;
    assert_eq!(list["id"], "everyone");
    assert_eq!(
        (&list["member_count"], &list["online_count"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(rows(&list), ["online", &*owner.id, "offline", &*member.id]);

    let mut other = member.connect().await;
    let online = |d: &Value| d["online_count"] == 2;
    let list = socket.event_where("GUILD_MEMBER_LIST_UPDATE", online).await;
    assert_eq!(list["groups"], json!([{ "id": "online", "count": 2 }]));

    let role = json!({ "name": "staff", "hoist": true });
    let role = owner
        .post(&format!("/guilds/{guild}/roles"), role)
        .await
        .ok();
    let role = role["id"].as_str().expect("an id").to_owned();
    let path = format!("/guilds/{guild}/members/{}/roles/{role}", member.id);
    owner.put(&path, json!({})).await;
    let hoisted = |d: &Value| d["groups"][0]["id"] == *role;
    let list = socket
        .event_where("GUILD_MEMBER_LIST_UPDATE", hoisted)
        .await;
    let ops: Vec<_> = list["ops"].as_array().expect("ops").iter().collect();
    let shows = |op: &&&Value| op["item"]["member"]["user"]["id"] == *member.id;
    let moved = ops.iter().find(shows).expect("the member moves");
    assert_eq!(moved["index"], 1, "below the heading of the role");

    // A channel that only the owner sees has a list that the member does not get.
    let hide =
        json!({ "id": guild, "type": 0, "deny": bits::VIEW_CHANNEL.to_string(), "allow": "0" });
    let hidden = json!({ "name": "secret", "type": 0, "permission_overwrites": [hide] });
    let path = format!("/guilds/{guild}/channels");
    let hidden = owner.post(&path, hidden).await.ok();
    let hidden = hidden["id"].as_str().expect("an id");
    let look = json!({ "guild_id": guild, "channels": { hidden: [[0, 99]] } });
    for socket in [&mut other, &mut socket] {
        socket.send(14, look.clone()).await;
    }
    let secret = |d: &Value| d["id"] != "everyone" && d["ops"][0]["op"] == "SYNC";
    let list = socket.event_where("GUILD_MEMBER_LIST_UPDATE", secret).await;
    assert_eq!(rows(&list), ["online", &*owner.id]);
    other.silent_on("GUILD_MEMBER_LIST_UPDATE").await;
}
