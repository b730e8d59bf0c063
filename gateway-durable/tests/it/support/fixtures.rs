//! What is in the stores before a test begins, without anybody being told.

use std::collections::BTreeMap;

use model::permissions::Overwrite;
use model::user::PrivateUser;
use model::{Guild, Id, Member, Permissions, User};

use super::data::{channel, role};
use super::stored::StoredGuild;
use super::{ChannelId, GuildId, RoleId, UserId, World};

impl World {
    pub fn user(&mut self) -> UserId {
        self.account(false, 0)
    }

    pub fn bot(&mut self, flags: u64) -> UserId {
        self.account(true, flags)
    }

    fn account(&mut self, bot: bool, flags: u64) -> UserId {
        let id = Id::new(self.fresh());
        let user = User {
            id,
            username: format!("user{id}"),
            discriminator: if bot { "0001" } else { "0" }.to_owned(),
            global_name: None,
            avatar: None,
            banner: None,
            accent_color: None,
            bot,
            public_flags: 0,
            avatar_decoration_data: None,
            collectibles: None,
            primary_guild: None,
            bio: String::new(),
            pronouns: String::new(),
            badge_ids: [],
        };
        let user = PrivateUser {
            user,
            flags: 0,
            locale: "en-US".to_owned(),
            mfa_enabled: false,
            premium_type: 0,
            verified: true,
            email: None,
            phone: None,
        };
        self.users.insert(id, (user, flags));
        id
    }

    pub fn guild(&mut self, owner: UserId) -> GuildId {
        let id = Id::new(self.fresh() << 22);
        let everyone = role(id.cast(), Permissions::DEFAULT);
        let stored = StoredGuild {
            guild: Guild::new(id, "guild".to_owned(), owner),
            roles: BTreeMap::from([(everyone.id, everyone)]),
            channels: BTreeMap::new(),
            members: BTreeMap::new(),
            threads: BTreeMap::new(),
        };
        self.guilds.insert(id, stored);
        self.enter(id, owner);
        id
    }

    /// Makes a user a member without telling anybody.
    pub fn enter(&mut self, guild: GuildId, user: UserId) {
        let member = self.member(user);
        guild_mut(&mut self.guilds, guild)
            .members
            .insert(user, member);
    }

    pub fn member(&self, user: UserId) -> Member {
        Member {
            id: Some(user),
            guild_id: None,
            user: Some(self.users[&user].0.user.clone()),
            nick: None,
            avatar: None,
            banner: None,
            roles: Vec::new(),
            joined_at: self.now,
            premium_since: None,
            deaf: false,
            mute: false,
            flags: 0,
            pending: false,
            communication_disabled_until: None,
        }
    }

    /// Makes a channel without telling anybody.
    pub fn channel(&mut self, guild: GuildId, kind: u8, overwrites: &[Overwrite]) -> ChannelId {
        let id = Id::new(self.fresh());
        let channel = channel(guild, id, kind, overwrites);
        guild_mut(&mut self.guilds, guild)
            .channels
            .insert(id, channel);
        id
    }

    /// Makes a role without telling anybody.
    pub fn role(&mut self, guild: GuildId, permissions: Permissions) -> RoleId {
        let id = Id::new(self.fresh());
        let role = role(id, permissions);
        guild_mut(&mut self.guilds, guild).roles.insert(id, role);
        id
    }

    pub fn stored(&mut self, guild: GuildId) -> &mut StoredGuild {
        guild_mut(&mut self.guilds, guild)
    }
}

fn guild_mut(guilds: &mut BTreeMap<GuildId, StoredGuild>, id: GuildId) -> &mut StoredGuild {
    guilds.get_mut(&id).unwrap()
}
