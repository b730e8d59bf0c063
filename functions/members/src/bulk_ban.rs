//! Bans of many users at once.
//!
//! See [Discord Docs/Bulk Guild Ban](https://discord.com/developers/docs/resources/guild#bulk-guild-ban).

use actions::audit_log::{self, Entry};
use model::{Member, User};
use runtime::access::Membership;
use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;
use store::{Rejection, bans, members, users};

use crate::banning::{self, DELETE_SECS_MAX};
use crate::changes::id_of;

function! {
    "/guilds/{guild_id}/bulk-ban"
    POST bulk_ban_users_from_guild
}

/// Users of one request.
const USERS_MAX: usize = 200;

struct BulkBanUsersFromGuild {
    users: Vec<Id<marker::User>>,
    delete_secs: i64,
}

impl Form for BulkBanUsersFromGuild {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("user_ids");
        let mut users = fields.list("user_ids", USERS_MAX).unwrap_or_default();
        users.sort_unstable();
        users.dedup();
        let secs = fields.int("delete_message_seconds", 0..=DELETE_SECS_MAX);
        Self {
            users,
            delete_secs: secs.unwrap_or(0),
        }
    }
}

/// Who was banned, and who was not.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct BulkBan {
    banned_users: Vec<Id<marker::User>>,
    failed_users: Vec<Id<marker::User>>,
}

/// Bans the users that the caller may ban, and lists them. Unknown users, banned users and members
/// above the caller are listed as failed.
async fn bulk_ban_users_from_guild(
    cx: &Cx,
    caller: InGuild<{ BAN_MEMBERS | MANAGE_GUILD }>,
    Body(new): Body<BulkBanUsersFromGuild>,
    Reason(reason): Reason,
) -> Result<Json<BulkBan>> {
    let guild = caller.guild.id;
    let (mut found, mut present, banned) = cx
        .read((
            users::by_ids(&new.users),
            members::among(guild, &new.users),
            bans::among(guild, &new.users),
        ))
        .await?;
    found.retain(|user| {
        let member = present.iter().find(|member| id_of(member) == user.id);
        user.id != caller.caller.id()
            && !banned.contains(&user.id)
            && member.is_none_or(|member| caller.outranks(member))
    });
    present.retain(|member| found.iter().any(|user| user.id == id_of(member)));
    if found.is_empty() {
        return Err(Code::FailedToBan.into());
    }
    let batch = || {
        batch(
            cx,
            &caller,
            &found,
            &present,
            new.delete_secs,
            reason.as_deref(),
        )
    };
    match cx.write(batch()).await {
        // Of so many entries of the audit log, two may have got one number. Others will not.
        Err(Rejection::Store(store::Error::Rejected { .. })) => cx.write(batch()).await?,
        written => written?,
    };
    let banned_users: Vec<_> = found.iter().map(|user| user.id).collect();
    let mut failed_users = new.users;
    failed_users.retain(|id| !banned_users.contains(id));
    Ok(Json(BulkBan {
        banned_users,
        failed_users,
    }))
}

fn batch(
    cx: &Cx,
    caller: &Membership,
    users: &[User],
    present: &[Member],
    delete_secs: i64,
    reason: Option<&str>,
) -> Batch {
    let mut batch = banning::ban(cx, caller, users, present, delete_secs, reason);
    let (guild, moderator) = (caller.guild.id, id_of(&caller.member));
    let entries = users.iter().map(|user| {
        let entry = Entry::new(guild, moderator, audit_log::MEMBER_BAN_ADD);
        entry.target(user.id).reason(reason.map(str::to_owned))
    });
    audit_log::write_all(cx, &mut batch, guild, entries);
    batch
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn those_who_can_be_banned_are() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (bob, carol, dave) = (
            app.register("bob"),
            app.register("carol"),
            app.register("dave"),
        );
        bob.join(guild);
        carol.join(guild);
        bob.grant(guild, 1, BAN_MEMBERS | MANAGE_GUILD);
        let path = format!("/guilds/{guild}/bulk-ban");
        let ids = json!({ "user_ids": [alice.id, carol.id, dave.id, "1", carol.id] });
        let answer = bob.post(&FUNCTION, &path, ids.clone()).ok();
        assert_eq!(answer["banned_users"], json!([carol.id, dave.id]));
        assert_eq!(answer["failed_users"], json!(["1", alice.id]));
        let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
        let removed = kinds
            .iter()
            .filter(|kind| **kind == EventKind::GuildMemberRemove);
        let bans = kinds.iter().filter(|kind| **kind == EventKind::GuildBanAdd);
        assert_eq!((removed.count(), bans.count()), (1, 2));
        bob.post(&FUNCTION, &path, ids).is(Code::FailedToBan);
    }

    #[test]
    fn at_most_200_users_are_banned_at_once() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/bulk-ban");
        let members = (0..200).map(|number| {
            let member = app.register(&format!("member{number}"));
            member.join(guild);
            member.id.to_string()
        });
        let mut ids: Vec<_> = members.collect();
        let answer = alice.post(&FUNCTION, &path, json!({ "user_ids": ids }));
        assert_eq!(answer.ok()["banned_users"].as_array().unwrap().len(), 200);
        let events = app.events();
        let kinds = events.iter().map(|event| event.kind);
        assert_eq!(
            kinds.filter(|it| *it == EventKind::GuildBanAdd).count(),
            200
        );
        ids.push("1".to_owned());
        let answer = alice.post(&FUNCTION, &path, json!({ "user_ids": ids }));
        assert_eq!(answer.field_error(&["user_ids"]), "BASE_TYPE_MAX_LENGTH");
        let answer = alice.post(&FUNCTION, &path, json!({}));
        assert_eq!(answer.field_error(&["user_ids"]), "BASE_TYPE_REQUIRED");
        let bob = app.register("bob");
        bob.join(guild);
        bob.grant(guild, 1, BAN_MEMBERS);
        bob.post(&FUNCTION, &path, json!({ "user_ids": ["1"] }))
            .is(Code::MissingPermissions);
    }
}
