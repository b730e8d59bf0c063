//! A community's life: it is founded, people join, get roles, are moderated, and it ends.

use http::Method;
use model::{Code, permissions::bits};
use serde_json::json;

use crate::support::{Instance, picture};

#[tokio::test(flavor = "multi_thread")]
async fn people_join_and_everyone_hears_of_it() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let mut owners = owner.connect().await;
    let member = instance.register("member").await;
    let mut members = member.connect().await;

    owner.invite(&channel, &member).await;

    let created = members.event("GUILD_CREATE").await;
    assert_eq!(created["id"], guild.as_str());
    assert_eq!(created["member_count"], 2);
    let added = owners.event("GUILD_MEMBER_ADD").await;
    assert_eq!(added["user"]["id"], member.id.as_str());

    let listed = owner
        .get(&format!("/guilds/{guild}/members?limit=10"))
        .await
        .ok();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hierarchy_decides_who_moderates_whom() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let moderator = instance.register("moderator").await;
    let member = instance.register("member").await;
    owner.invite(&channel, &moderator).await;
    owner.invite(&channel, &member).await;

    let powers = bits::KICK_MEMBERS | bits::BAN_MEMBERS | bits::MANAGE_ROLES;
    let role = json!({ "name": "moderators", "permissions": powers.to_string() });
    let role = owner
        .post(&format!("/guilds/{guild}/roles"), role)
        .await
        .ok();
    let role = role["id"].as_str().expect("an id").to_owned();
    let held = |user: &str| format!("/guilds/{guild}/members/{user}/roles/{role}");
    owner.put(&held(&moderator.id), json!({})).await.ok();

    // Not the owner, not oneself's equal, and no role at or above one's own.
    let kick = |user: &str| format!("/guilds/{guild}/members/{user}");
    moderator
        .delete(&kick(&owner.id))
        .await
        .is(Code::MissingPermissions);
    moderator
        .put(&held(&member.id), json!({}))
        .await
        .is(Code::MissingPermissions);

    let mut victims = member.connect().await;
    let ban = format!("/guilds/{guild}/bans/{}", member.id);
    moderator
        .put(&ban, json!({ "delete_message_seconds": 0 }))
        .await
        .ok();
    assert_eq!(victims.event("GUILD_DELETE").await["id"], guild.as_str());
    member
        .get(&format!("/channels/{channel}/messages"))
        .await
        .is(Code::MissingAccess);

    let invite = owner
        .post(&format!("/channels/{channel}/invites"), json!({}))
        .await
        .ok();
    let code = invite["code"].as_str().expect("a code");
    member
        .post(&format!("/invites/{code}"), json!({}))
        .await
        .is(Code::BannedFromGuild);

    let log = owner
        .get(&format!("/guilds/{guild}/audit-logs?action_type=22"))
        .await
        .ok();
    assert_eq!(log["audit_log_entries"][0]["target_id"], member.id.as_str());
    assert_eq!(
        log["audit_log_entries"][0]["user_id"],
        moderator.id.as_str()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_guild_is_gone_for_everyone() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let member = instance.register("member").await;
    owner.invite(&channel, &member).await;
    let mut members = member.connect().await;

    member
        .delete(&format!("/guilds/{guild}"))
        .await
        .is(Code::MissingPermissions);
    owner.delete(&format!("/guilds/{guild}")).await.ok();

    assert_eq!(members.event("GUILD_DELETE").await["id"], guild.as_str());
    owner
        .get(&format!("/guilds/{guild}"))
        .await
        .is(Code::UnknownGuild);
    owner
        .get(&format!("/channels/{channel}"))
        .await
        .is(Code::UnknownChannel);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_icon_is_shown() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, _) = owner.create_guild("a community").await;
    let icon = picture(640);
    assert!(icon.len() > 1_000_000, "{}", icon.len());
    let path = format!("/guilds/{guild}");
    let changed = owner.patch(&path, json!({ "icon": icon })).await.ok();
    let hash = changed["icon"].as_str().expect("an icon");
    let path = format!("/cdn/icons/{guild}/{hash}.png");
    let shown = instance.nobody().request(Method::GET, &path).send().await;
    let shown = shown.expect("an answer");
    assert_eq!(shown.status(), 200);
    assert_eq!(shown.headers()["content-type"], "image/png");
}
