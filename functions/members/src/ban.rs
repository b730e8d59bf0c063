//! One ban.
//!
//! See [Discord Docs/Create Guild Ban](https://discord.com/developers/docs/resources/guild#create-guild-ban).

use actions::audit_log::{self, Entry};
use model::event::GuildBanRemove;
use runtime::extract::Reason;
use runtime::prelude::*;
use store::{bans, members, users};

use crate::banning::{self, DELETE_SECS_MAX};
use crate::bans::GuildBan;

function! {
    "/guilds/{guild_id}/bans/{user_id}"
    GET get_guild_ban
    PUT ban_user_from_guild
    DELETE unban_user_from_guild
}

type Ids = (Id<marker::Guild>, Id<marker::User>);

/// A user's ban.
async fn get_guild_ban(
    cx: &Cx,
    _: InGuild<BAN_MEMBERS>,
    Path((guild, user)): Path<Ids>,
) -> Result<Json<GuildBan>> {
    let ban = cx.read(bans::one(guild, user).optional()).await?;
    Ok(Json(ban.ok_or(Code::UnknownBan)?.into()))
}

struct BanUserFromGuild {
    delete_secs: i64,
}

impl Form for BanUserFromGuild {
    fn read(fields: &mut Fields<'_>) -> Self {
        let secs = fields.int("delete_message_seconds", 0..=DELETE_SECS_MAX);
        // Older libraries send days.
        let days = fields.int("delete_message_days", 0..=7).unwrap_or(0);
        Self {
            delete_secs: secs.unwrap_or(days * 86_400),
        }
    }
}

/// Bans a user, whether they are a member or not. A user who is already banned stays banned.
async fn ban_user_from_guild(
    cx: &Cx,
    caller: InGuild<BAN_MEMBERS>,
    Path((guild, user)): Path<Ids>,
    Body(new): Body<BanUserFromGuild>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let (user, member, ban) = cx
        .read((
            users::by_id(user).optional(),
            members::one(guild, user).optional(),
            bans::one(guild, user).optional(),
        ))
        .await?;
    let user = user.ok_or(Code::UnknownUser)?;
    let above = member
        .as_ref()
        .is_some_and(|member| !caller.outranks(member));
    if above || user.id == caller.caller.id() {
        return Err(Code::MissingPermissions.into());
    }
    if ban.is_some() {
        return Ok(NoContent);
    }
    let present: Vec<_> = member.into_iter().collect();
    let users = std::slice::from_ref(&user);
    let mut batch = banning::ban(
        cx,
        &caller,
        users,
        &present,
        new.delete_secs,
        reason.as_deref(),
    );
    let entry = Entry::new(guild, caller.caller.id(), audit_log::MEMBER_BAN_ADD)
        .target(user.id)
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(NoContent)
}

/// Lifts a ban.
async fn unban_user_from_guild(
    cx: &Cx,
    caller: InGuild<BAN_MEMBERS>,
    Path((guild, user)): Path<Ids>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let ban = cx.read(bans::one(guild, user).optional()).await?;
    let ban = ban.ok_or(Code::UnknownBan)?;
    let mut batch = Batch::main();
    batch.require_change(bans::delete(guild, user), Code::UnknownBan);
    let lifted = GuildBanRemove::new(guild, &ban.user);
    batch.emit(Event::new(Audience::Guild(guild), &lifted));
    let entry = Entry::new(guild, caller.caller.id(), audit_log::MEMBER_BAN_REMOVE)
        .target(user)
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;
    use store::{Store, jobs};

    use super::*;

    #[test]
    fn a_banned_member_is_gone_and_cannot_return() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/guilds/{guild}/bans/{}", bob.id);
        let reason = [("x-audit-log-reason", "spam")];
        let body = Some(json!({ "delete_message_days": 1 }));
        alice
            .send(&FUNCTION, http::Method::PUT, &path, body, &reason)
            .no_content();
        let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
        let expected = [
            EventKind::GuildBanAdd,
            EventKind::GuildMemberRemove,
            EventKind::GuildAuditLogEntryCreate,
        ];
        assert_eq!(kinds, expected);
        let ban = alice.get(&FUNCTION, &path).ok();
        assert_eq!(ban["reason"], "spam");
        assert_eq!(ban["user"]["username"], "bob");
        let due = app.read(Store::Main, jobs::due(app.now(), 10));
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].kind, jobs::DELETE_MESSAGES_BY_AUTHOR);
        assert_eq!(due[0].payload["user_ids"], json!([bob.id]));
        let count = app.read(Store::Main, store::guilds::member_count(guild));
        assert_eq!(count, [1]);
        alice.put(&FUNCTION, &path, json!({})).no_content();
        assert!(app.events().is_empty(), "a second ban changes nothing");
        assert_eq!(alice.get(&FUNCTION, &path).ok()["reason"], "spam");
    }

    #[test]
    fn strangers_can_be_banned() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let mallory = app.register("mallory");
        let path = format!("/guilds/{guild}/bans/{}", mallory.id);
        alice.put(&FUNCTION, &path, json!({})).no_content();
        assert_eq!(
            app.emitted(EventKind::GuildBanAdd).audience,
            Audience::Guild(guild)
        );
        assert!(app.read(Store::Main, jobs::due(app.now(), 10)).is_empty());
        let nobody = format!("/guilds/{guild}/bans/1");
        alice
            .put(&FUNCTION, &nobody, json!({}))
            .is(Code::UnknownUser);
        let limit = json!({ "delete_message_seconds": 604_801 });
        let answer = alice.put(&FUNCTION, &path, limit);
        assert_eq!(
            answer.field_error(&["delete_message_seconds"]),
            "NUMBER_TYPE_MAX"
        );
    }

    #[test]
    fn nobody_bans_upwards() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (bob, carol) = (app.register("bob"), app.register("carol"));
        bob.join(guild);
        carol.join(guild);
        bob.grant(guild, 1, BAN_MEMBERS);
        carol.grant(guild, 1, 0);
        let ban = |who| {
            let path = format!("/guilds/{guild}/bans/{who}");
            bob.put(&FUNCTION, &path, json!({}))
        };
        ban(alice.id).is(Code::MissingPermissions);
        ban(bob.id).is(Code::MissingPermissions);
        ban(carol.id).no_content();
    }

    #[test]
    fn a_ban_is_lifted_once() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        let path = format!("/guilds/{guild}/bans/{}", bob.id);
        alice.get(&FUNCTION, &path).is(Code::UnknownBan);
        alice.put(&FUNCTION, &path, json!({})).no_content();
        app.events();
        alice.delete(&FUNCTION, &path).no_content();
        assert_eq!(
            app.emitted(EventKind::GuildBanRemove).audience,
            Audience::Guild(guild)
        );
        alice.delete(&FUNCTION, &path).is(Code::UnknownBan);
    }
}
