//! What a guild is made of, and the shapes of the events that change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::channel::kind;
use model::gateway::internal::GuildSnapshot;
use model::guild::{FullGuild, GuildConstants};
use model::id::marker;
use model::permissions::{OverwriteKind, Standing};
use model::{Channel, Emoji, Guild, Id, Member, Permissions, Role, Timestamp};
use serde::Deserialize;
use serde_json::Value;

type ChannelId = Id<marker::Channel>;
type RoleId = Id<marker::Role>;
type UserId = Id<marker::User>;

/// Roles with what they grant, as [`Standing`] wants them.
pub type Grants = Vec<(RoleId, Permissions)>;

/// A guild as far as the gateway needs to know it.
#[derive(Debug)]
pub struct State {
    /// The guild's own fields.
    pub guild: Guild,
    /// Fields that are the same for every guild.
    pub constants: GuildConstants,
    /// The roles, `@everyone` among them.
    pub roles: BTreeMap<RoleId, Role>,
    /// The emoji.
    pub emojis: Vec<Emoji>,
    /// The stickers.
    pub stickers: Vec<Value>,
    /// The channels, categories and threads.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// How many members there are.
    pub member_count: u32,
    /// All members if [`Self::complete`], else those who are connected.
    pub members: BTreeMap<UserId, Arc<Member>>,
    /// Whether [`Self::members`] has everyone.
    pub complete: bool,
    /// Those of [`Self::members`] that a subscription told of: their GUILD_MEMBER_ADD, should it
    /// still come, is news to everyone else.
    pub learned: BTreeSet<UserId>,
    /// Members for whom some channel has an overwrite.
    pub overwritten: BTreeSet<UserId>,
}

impl State {
    /// The state that a snapshot tells.
    pub fn new(snapshot: GuildSnapshot) -> Self {
        let full = snapshot.guild;
        let members: BTreeMap<_, _> = snapshot
            .members
            .into_iter()
            .filter_map(|member| Some((member.user.as_ref()?.id, Arc::new(member))))
            .collect();
        let mut state = Self {
            guild: full.guild,
            constants: full.constants,
            roles: by_role(full.roles),
            emojis: full.emojis,
            stickers: full.stickers,
            channels: snapshot.channels.into_iter().map(|c| (c.id, c)).collect(),
            member_count: snapshot.member_count,
            complete: members.len() as u32 >= snapshot.member_count,
            members,
            learned: BTreeSet::new(),
            overwritten: BTreeSet::new(),
        };
        state.note_overwritten();
        state
    }

    /// Takes over a guild that changed. Its roles, emoji and stickers have events of their own, and
    /// may be older here: whoever changed the guild read them before.
    pub fn update(&mut self, full: FullGuild) {
        self.guild = full.guild;
        self.constants = full.constants;
    }

    /// Recomputes [`Self::overwritten`] after channels changed.
    pub fn note_overwritten(&mut self) {
        let overwrites = self.channels.values().flat_map(Channel::overwrites);
        self.overwritten = overwrites
            .filter(|overwrite| overwrite.kind == OverwriteKind::Member)
            .map(|overwrite| overwrite.id.cast())
            .collect();
    }

    /// The roles of these that exist, sorted, with what they grant.
    pub fn grants(&self, roles: &[RoleId]) -> Grants {
        let mut grants: Grants = roles
            .iter()
            .filter(|id| **id != self.guild.id.cast())
            .filter_map(|id| Some((*id, self.roles.get(id)?.permissions)))
            .collect();
        grants.sort_unstable_by_key(|(id, _)| *id);
        grants.dedup_by_key(|(id, _)| *id);
        grants
    }

    /// What decides over a member's permissions.
    pub fn standing<'a>(&self, user: UserId, grants: &'a Grants, timed_out: bool) -> Standing<'a> {
        let everyone = self.roles.get(&self.guild.id.cast());
        Standing {
            guild: self.guild.id,
            user,
            owner: self.guild.owner_id == user,
            timed_out,
            everyone: everyone.map_or(Permissions::empty(), |role| role.permissions),
            roles: grants,
        }
    }

    /// What a member may do in the guild, or in a channel of it. Nothing in one that is not there.
    pub fn permissions(
        &self,
        member: &Member,
        user: UserId,
        channel: Option<ChannelId>,
        now: Timestamp,
    ) -> Permissions {
        let grants = self.grants(&member.roles);
        let standing = self.standing(user, &grants, member.timed_out(now));
        match channel {
            None => standing.in_guild(),
            Some(id) => match self.channels.get(&id) {
                Some(channel) => self.in_channel(&standing, channel),
                None => Permissions::empty(),
            },
        }
    }

    /// The channels that a member sees. Whether the member is timed out does not matter for it.
    pub fn visible(&self, standing: &Standing<'_>) -> BTreeSet<ChannelId> {
        let seen = |channel: &&Channel| {
            self.in_channel(standing, channel)
                .allows(Permissions::VIEW_CHANNEL)
        };
        self.channels.values().filter(seen).map(|c| c.id).collect()
    }

    /// A thread has no overwrites: its channel's count. A private one is for its moderators.
    fn in_channel(&self, standing: &Standing<'_>, channel: &Channel) -> Permissions {
        if !is_thread(channel) {
            return standing.in_channel(channel.overwrites());
        }
        let parent = channel.guild.as_ref().and_then(|guild| guild.parent_id);
        let Some(parent) = parent.and_then(|id| self.channels.get(&id)) else {
            return Permissions::empty();
        };
        let permissions = standing.in_channel(parent.overwrites());
        let private = channel.kind == kind::PRIVATE_THREAD;
        if private && !permissions.allows(Permissions::MANAGE_THREADS) {
            return Permissions::empty();
        }
        permissions
    }
}

/// Whether the channel is a thread.
pub fn is_thread(channel: &Channel) -> bool {
    matches!(
        channel.kind,
        kind::ANNOUNCEMENT_THREAD | kind::PUBLIC_THREAD | kind::PRIVATE_THREAD
    )
}

fn by_role(roles: Vec<Role>) -> BTreeMap<RoleId, Role> {
    roles.into_iter().map(|role| (role.id, role)).collect()
}

/// The `d` of GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE.
#[derive(Debug, Deserialize)]
pub struct MemberEvent {
    /// The member.
    #[serde(flatten)]
    pub member: Member,
}

impl MemberEvent {
    /// Whose member it is.
    pub fn user(&self) -> Option<UserId> {
        self.member.user.as_ref().map(|user| user.id)
    }
}

/// The `d` of GUILD_MEMBER_REMOVE.
#[derive(Debug, Deserialize)]
pub struct RemovedEvent {
    /// Who left.
    pub user: RemovedUser,
}

/// A user of whom only the id counts.
#[derive(Debug, Deserialize)]
pub struct RemovedUser {
    /// The user.
    pub id: UserId,
}

/// The `d` of GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE.
#[derive(Debug, Deserialize)]
pub struct RoleEvent {
    /// The role.
    pub role: Role,
}

/// The `d` of GUILD_ROLE_DELETE.
#[derive(Debug, Deserialize)]
pub struct RoleDeletedEvent {
    /// The role.
    pub role_id: RoleId,
}

/// The `d` of GUILD_EMOJIS_UPDATE.
#[derive(Debug, Deserialize)]
pub struct EmojisEvent {
    /// All emoji.
    pub emojis: Vec<Emoji>,
}

/// The `d` of GUILD_STICKERS_UPDATE.
#[derive(Debug, Deserialize)]
pub struct StickersEvent {
    /// All stickers.
    pub stickers: Vec<Value>,
}

/// The `d` of CHANNEL_PINS_UPDATE.
#[derive(Debug, Deserialize)]
pub struct PinsEvent {
    /// The channel.
    pub channel_id: ChannelId,
    /// The newest pin.
    #[serde(default)]
    pub last_pin_timestamp: Option<Timestamp>,
}

/// What names a message, in MESSAGE_CREATE.
#[derive(Debug, Deserialize)]
pub struct MessageName {
    /// The message.
    pub id: Id<marker::Message>,
    /// Its channel.
    pub channel_id: ChannelId,
}
