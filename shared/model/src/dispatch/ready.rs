//! READY: all that a client needs to begin.
//!
//! See [Discord Docs/Ready](https://discord.com/developers/docs/events/gateway-events#ready) and,
//! for user accounts, [Userdoccers/Ready](https://docs.discord.food/topics/gateway-events#ready).

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{MergedPresence, PresenceUpdate, SessionEntry};
use crate::Id;
use crate::channel::Channel;
use crate::event::payloads;
use crate::gateway::internal::IdentifiedApplication;
use crate::id::marker;
use crate::member::MemberInGuild;
use crate::read_state::ChannelReadState;
use crate::relationship::Relationship;
use crate::user::{PrivateUser, User};

/// An object that has no fields here.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Empty {}

/// What a session begins with.
#[derive(Debug, Serialize)]
pub struct Ready<'a> {
    /// The version of the API.
    pub v: u8,
    /// Whose session it is.
    pub user: &'a PrivateUser,
    /// The session, to resume it by.
    pub session_id: String,
    /// Always `normal`.
    pub session_type: &'static str,
    /// The same as `session_id`: nothing outlives the session.
    pub static_client_session_id: String,
    /// Where the session is resumed.
    pub resume_gateway_url: &'a str,
    /// Which shard it is, of how many.
    pub shard: [u32; 2],
    /// Regions of voice by distance; the media relay is in one.
    pub geo_ordered_rtc_regions: [(); 0],
    /// How the user may confirm that it is them: 2 is a one-time password.
    pub authenticator_types: &'static [u8],
    /// Nothing.
    pub auth: Empty,
    /// Who served it.
    #[serde(rename = "_trace")]
    pub trace: [&'static str; 1],
    /// What depends on the kind of account.
    #[serde(flatten)]
    pub account: ReadyAccount<'a>,
}

payloads!(of Ready<'a>);

/// What READY has for one kind of account.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ReadyAccount<'a> {
    /// A bot.
    Bot(ReadyOfBot),
    /// A person.
    User(Box<ReadyOfUser<'a>>),
}

/// What only a bot's READY has: its guilds follow one by one.
#[derive(Debug, Serialize)]
pub struct ReadyOfBot {
    /// The guilds, all of them unavailable so far.
    pub guilds: Vec<UnavailableGuild>,
    /// The application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<IdentifiedApplication>,
    /// Bots have none.
    pub private_channels: [(); 0],
    /// Bots have none.
    pub relationships: [(); 0],
    /// Bots have none.
    pub presences: [(); 0],
    /// Bots have none.
    pub guild_join_requests: [(); 0],
    /// Bots have none.
    pub user_settings: Empty,
}

/// A guild that cannot be had now.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct UnavailableGuild {
    /// The guild.
    pub id: Id<marker::Guild>,
    /// Always true.
    pub unavailable: bool,
}

impl UnavailableGuild {
    /// Of the guild with this id.
    pub const fn new(id: Id<marker::Guild>) -> Self {
        let unavailable = true;
        Self { id, unavailable }
    }
}

/// What only a person's READY has.
#[derive(Debug, Serialize)]
pub struct ReadyOfUser<'a> {
    /// The guilds.
    pub guilds: Vec<ReadyGuild>,
    /// The user's sessions.
    pub sessions: Vec<SessionEntry<'a>>,
    /// The public name of the session's token.
    pub auth_session_id_hash: &'a str,
    /// Friends, blocks and requests.
    pub relationships: Vec<ReadyRelationship<'a>>,
    /// How far the user has read.
    pub read_state: Versioned<'a, ChannelReadState>,
    /// The client's settings for guilds.
    pub user_guild_settings: Versioned<'a, Value>,
    /// The client's settings.
    pub user_settings: &'a Map<String, Value>,
    /// The client's settings as Discord's protobuf, in Base64.
    pub user_settings_proto: Option<&'a str>,
    /// The private conversations that are open.
    pub private_channels: Vec<ReadyChannel<'a>>,
    /// The users whom READY mentions by their ids, and the user.
    pub users: Vec<&'a User>,
    /// Members in the order of `guilds`, where users are sent once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_members: Option<Vec<Vec<MergedMember<'a>>>>,
    /// Presences, where users are sent once and READY_SUPPLEMENTAL does not follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_presences: Option<MergedPresences<'a>>,
    /// Presences of friends, where nothing else has them.
    pub presences: Vec<PresenceUpdate<'a>>,
    /// What is the same for everyone.
    #[serde(flatten)]
    pub constants: ReadyConstants,
}

/// An entry of `guilds`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ReadyGuild {
    /// A [`GuildCreate`](super::GuildCreate). It stays JSON: the guild has written most of it once
    /// for all sessions, and is an object of its own on Workers.
    Available(Box<RawValue>),
    /// It did not answer in time.
    Unavailable(UnavailableGuild),
}

/// A list whose clients may ask for it with a version. There is one version: the list is whole.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Versioned<'a, T> {
    /// With the version.
    Versioned {
        /// The list.
        entries: &'a [T],
        /// Always false.
        partial: bool,
        /// Always 1.
        version: u32,
    },
    /// The list alone.
    Plain(&'a [T]),
}

impl<'a, T> Versioned<'a, T> {
    /// The list, as the client announced that it reads it.
    pub const fn new(entries: &'a [T], versioned: bool) -> Self {
        match versioned {
            true => Self::Versioned {
                entries,
                partial: false,
                version: 1,
            },
            false => Self::Plain(entries),
        }
    }
}

/// A relationship in READY.
#[derive(Debug, Serialize)]
pub struct ReadyRelationship<'a> {
    /// The relationship.
    #[serde(flatten)]
    pub relationship: &'a Relationship,
    /// The other user, where users are sent once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Id<marker::User>>,
}

/// A private conversation in READY.
#[derive(Debug, Serialize)]
pub struct ReadyChannel<'a> {
    /// The conversation.
    #[serde(flatten)]
    pub channel: &'a Channel,
    /// The participants, where users are sent once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_ids: Option<Vec<Id<marker::User>>>,
}

/// A member in `merged_members`. Discord's clients read the `user_id`, Spacebar's the `user`.
#[derive(Debug, Serialize)]
pub struct MergedMember<'a> {
    /// The member.
    #[serde(flatten)]
    pub member: MemberInGuild<'a>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Id<marker::User>>,
}

/// The presences of friends.
#[derive(Debug, Serialize)]
pub struct MergedPresences<'a> {
    /// In all.
    pub friends: Vec<MergedPresence<'a>>,
    /// In the guilds, in the order of `guilds`.
    pub guilds: Vec<Vec<MergedPresence<'a>>>,
}

/// What a person's READY has that is the same for everyone.
#[derive(Debug, Serialize)]
pub struct ReadyConstants {
    /// None exist here.
    pub connected_accounts: [(); 0],
    /// None exist here.
    pub guild_join_requests: [(); 0],
    /// None exist here.
    pub guild_experiments: [(); 0],
    /// None exist here.
    pub experiments: [(); 0],
    /// None exist here.
    pub game_relationships: [(); 0],
    /// Notes are read over REST.
    pub notes: Empty,
    /// What the user agreed to.
    pub consents: Consents,
    /// No flags exist here.
    pub notification_settings: NotificationSettings,
    /// Nobody is taught.
    pub tutorial: Option<()>,
    /// Nobody is suggested.
    pub friend_suggestion_count: u32,
    /// Nothing is analysed.
    pub analytics_token: &'static str,
    /// Always 1.
    pub api_code_version: u32,
    /// The country whose laws clients follow in what they show.
    pub country_code: &'static str,
}

impl ReadyConstants {
    /// The fields with their values.
    pub const HERE: Self = Self {
        connected_accounts: [],
        guild_join_requests: [],
        guild_experiments: [],
        experiments: [],
        game_relationships: [],
        notes: Empty {},
        consents: Consents {
            personalization: Consent { consented: false },
        },
        notification_settings: NotificationSettings { flags: 0 },
        tutorial: None,
        friend_suggestion_count: 0,
        analytics_token: "",
        api_code_version: 1,
        country_code: "US",
    };
}

/// What a user agreed to.
#[derive(Debug, Serialize)]
pub struct Consents {
    /// That what they do is used to show them something else.
    pub personalization: Consent,
}

/// Whether a user agreed to something.
#[derive(Debug, Serialize)]
pub struct Consent {
    /// Whether they did: nobody is asked.
    pub consented: bool,
}

/// Settings for notifications.
#[derive(Debug, Serialize)]
pub struct NotificationSettings {
    /// No flags exist here.
    pub flags: u32,
}
