//! READY: all that a client needs to begin.
//!
//! See [Discord Docs/Ready](https://discord.com/developers/docs/events/gateway-events#ready) and,
//! for user accounts, [Userdoccers/Ready](https://docs.discord.food/topics/gateway-events#ready).

use std::collections::BTreeMap;
use std::sync::Arc;

use model::gateway::internal::Identified;
use model::gateway::{Capabilities, Status};
use model::id::marker;
use model::member::MemberInGuild;
use model::relationship::Relationship;
use model::{Channel, Id, Member, User};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::json::to_json;
use crate::payload::Payload;
use crate::presence::{Presence, SessionPresence};
use crate::session::{Origin, Session, Waiting};

type GuildId = Id<marker::Guild>;

/// How long READY of a user account waits for guilds. Those that are still missing are sent as
/// unavailable, and by GUILD_CREATE once they can be had.
pub const GUILDS_WAIT_MS: i64 = 5_000;

/// Sessions that are listed to their user.
pub const SESSIONS_MAX: usize = 15;

/// The friends of a user who are online.
#[derive(Debug, Default)]
pub struct Company {
    /// Their presences.
    pub friends: Vec<Arc<Presence>>,
    /// Their presences in guilds.
    pub guilds: BTreeMap<GuildId, Vec<Arc<Presence>>>,
}

/// What a user's sessions are together: the entry `all` in their list.
pub fn all_sessions<'a>(sessions: impl Iterator<Item = &'a SessionPresence>) -> Value {
    let (mut status, mut activities) = (Status::Invisible, &[][..]);
    for session in sessions {
        status = session.status.max(status);
        if activities.is_empty() {
            activities = &session.activities;
        }
    }
    json!({
        "session_id": "all",
        "status": status.name(),
        "activities": activities,
        "hidden_activities": [],
        "client_info": {"client": "unknown", "os": "unknown", "version": 0},
        "active": true,
    })
}

/// A session in `sessions` of READY, and in SESSIONS_REPLACE.
pub fn session_entry(session: &Session) -> Value {
    let presence = &session.presence;
    json!({
        "session_id": session.origin.id.to_string(),
        "status": presence.status.name(),
        "activities": presence.activities,
        "hidden_activities": [],
        "client_info": {
            "client": presence.client.name(),
            "os": session.origin.os,
            "version": 0,
        },
        "active": true,
    })
}

/// READY of a bot: its guilds follow one by one.
pub fn bot(origin: &Origin, identified: &Identified, guilds: &[GuildId], url: &str) -> Payload {
    let mut ready = common(origin, identified, url);
    let guilds = guilds.iter().map(|id| unavailable(*id)).collect();
    ready.insert("guilds".to_owned(), Value::Array(guilds));
    if let Some(application) = identified.application {
        ready.insert("application".to_owned(), json!(application));
    }
    for field in [
        "private_channels",
        "relationships",
        "presences",
        "guild_join_requests",
    ] {
        ready.insert(field.to_owned(), json!([]));
    }
    ready.insert("user_settings".to_owned(), json!({}));
    Payload::shared(Value::Object(ready).to_string())
}

/// The fields of a user's READY that are the same for everyone, with their JSON.
const SAME_FOR_EVERYONE: &[(&str, &str)] = &[
    ("connected_accounts", "[]"),
    ("guild_join_requests", "[]"),
    ("guild_experiments", "[]"),
    ("experiments", "[]"),
    ("game_relationships", "[]"),
    ("notes", "{}"),
    ("consents", r#"{"personalization":{"consented":false}}"#),
    ("notification_settings", r#"{"flags":0}"#),
    ("tutorial", "null"),
    ("friend_suggestion_count", "0"),
    ("analytics_token", r#""""#),
    ("api_code_version", "1"),
    ("country_code", r#""US""#),
];

/// READY of a user account: its guilds are in it.
pub fn user(
    origin: &Origin,
    waiting: &Waiting,
    company: &Company,
    sessions: Vec<Value>,
    url: &str,
) -> Payload {
    let identified = &waiting.identified;
    let capable = |capability| origin.capabilities.contains(capability);
    let mut fields = common(origin, identified, url);
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("sessions", Value::Array(sessions));
    put("auth_session_id_hash", json!(identified.session_id_hash));
    let dedupe = capable(Capabilities::DEDUPE_USER_OBJECTS);
    put(
        "relationships",
        relationships(&identified.relationships, dedupe),
    );
    put(
        "read_state",
        versioned(
            &identified.read_states,
            capable(Capabilities::VERSIONED_READ_STATES),
        ),
    );
    put(
        "user_guild_settings",
        versioned(
            &identified.guild_settings,
            capable(Capabilities::VERSIONED_USER_GUILD_SETTINGS),
        ),
    );
    put("user_settings", json!(identified.settings));
    put("user_settings_proto", json!(identified.settings_proto));
    put(
        "private_channels",
        private_channels(&identified.private_channels, dedupe),
    );
    put("users", json!(users(waiting, dedupe)));
    let later = capable(Capabilities::PRIORITIZED_READY_PAYLOAD);
    if dedupe {
        put("merged_members", own_members(waiting, !later));
        if !later {
            put("merged_presences", merged_presences(waiting, company));
        }
    }
    let online = company.friends.iter().filter(|_| !dedupe && !later);
    put(
        "presences",
        parsed(online.map(|presence| presence.in_list())),
    );
    for (name, text) in SAME_FOR_EVERYONE {
        put(name, serde_json::from_str(text).unwrap_or_default());
    }
    Payload::shared(with_guilds(fields, waiting))
}

/// READY_SUPPLEMENTAL, for clients that announce that they read it.
pub fn supplemental(origin: &Origin, waiting: &Waiting, company: &Company) -> Option<Payload> {
    if !origin
        .capabilities
        .contains(Capabilities::PRIORITIZED_READY_PAYLOAD)
    {
        return None;
    }
    let guilds = waiting.guilds.iter().map(|(id, view)| match view {
        Some(view) => {
            let voice_states = parsed(view.voice_states.iter().cloned());
            json!({"id": id, "voice_states": voice_states, "activity_instances": []})
        }
        None => json!({"id": id}),
    });
    let guilds: Vec<Value> = guilds.collect();
    let others = waiting.guilds.iter().map(|(guild, view)| {
        let others = view.iter().flat_map(|view| &view.others);
        let others = others.map(|member| merged_member(*guild, member));
        others.collect::<Vec<_>>()
    });
    let others: Vec<Vec<Value>> = others.collect();
    let supplemental = json!({
        "guilds": guilds,
        "merged_members": others,
        "merged_presences": merged_presences(waiting, company),
        "lazy_private_channels": [],
        "disclose": [],
        "game_invites": [],
    });
    Some(Payload::shared(supplemental.to_string()))
}

/// An entry of `guilds` for a guild that cannot be had now.
fn unavailable(id: GuildId) -> Value {
    json!({"id": id, "unavailable": true})
}

/// The fields that bots and users share.
fn common(origin: &Origin, identified: &Identified, url: &str) -> Map<String, Value> {
    let shard = [origin.shard.id, origin.shard.count];
    let fields = json!({
        "v": origin.version,
        "user": identified.user,
        "session_id": origin.id.to_string(),
        "session_type": "normal",
        "static_client_session_id": origin.id.to_string(),
        "resume_gateway_url": url,
        "shard": shard,
        "geo_ordered_rtc_regions": [],
        "authenticator_types": if identified.user.mfa_enabled { vec![2] } else { vec![] },
        "auth": {},
        "_trace": [r#"["gateway",{"micros":0}]"#],
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn versioned(entries: &[Value], versioned: bool) -> Value {
    match versioned {
        true => json!({"entries": entries, "partial": false, "version": 1}),
        false => json!(entries),
    }
}

/// Users whom READY mentions, each once.
fn users(waiting: &Waiting, dedupe: bool) -> Vec<&User> {
    let own = &waiting.identified.user.user;
    let mut users = BTreeMap::from([(own.id, own)]);
    if dedupe {
        let related = waiting.identified.relationships.iter();
        users.extend(related.map(|it| (it.id, &it.user)));
        let private = waiting.identified.private_channels.iter();
        let recipients = private.filter_map(|channel| channel.private.as_ref());
        users.extend(
            recipients
                .flat_map(|c| &c.recipients)
                .map(|user| (user.id, user)),
        );
        let views = waiting.guilds.values().flatten();
        let others = views.flat_map(|view| &view.others);
        let others = others.filter_map(|member| member.user.as_ref());
        users.extend(others.map(|user| (user.id, user)));
    }
    users.into_values().collect()
}

fn relationships(relationships: &[Relationship], dedupe: bool) -> Value {
    let entries = relationships.iter().map(|relationship| {
        let mut entry = json!(relationship);
        if let (true, Value::Object(fields)) = (dedupe, &mut entry) {
            fields.insert("user_id".to_owned(), json!(relationship.id));
        }
        entry
    });
    Value::Array(entries.collect())
}

fn private_channels(channels: &[Channel], dedupe: bool) -> Value {
    let entries = channels.iter().map(|channel| {
        let mut entry = json!(channel);
        if let (true, Some(private)) = (dedupe, &channel.private)
            && let Value::Object(fields) = &mut entry
        {
            let ids: Vec<_> = private.recipients.iter().map(|user| user.id).collect();
            fields.insert("recipient_ids".to_owned(), json!(ids));
        }
        entry
    });
    Value::Array(entries.collect())
}

/// The own member of every guild, in the order of `guilds`, and the other members that are known
/// from the beginning, unless they come later.
fn own_members(waiting: &Waiting, others: bool) -> Value {
    let members = waiting.guilds.iter().map(|(guild, view)| {
        let own = view.iter().map(|view| &view.member);
        let others = view.iter().filter(|_| others).flat_map(|view| &view.others);
        let members = own
            .chain(others)
            .map(|member| merged_member(*guild, member));
        members.collect::<Vec<_>>()
    });
    json!(members.collect::<Vec<_>>())
}

/// Discord's clients read the `user_id`, Spacebar's the `user`.
fn merged_member(guild: GuildId, member: &Member) -> Value {
    let mut value = json!(MemberInGuild::new(guild, member));
    if let (Value::Object(fields), Some(user)) = (&mut value, &member.user) {
        fields.insert("user_id".to_owned(), json!(user.id));
    }
    value
}

/// The presences of friends, in all and in the guilds, in the order of `guilds`.
fn merged_presences(waiting: &Waiting, company: &Company) -> Value {
    let merged =
        |presences: &[Arc<Presence>]| parsed(presences.iter().map(|presence| presence.merged()));
    let here = |guild| company.guilds.get(guild).map_or(&[][..], Vec::as_slice);
    let guilds: Vec<Value> = waiting
        .guilds
        .keys()
        .map(|guild| merged(here(guild)))
        .collect();
    json!({"friends": merged(&company.friends), "guilds": guilds})
}

/// A list of values that are JSON already.
fn parsed(values: impl Iterator<Item = String>) -> Value {
    let values = values.filter_map(|json| serde_json::from_str(&json).ok());
    Value::Array(values.collect())
}

/// The whole READY: the guilds are JSON already and are not parsed again.
fn with_guilds(fields: Map<String, Value>, waiting: &Waiting) -> String {
    #[derive(Serialize)]
    struct Ready {
        #[serde(flatten)]
        fields: Map<String, Value>,
        guilds: Vec<Box<RawValue>>,
    }
    let guilds = waiting.guilds.iter().filter_map(|(id, view)| {
        let json = match view {
            Some(view) => view.payload.to_json(),
            None => unavailable(*id).to_string(),
        };
        RawValue::from_string(json).ok()
    });
    to_json(&Ready {
        fields,
        guilds: guilds.collect(),
    })
}
