//! What a guild is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::gateway::internal::GuildSnapshot;
use model::guild::{FullGuild, GuildConstants};
use model::id::marker;
use model::permissions::{OverwriteKind, Standing};
use model::thread::ThreadMember;
use model::{Channel, Emoji, Guild, Id, Member, Permissions, Role, Timestamp};
use serde_json::Value;

type ChannelId = Id<marker::Channel>;
type RoleId = Id<marker::Role>;
type UserId = Id<marker::User>;

/// Roles with what they grant, as [`Standing`] wants them.
pub type Grants = Vec<(RoleId, Permissions)>;

/// What a member sees of a guild.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// The channels.
    pub channels: BTreeSet<ChannelId>,
    /// Those of them whose private threads they see as well, since they moderate them.
    pub moderated: BTreeSet<ChannelId>,
}

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
    /// The channels and categories.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// The active threads.
    pub threads: BTreeMap<ChannelId, Channel>,
    /// The members of those threads, and of one of which something is about to be told.
    pub thread_members: BTreeMap<ChannelId, BTreeMap<UserId, ThreadMember>>,
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
            threads: snapshot.threads.into_iter().map(|t| (t.id, t)).collect(),
            thread_members: by_thread(snapshot.thread_members),
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
            Some(id) => match (self.channels.get(&id), self.threads.get(&id)) {
                (Some(channel), _) => standing.in_channel(channel.overwrites()),
                (None, Some(thread)) => match self.home(thread) {
                    Some(home) => standing.in_thread(home.overwrites()),
                    None => Permissions::empty(),
                },
                (None, None) => Permissions::empty(),
            },
        }
    }

    /// The channel that a thread is in.
    pub fn home(&self, thread: &Channel) -> Option<&Channel> {
        self.channels.get(&thread.parent_id()?)
    }

    /// The channel whose members see this one, if they see any of it: for a thread the one that it
    /// is in.
    pub fn home_of(&self, id: ChannelId) -> Option<&Channel> {
        match self.threads.get(&id) {
            Some(thread) => self.home(thread),
            None => self.channels.get(&id),
        }
    }

    /// What a member sees. Whether the member is timed out does not matter for it.
    pub fn sight(&self, standing: &Standing<'_>) -> Sight {
        let mut sight = Sight::default();
        for channel in self.channels.values() {
            let held = standing.in_channel(channel.overwrites());
            if held.allows(Permissions::VIEW_CHANNEL) {
                sight.channels.insert(channel.id);
                if held.allows(Permissions::MANAGE_THREADS) {
                    sight.moderated.insert(channel.id);
                }
            }
        }
        sight
    }
}

/// Has a channel that changed keep what its messages have said of it so far: whoever changed the
/// channel read that before, in the other store, and it has events of its own.
pub fn keep_state(before: &Channel, after: &mut Channel) {
    after.last_message_id = before.last_message_id;
    after.last_pin_timestamp = before.last_pin_timestamp;
    if let (Some(before), Some(after)) = (before.thread(), after.thread_mut()) {
        after.message_count = before.message_count;
        after.total_message_sent = before.total_message_sent;
    }
}

fn by_thread(members: Vec<ThreadMember>) -> BTreeMap<ChannelId, BTreeMap<UserId, ThreadMember>> {
    let mut threads = BTreeMap::<_, BTreeMap<_, _>>::new();
    for member in members {
        let thread = threads.entry(member.id).or_default();
        thread.insert(member.user_id, member);
    }
    threads
}

fn by_role(roles: Vec<Role>) -> BTreeMap<RoleId, Role> {
    roles.into_iter().map(|role| (role.id, role)).collect()
}
