//! READY and READY_SUPPLEMENTAL, put together of what an identify told and of the user's guilds.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::dispatch::{
    Empty, MergedMember, MergedPresence, MergedPresences, Ready, ReadyAccount, ReadyChannel,
    ReadyConstants, ReadyGuild, ReadyOfBot, ReadyOfUser, ReadyRelationship, ReadySupplemental,
    SessionClient, SessionEntry, SupplementalGuild, SupplementalLive, UnavailableGuild, Versioned,
};
use model::gateway::internal::Identified;
use model::gateway::{Capabilities, Status};
use model::id::marker;
use model::member::MemberInGuild;
use model::relationship::Relationship;
use model::{Channel, Id, Member, User};
use serde_json::value::RawValue;

use crate::json::to_json;
use crate::messages::View;
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
pub fn all_sessions<'a>(sessions: impl Iterator<Item = &'a SessionPresence>) -> SessionEntry<'a> {
    let (mut status, mut activities) = (Status::Invisible, &[][..]);
    for session in sessions {
        status = session.status.max(status);
        if activities.is_empty() {
            activities = &session.activities;
        }
    }
    SessionEntry {
        session_id: "all".to_owned(),
        status,
        activities,
        hidden_activities: [],
        client_info: SessionClient {
            client: None,
            os: "unknown",
            version: 0,
        },
        active: true,
    }
}

/// A session in `sessions` of READY, and in SESSIONS_REPLACE.
pub fn session_entry(session: &Session) -> SessionEntry<'_> {
    let presence = &session.presence;
    SessionEntry {
        session_id: session.origin.id.to_string(),
        status: presence.status,
        activities: &presence.activities,
        hidden_activities: [],
        client_info: SessionClient {
            client: Some(presence.client),
            os: &session.origin.os,
            version: 0,
        },
        active: true,
    }
}

/// READY of a bot: its guilds follow one by one.
pub fn bot(origin: &Origin, identified: &Identified, guilds: &[GuildId], url: &str) -> Payload {
    let account = ReadyOfBot {
        guilds: guilds.iter().copied().map(UnavailableGuild::new).collect(),
        application: identified.application,
        private_channels: [],
        relationships: [],
        presences: [],
        guild_join_requests: [],
        user_settings: Empty {},
    };
    let account = ReadyAccount::Bot(account);
    Payload::shared(to_json(&ready(origin, identified, url, account)))
}

/// READY of a user account: its guilds are in it.
pub fn user(
    origin: &Origin,
    waiting: &Waiting,
    company: &Company,
    sessions: Vec<SessionEntry<'_>>,
    url: &str,
) -> Payload {
    let identified = &waiting.identified;
    let capable = |capability| origin.capabilities.contains(capability);
    let dedupe = capable(Capabilities::DEDUPE_USER_OBJECTS);
    let later = capable(Capabilities::PRIORITIZED_READY_PAYLOAD);
    let online = company.friends.iter().filter(|_| !dedupe && !later);
    let account = ReadyOfUser {
        guilds: guilds(waiting),
        sessions,
        auth_session_id_hash: &identified.session_id_hash,
        relationships: relationships(&identified.relationships, dedupe),
        read_state: Versioned::new(
            &identified.read_states,
            capable(Capabilities::VERSIONED_READ_STATES),
        ),
        user_guild_settings: Versioned::new(
            &identified.guild_settings,
            capable(Capabilities::VERSIONED_USER_GUILD_SETTINGS),
        ),
        user_settings: &identified.settings,
        user_settings_proto: identified.settings_proto.as_deref(),
        private_channels: private_channels(&identified.private_channels, dedupe),
        users: users(waiting, dedupe),
        merged_members: dedupe.then(|| merged_members(waiting, !later)),
        merged_presences: (dedupe && !later).then(|| merged_presences(waiting, company)),
        presences: online.map(|presence| presence.in_list()).collect(),
        constants: ReadyConstants::HERE,
    };
    let account = ReadyAccount::User(Box::new(account));
    Payload::shared(to_json(&ready(origin, identified, url, account)))
}

/// READY_SUPPLEMENTAL, for clients that announce that they read it.
pub fn supplemental(origin: &Origin, waiting: &Waiting, company: &Company) -> Option<Payload> {
    if !origin
        .capabilities
        .contains(Capabilities::PRIORITIZED_READY_PAYLOAD)
    {
        return None;
    }
    let guilds = waiting.guilds.iter().map(|(id, view)| SupplementalGuild {
        id: *id,
        live: view.as_ref().map(|view| SupplementalLive {
            voice_states: &view.voice_states,
            activity_instances: [],
        }),
    });
    let supplemental = ReadySupplemental {
        guilds: guilds.collect(),
        merged_members: members(waiting, others),
        merged_presences: merged_presences(waiting, company),
        lazy_private_channels: [],
        disclose: [],
        game_invites: [],
    };
    Some(Payload::shared(to_json(&supplemental)))
}

/// READY with what bots and users share.
fn ready<'a>(
    origin: &Origin,
    identified: &'a Identified,
    url: &'a str,
    account: ReadyAccount<'a>,
) -> Ready<'a> {
    Ready {
        v: origin.version,
        user: &identified.user,
        session_id: origin.id.to_string(),
        session_type: "normal",
        static_client_session_id: origin.id.to_string(),
        resume_gateway_url: url,
        shard: [origin.shard.id, origin.shard.count],
        geo_ordered_rtc_regions: [],
        authenticator_types: if identified.user.mfa_enabled {
            &[2]
        } else {
            &[]
        },
        auth: Empty {},
        trace: [r#"["gateway",{"micros":0}]"#],
        account,
    }
}

fn guilds(waiting: &Waiting) -> Vec<ReadyGuild> {
    let guilds = waiting.guilds.iter().filter_map(|(id, view)| match view {
        Some(view) => {
            let json = RawValue::from_string(view.payload.to_json());
            json.ok().map(ReadyGuild::Available)
        }
        None => Some(ReadyGuild::Unavailable(UnavailableGuild::new(*id))),
    });
    guilds.collect()
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

fn relationships(relationships: &[Relationship], dedupe: bool) -> Vec<ReadyRelationship<'_>> {
    let entries = relationships.iter().map(|relationship| ReadyRelationship {
        relationship,
        user_id: dedupe.then_some(relationship.id),
    });
    entries.collect()
}

fn private_channels(channels: &[Channel], dedupe: bool) -> Vec<ReadyChannel<'_>> {
    let entries = channels.iter().map(|channel| {
        let private = channel.private.as_ref().filter(|_| dedupe);
        let ids = private.map(|it| it.recipients.iter().map(|user| user.id).collect());
        ReadyChannel {
            channel,
            recipient_ids: ids,
        }
    });
    entries.collect()
}

/// The own member of every guild, and the other members that are known from the beginning, unless
/// they come later.
fn merged_members(waiting: &Waiting, with_others: bool) -> Vec<Vec<MergedMember<'_>>> {
    members(waiting, |view| {
        let own = std::iter::once(view.member.as_ref());
        own.chain(others(view).filter(move |_| with_others))
    })
}

/// The members that a view has besides the own one.
fn others(view: &View) -> impl Iterator<Item = &Member> {
    view.others.iter().map(AsRef::as_ref)
}

/// Some members of every guild, in the order of `guilds`.
fn members<'a, I: Iterator<Item = &'a Member>>(
    waiting: &'a Waiting,
    of: impl Fn(&'a View) -> I,
) -> Vec<Vec<MergedMember<'a>>> {
    let guilds = waiting.guilds.iter();
    let members = guilds.map(|(guild, view)| {
        let members = view.iter().flat_map(&of);
        let members = members.map(|member| MergedMember {
            member: MemberInGuild::new(*guild, member),
            user_id: member.user.as_ref().map(|user| user.id),
        });
        members.collect()
    });
    members.collect()
}

/// The presences of friends, in all and in the guilds, in the order of `guilds`.
fn merged_presences<'a>(waiting: &Waiting, company: &'a Company) -> MergedPresences<'a> {
    let here = |guild| company.guilds.get(guild).map_or(&[][..], Vec::as_slice);
    let guilds = waiting.guilds.keys();
    MergedPresences {
        friends: merged(&company.friends),
        guilds: guilds.map(|guild| merged(here(guild))).collect(),
    }
}

fn merged(presences: &[Arc<Presence>]) -> Vec<MergedPresence<'_>> {
    presences.iter().map(|presence| presence.merged()).collect()
}
