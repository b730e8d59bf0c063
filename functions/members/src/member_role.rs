//! One role of a member.
//!
//! See [Discord Docs/Add Guild Member Role](https://discord.com/developers/docs/resources/guild#add-guild-member-role).

use runtime::extract::Reason;
use runtime::prelude::*;
use store::members;

use crate::changes::{self, RoleChange};

function! {
    "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
    PUT add_guild_member_role
    DELETE delete_guild_member_role
}

type Ids = (Id<marker::Guild>, Id<marker::User>, Id<marker::Role>);

/// Gives a member a role.
async fn add_guild_member_role(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    Path((_, user, role)): Path<Ids>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let change = RoleChange {
        added: vec![role],
        removed: Vec::new(),
    };
    apply(cx, caller, user, change, reason).await
}

/// Takes a role away from a member.
async fn delete_guild_member_role(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    Path((_, user, role)): Path<Ids>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let change = RoleChange {
        added: Vec::new(),
        removed: vec![role],
    };
    apply(cx, caller, user, change, reason).await
}

async fn apply(
    cx: &Cx,
    caller: InGuild<MANAGE_ROLES>,
    user: Id<marker::User>,
    mut change: RoleChange,
    reason: Option<String>,
) -> Result<NoContent> {
    change.check(&caller)?;
    let guild = caller.guild.id;
    let found = cx.read(members::one(guild, user).optional()).await?;
    let mut member = found.ok_or(Code::UnknownMember)?;
    change.added.retain(|role| !member.roles.contains(role));
    change.removed.retain(|role| member.roles.contains(role));
    if change.is_empty() {
        return Ok(NoContent);
    }
    let mut batch = Batch::main();
    change.write(&mut batch, guild, &mut member);
    changes::tell(&mut batch, guild, &member);
    change.record(cx, &mut batch, &caller, user, reason);
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_role_is_given_and_taken_once() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let role = alice.grant(guild, 1, 0);
        let path = format!("/guilds/{guild}/members/{}/roles/{role}", bob.id);
        let roles = || {
            let event = app.emitted(EventKind::GuildMemberUpdate);
            assert_eq!(event.audience, Audience::Guild(guild));
            serde_json::from_str::<Value>(&event.data).unwrap()["roles"].clone()
        };
        alice.put(&FUNCTION, &path, json!({})).no_content();
        assert_eq!(roles(), json!([role]));
        alice.put(&FUNCTION, &path, json!({})).no_content();
        assert!(
            app.events().is_empty(),
            "a role that is held is not given again"
        );
        alice.delete(&FUNCTION, &path).no_content();
        assert_eq!(roles(), json!([]));
        alice.delete(&FUNCTION, &path).no_content();
        assert!(app.events().is_empty());
    }

    #[test]
    fn only_roles_below_the_callers_count() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let own = bob.grant(guild, 3, MANAGE_ROLES);
        let low = alice.grant(guild, 2, 0);
        let give = |who, role: &dyn std::fmt::Display| {
            let path = format!("/guilds/{guild}/members/{who}/roles/{role}");
            bob.put(&FUNCTION, &path, json!({}))
        };
        give(alice.id, &own).is(Code::MissingPermissions);
        give(alice.id, &guild).is(Code::InvalidRole);
        give(alice.id, &1).is(Code::UnknownRole);
        give(Id::new(1), &low).is(Code::UnknownMember);
        give(bob.id, &low).no_content();
    }
}
