//! What the stores hold.

use std::collections::BTreeMap;

use model::channel::Channel;
use model::gateway::internal::GuildSnapshot;
use model::guild::{FullGuild, GuildConstants};
use model::thread::ThreadMember;
use model::{Guild, Member, Role};

use super::{ChannelId, RoleId, UserId};

/// What the stores hold of a guild.
#[derive(Debug, Clone)]
pub struct StoredGuild {
    pub guild: Guild,
    pub roles: BTreeMap<RoleId, Role>,
    pub channels: BTreeMap<ChannelId, Channel>,
    pub members: BTreeMap<UserId, Member>,
    pub threads: BTreeMap<ChannelId, StoredThread>,
}

/// What the stores hold of a thread.
#[derive(Debug, Clone)]
pub struct StoredThread {
    pub channel: Channel,
    pub members: BTreeMap<UserId, ThreadMember>,
}

impl StoredThread {
    pub fn parent(&self) -> ChannelId {
        self.channel.parent_id().unwrap()
    }

    pub fn is_private(&self) -> bool {
        self.channel.kind == model::channel::kind::PRIVATE_THREAD
    }

    pub fn is_archived(&self) -> bool {
        let thread = self.channel.thread().unwrap();
        thread.thread_metadata.archived
    }
}

impl StoredGuild {
    pub fn full(&self) -> FullGuild {
        FullGuild {
            guild: self.guild.clone(),
            roles: self.roles.values().cloned().collect(),
            emojis: Vec::new(),
            stickers: Vec::new(),
            constants: GuildConstants::default(),
            approximate_member_count: None,
            approximate_presence_count: None,
        }
    }

    pub fn snapshot(&self) -> GuildSnapshot {
        let all = self.members.len() <= 1000;
        let members = self.members.values().filter(|_| all);
        let active = || self.threads.values().filter(|thread| !thread.is_archived());
        GuildSnapshot {
            guild: self.full(),
            channels: self.channels.values().cloned().collect(),
            threads: active().map(|thread| thread.channel.clone()).collect(),
            thread_members: active()
                .flat_map(|thread| thread.members.values().cloned())
                .collect(),
            member_count: self.members.len() as u32,
            members: members.cloned().collect(),
        }
    }
}
