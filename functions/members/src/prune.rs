//! Removal of members who are gone in all but name.
//!
//! See [Discord Docs/Begin Guild Prune](https://discord.com/developers/docs/resources/guild#begin-guild-prune).

use actions::audit_log::{self, Entry};
use actions::leave_guild::leave_guild;
use runtime::access::Membership;
use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use store::members;

function! {
    "/guilds/{guild_id}/prune"
    GET preview_prune_guild
    POST prune_guild, 1 per 5_000 ms
}

/// Members that one batch removes: their events must fit into a function's memory.
const BATCH_MEMBERS: u32 = 1000;

struct PruneGuild {
    days: i64,
    include_roles: Vec<Id<marker::Role>>,
    compute_count: bool,
}

impl Form for PruneGuild {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            days: fields.int("days", 1..=30).unwrap_or(7),
            include_roles: include_roles(fields),
            compute_count: fields.get("compute_prune_count").unwrap_or(true),
        }
    }
}

/// Role ids as a list, or as one text with commas.
fn include_roles(fields: &mut Fields<'_>) -> Vec<Id<marker::Role>> {
    let text = fields.raw("include_roles").and_then(Value::as_str);
    let Some(text) = text.map(str::to_owned) else {
        return fields.list("include_roles", 250).unwrap_or_default();
    };
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let roles: Option<Vec<_>> = parts.map(|part| part.parse().ok()).collect();
    roles.unwrap_or_else(|| {
        let message = format!("Value \"{text}\" is not snowflake.");
        fields.error("include_roles", "NUMBER_TYPE_COERCE", message);
        Vec::new()
    })
}

impl PruneGuild {
    /// Since when a member must have been active to stay.
    fn since(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(-self.days * 86_400_000)
    }

    /// Checks that all members with the included roles are below the caller.
    fn check(&self, caller: &Membership) -> Result<()> {
        for id in &self.include_roles {
            let role = caller.role(*id).ok_or(Code::UnknownRole)?;
            if !caller.outranks_role(role) {
                return Err(Code::MissingPermissions.into());
            }
        }
        Ok(())
    }
}

/// How many members a prune removes; null where that was not to be counted.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct GuildPrune {
    pruned: Option<u32>,
}

/// How many members a prune would remove.
async fn preview_prune_guild(
    cx: &Cx,
    caller: InGuild<{ KICK_MEMBERS | MANAGE_GUILD }>,
    Query(prune): Query<PruneGuild>,
) -> Result<Json<GuildPrune>> {
    prune.check(&caller)?;
    let pruned = Some(count(cx, &caller, &prune).await?);
    Ok(Json(GuildPrune { pruned }))
}

async fn count(cx: &Cx, caller: &Membership, prune: &PruneGuild) -> Result<u32> {
    let since = prune.since(cx.now());
    let count = members::count_inactive(caller.guild.id, since, &prune.include_roles);
    Ok(cx.read(count.optional()).await?.unwrap_or(0))
}

/// Removes members without roles, besides the included ones, who were not active for some days.
async fn prune_guild(
    cx: &Cx,
    caller: InGuild<{ KICK_MEMBERS | MANAGE_GUILD }>,
    Body(prune): Body<PruneGuild>,
    Reason(reason): Reason,
) -> Result<Json<GuildPrune>> {
    prune.check(&caller)?;
    let guild = caller.guild.id;
    let since = prune.since(cx.now());
    let mut left = count(cx, &caller, &prune).await?;
    let pruned = left;
    let options = json!({
        "delete_member_days": prune.days.to_string(),
        "members_removed": pruned.to_string(),
    });
    let mut entry = (pruned > 0).then(|| {
        Entry::new(guild, caller.caller.id(), audit_log::MEMBER_PRUNE)
            .options(options)
            .reason(reason)
    });
    while left > 0 {
        let page = members::inactive(guild, since, &prune.include_roles, BATCH_MEMBERS.min(left));
        let gone = cx.read(page).await?;
        if gone.is_empty() {
            break;
        }
        left = left.saturating_sub(gone.len() as u32);
        let mut batch = Batch::main();
        leave_guild(
            &mut batch,
            guild,
            &caller.roles,
            gone.iter().filter_map(|member| member.user.as_ref()),
        );
        if let Some(entry) = entry.take() {
            audit_log::write(cx, &mut batch, entry);
        }
        cx.write(batch).await?;
    }
    let pruned = prune.compute_count.then_some(pruned);
    Ok(Json(GuildPrune { pruned }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use store::{Store, guilds};

    use super::*;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn the_inactive_without_roles_go() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (bob, carol) = (app.register("bob"), app.register("carol"));
        bob.join(guild);
        carol.join(guild);
        let role = carol.grant(guild, 1, 0);
        app.advance(8 * DAY_MS);
        app.register("dave").join(guild);
        let path = format!("/guilds/{guild}/prune");
        let preview =
            |query: String| alice.get(&FUNCTION, &format!("{path}?{query}")).ok()["pruned"].clone();
        assert_eq!(
            preview(String::new()),
            1,
            "bob alone: the owner always stays"
        );
        assert_eq!(preview("days=9".to_owned()), 0);
        assert_eq!(preview(format!("include_roles={role}")), 2);
        let body = json!({ "days": 7, "include_roles": [role] });
        assert_eq!(
            alice.post(&FUNCTION, &path, body).ok(),
            json!({ "pruned": 2 })
        );
        let events = app.events();
        let gone = events
            .iter()
            .filter(|event| event.kind == EventKind::GuildMemberRemove);
        assert_eq!(gone.count(), 2);
        let entry = events
            .iter()
            .find(|event| event.kind == EventKind::GuildAuditLogEntryCreate);
        let entry: Value = serde_json::from_str(&entry.unwrap().data).unwrap();
        assert_eq!(entry["options"]["members_removed"], "2");
        assert_eq!(app.read(Store::Main, guilds::member_count(guild)), [2]);
        let body = json!({ "compute_prune_count": false });
        assert_eq!(
            alice.post(&FUNCTION, &path, body).ok(),
            json!({ "pruned": null })
        );
        assert!(app.events().is_empty(), "nobody was left to prune");
    }

    #[test]
    fn more_than_one_batch_goes_with_one_entry() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let many = BATCH_MEMBERS + 1;
        for number in 0..many {
            app.register(&format!("member{number}")).join(guild);
        }
        app.advance(8 * DAY_MS);
        let path = format!("/guilds/{guild}/prune");
        let answer = alice.post(&FUNCTION, &path, json!({}));
        assert_eq!(answer.ok(), json!({ "pruned": many }));
        assert_eq!(app.read(Store::Main, guilds::member_count(guild)), [1]);
        let events = app.events();
        let of = |kind| events.iter().filter(|event| event.kind == kind).count();
        assert_eq!(of(EventKind::GuildMemberRemove), many as usize);
        assert_eq!(of(EventKind::GuildAuditLogEntryCreate), 1);
    }

    #[test]
    fn a_prune_has_its_bounds() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/prune");
        let answer = alice.get(&FUNCTION, &format!("{path}?days=31&include_roles=x"));
        assert_eq!(answer.field_error(&["days"]), "NUMBER_TYPE_MAX");
        assert_eq!(answer.field_error(&["include_roles"]), "NUMBER_TYPE_COERCE");
        let bob = app.register("bob");
        bob.join(guild);
        bob.grant(guild, 1, KICK_MEMBERS);
        bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
        bob.grant(guild, 2, MANAGE_GUILD);
        let high = alice.grant(guild, 3, 0);
        let above = format!("{path}?include_roles={high}");
        bob.get(&FUNCTION, &above).is(Code::MissingPermissions);
    }
}
