//! A guild's audit log.
//!
//! See [Discord Docs/Get Guild Audit Log](https://discord.com/developers/docs/resources/audit-log#get-guild-audit-log).

use model::User;
use model::audit_log::{Action, AuditLogEntry};
use runtime::prelude::*;
use serde::Serialize;
use store::audit_log::{self, Filter};
use store::users;

function! {
    "/guilds/{guild_id}/audit-logs"
    GET list_guild_audit_log_entries
}

/// Entries of one answer where none are asked for.
const LIMIT_DEFAULT: i64 = 50;

struct ListGuildAuditLogEntriesQuery {
    filter: Filter,
    limit: u32,
}

impl Form for ListGuildAuditLogEntriesQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        let action = fields.int("action_type", 0..=i64::from(u16::MAX));
        let filter = Filter {
            user: fields.get("user_id"),
            target: fields.get("target_id"),
            // Clients send 0 for all of them.
            action: action
                .filter(|action| *action > 0)
                .map(|action| Action(action as u16)),
            before: fields.get("before"),
            after: fields.get("after"),
        };
        let limit = fields.int("limit", 1..=100).unwrap_or(LIMIT_DEFAULT);
        Self {
            filter,
            limit: limit as u32,
        }
    }
}

/// A page of a guild's audit log. Of what cannot be in one here there is nothing.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct AuditLog {
    audit_log_entries: Vec<AuditLogEntry>,
    users: Vec<User>,
    integrations: [(); 0],
    webhooks: [(); 0],
    guild_scheduled_events: [(); 0],
    threads: [(); 0],
    application_commands: [(); 0],
    auto_moderation_rules: [(); 0],
}

/// Entries with the users that they name: the newest first, or, after an entry, the oldest first.
async fn list_guild_audit_log_entries(
    cx: &Cx,
    caller: InGuild<VIEW_AUDIT_LOG>,
    Query(page): Query<ListGuildAuditLogEntriesQuery>,
) -> Result<Json<AuditLog>> {
    let query = audit_log::page(caller.guild.id, page.filter, page.limit);
    let entries = cx.read(query).await?;
    let mut named: Vec<Id<marker::User>> = Vec::new();
    for entry in &entries {
        named.extend(entry.user_id);
        let target = entry.target_id.filter(|_| entry.action_type.targets_user());
        named.extend(target.map(Id::cast));
    }
    named.sort_unstable();
    named.dedup();
    let users = match named.is_empty() {
        true => Vec::new(),
        false => cx.read(users::by_ids(&named)).await?,
    };
    Ok(Json(AuditLog {
        audit_log_entries: entries,
        users,
        integrations: [],
        webhooks: [],
        guild_scheduled_events: [],
        threads: [],
        application_commands: [],
        auto_moderation_rules: [],
    }))
}

#[cfg(test)]
mod tests {
    use model::audit_log as log;
    use runtime::testing::{Actor, App};
    use serde_json::Value;

    use super::*;

    /// An entry about somebody being kicked.
    fn kick(app: &App, guild: Id<marker::Guild>, by: &Actor<'_>, whom: &Actor<'_>) -> String {
        app.advance(1);
        let entry = AuditLogEntry {
            id: app.id(),
            user_id: Some(by.id),
            target_id: Some(whom.id.cast()),
            action_type: log::MEMBER_KICK,
            changes: Vec::new(),
            options: serde_json::Map::new(),
            reason: Some("noise".to_owned()),
        };
        let mut batch = Batch::main();
        batch.push(audit_log::insert(guild, &entry));
        app.write(batch);
        entry.id.to_string()
    }

    fn ids(page: &Value) -> Vec<&str> {
        let entries = page["audit_log_entries"].as_array().expect("a list");
        entries
            .iter()
            .filter_map(|entry| entry["id"].as_str())
            .collect()
    }

    #[test]
    fn entries_come_in_pages_with_the_users_they_name() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        let all: Vec<_> = (0..3).map(|_| kick(&app, guild, &alice, &bob)).collect();
        let get = |query: &str| {
            alice
                .get(&FUNCTION, &format!("/guilds/{guild}/audit-logs?{query}"))
                .ok()
        };
        let first = get("limit=2");
        assert_eq!(ids(&first), [&all[2], &all[1]]);
        assert_eq!(first["users"].as_array().map(Vec::len), Some(2));
        assert_eq!(first["audit_log_entries"][0]["reason"], "noise");
        assert_eq!(ids(&get(&format!("before={}", all[1]))), [&all[0]]);
        assert_eq!(ids(&get(&format!("after={}", all[0]))), [&all[1], &all[2]]);
        assert_eq!(ids(&get("after=0&limit=1")), [&all[0]]);
        assert_eq!(ids(&get(&format!("user_id={}", bob.id))), [""; 0]);
        assert_eq!(ids(&get("action_type=22")), [""; 0]);
        assert_eq!(
            ids(&get(&format!("action_type=20&target_id={}", bob.id))).len(),
            3
        );
    }

    #[test]
    fn only_who_may_see_it_reads_it() {
        let app = App::new();
        let (guild, _) = app.register("alice").create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/guilds/{guild}/audit-logs");
        bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
        bob.grant(guild, 1, VIEW_AUDIT_LOG);
        bob.get(&FUNCTION, &path).ok();
        let limit = bob.get(&FUNCTION, &format!("{path}?limit=101"));
        assert_eq!(limit.field_error(&["limit"]), "NUMBER_TYPE_MAX");
    }
}
