//! What the gateway asks of internal functions, and what they answer.
//!
//! The gateway never reads the stores. These routes are reachable for the gateway alone; every
//! one is a `POST` with a JSON body, or a `GET`, and answers 200, or Discord's error envelope.

pub mod paths;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::read_state::ChannelReadState;
use crate::relationship::Relationship;

use crate::guild::FullGuild;
use crate::id::marker;
use crate::thread::ThreadMember;
use crate::user::PrivateUser;
use crate::{Channel, Event, Id, Member};

/// Events of one [`OutboxPage`].
pub const OUTBOX_PAGE_MAX: u32 = 256;

/// Members up to which a guild's snapshot names all of them: those of whom Discord's member lists
/// show the offline ones too.
pub const SNAPSHOT_MEMBERS_MAX: u32 = 1000;

/// Members of one [`MembersPage`], and of one GUILD_MEMBERS_CHUNK.
pub const MEMBERS_PAGE_MAX: u32 = 1000;

/// The body of `POST /internal/v1/identify`. A token that is not valid is answered with 401, and
/// with 429 that of a bot that started too many sessions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct IdentifyRequest {
    /// The token, without a scheme.
    pub token: String,
    /// Whether it is to be counted as the start of a session.
    #[serde(default)]
    pub counts: bool,
}

/// The answer to [`IdentifyRequest`]: all that READY needs besides the guilds themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Identified {
    /// Whose token it is.
    pub user: PrivateUser,
    /// The public name of the token, by which its session is listed and revoked.
    pub session_id_hash: String,
    /// The application, if the user is its bot.
    #[serde(default)]
    pub application: Option<IdentifiedApplication>,
    /// The guilds the user is a member of.
    pub guilds: Vec<OwnGuild>,
    /// The private conversations that are open for the user. Empty for bots.
    #[serde(default)]
    pub private_channels: Vec<Channel>,
    /// Read states as READY has them. Empty for bots, like everything below.
    #[serde(default)]
    pub read_states: Vec<ChannelReadState>,
    /// The client's settings.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// The client's settings as Discord's protobuf, in Base64.
    #[serde(default)]
    pub settings_proto: Option<String>,
    /// The client's settings for guilds.
    #[serde(default)]
    pub guild_settings: Vec<Value>,
    /// Friends, blocks and requests.
    #[serde(default)]
    pub relationships: Vec<Relationship>,
}

/// The application of a bot.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct IdentifiedApplication {
    /// The application's id.
    pub id: Id<marker::Application>,
    /// Its flags, of which the gateway reads those of the privileged intents.
    pub flags: u64,
}

/// A guild of the user, and the user in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct OwnGuild {
    /// The guild.
    pub id: Id<marker::Guild>,
    /// The user's own member. `user` may be left out.
    pub member: Member,
}

/// The answer to `GET /internal/v1/guilds/{guild_id}`: a guild as it is now. 404 when it is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct GuildSnapshot {
    /// The guild with roles, emoji and stickers.
    pub guild: FullGuild,
    /// All channels, with their overwrites.
    pub channels: Vec<Channel>,
    /// The active threads.
    #[serde(default)]
    pub threads: Vec<Channel>,
    /// The members of those threads.
    #[serde(default)]
    pub thread_members: Vec<ThreadMember>,
    /// How many members there are.
    pub member_count: u32,
    /// All members, with their users, if there are at most [`SNAPSHOT_MEMBERS_MAX`]; else none.
    #[serde(default)]
    pub members: Vec<Member>,
}

/// The body of `POST /internal/v1/guilds/{guild_id}/members`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct MembersRequest {
    /// These members only, in the order of their ids. Empty: by the other fields.
    #[serde(default)]
    pub user_ids: Vec<Id<marker::User>>,
    /// Members whose nickname, global name or username begins with this, without regard to case.
    /// Empty: everyone.
    #[serde(default)]
    pub query: String,
    /// At most so many: 1 to [`MEMBERS_PAGE_MAX`].
    pub limit: u32,
    /// Only members with greater ids, for the next page.
    #[serde(default)]
    pub after: Option<Id<marker::User>>,
}

/// The answer to [`MembersRequest`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct MembersPage {
    /// The members, with their users, by ascending id.
    pub members: Vec<Member>,
    /// How many members the guild has in all.
    pub member_count: u32,
}

/// The body of `POST /internal/v1/outbox`: what may be forgotten. Asked where events are rows of
/// an outbox that only functions reach.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct OutboxRequest {
    /// Every event up to this number was delivered; 0 at first.
    pub through: i64,
}

/// The answer to [`OutboxRequest`]: the oldest events that were not delivered, in order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct OutboxPage {
    /// The number of the last of them; that of the request if there are none.
    pub through: i64,
    /// The events, at most [`OUTBOX_PAGE_MAX`].
    pub events: Vec<Event>,
}
