//! What is there before a test begins: accounts, guilds, members, roles, channels.

use model::channel::{Channel, GuildChannel, kind};
use model::guild::Guild;
use model::id::marker;
use model::member::Member;
use model::permissions::Overwrite;
use model::role::{Role, RoleColors};
use model::user::User;
use model::{Code, Id, Permissions};
use store::Batch;
use store::sessions::Session;
use store::users::Account;

use super::{Actor, App};
use crate::host::native::Backend;
use crate::token::{self, Token};

impl App {
    /// Somebody with a session, or a bot with a token.
    pub(super) fn account(
        &self,
        username: &str,
        discriminator: &str,
        bot: bool,
        rights: i64,
    ) -> Actor<'_> {
        let id = self.id();
        let user = User {
            id,
            username: username.to_owned(),
            discriminator: discriminator.to_owned(),
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
        let account = Account {
            user,
            flags: 0,
            email: (!bot).then(|| format!("{username}@example.org")),
            password_hash: None,
            premium_type: 0,
            verified: true,
            locale: "en-US".to_owned(),
            totp_secret: None,
            totp_last_step: 0,
            rights,
            disabled: false,
        };
        let mut secret = [0; 32];
        self.backend.random(&mut secret);
        let token = Token::new(id, self.now(), &secret);
        let session = Session {
            token_hash: token.hash(),
            id_hash: token::id_hash(&token.hash()),
            user_id: id,
            created_at: self.now(),
            last_used_at: self.now(),
            client_os: None,
            client_platform: None,
            client_ip: None,
        };
        let mut batch = Batch::main();
        batch
            .push(store::users::insert(&account))
            .push(store::sessions::insert(&session));
        self.write(batch);
        let scheme = if bot { token::BOT_SCHEME } else { "" };
        self.holder(id, &format!("{scheme}{}", token.reveal()))
    }

    /// A text channel with these overwrites.
    pub fn create_channel(
        &self,
        guild_id: Id<marker::Guild>,
        overwrites: &[Overwrite],
    ) -> Id<marker::Channel> {
        let guild = GuildChannel {
            guild_id,
            name: "general".to_owned(),
            position: 0,
            parent_id: None,
            topic: None,
            nsfw: false,
            rate_limit_per_user: 0,
            permission_overwrites: overwrites.to_vec(),
            bitrate: None,
            user_limit: None,
            rtc_region: None,
            video_quality_mode: None,
            default_auto_archive_duration: None,
            thread: None,
            settings: serde_json::Map::new(),
        };
        let channel = Channel {
            id: self.id(),
            kind: kind::TEXT,
            flags: 0,
            last_message_id: None,
            last_pin_timestamp: None,
            guild: Some(guild.clone()),
            private: None,
        };
        let mut batch = Batch::main();
        batch.push(store::channels::insert(&channel, &guild));
        batch.extend(store::channels::insert_overwrites([&channel]));
        self.write(batch);
        channel.id
    }
}

impl Actor<'_> {
    /// A guild of theirs with `@everyone` and one text channel, both returned.
    pub fn create_guild(&self) -> (Id<marker::Guild>, Id<marker::Channel>) {
        let guild = Guild::new(self.app.id(), "a guild".to_owned(), self.id);
        let mut batch = Batch::main();
        batch.push(store::guilds::insert(&guild));
        let everyone = role(guild.id.cast(), "@everyone", 0, Permissions::DEFAULT);
        batch.push(store::roles::insert(guild.id, &everyone));
        self.app.write(batch);
        self.join(guild.id);
        (guild.id, self.app.create_channel(guild.id, &[]))
    }

    /// Makes them a member.
    pub fn join(&self, guild: Id<marker::Guild>) {
        let member = Member {
            id: Some(self.id),
            guild_id: Some(guild),
            user: None,
            nick: None,
            avatar: None,
            banner: None,
            roles: Vec::new(),
            joined_at: self.app.now(),
            premium_since: None,
            deaf: false,
            mute: false,
            flags: 0,
            pending: false,
            communication_disabled_until: None,
        };
        let mut batch = Batch::main();
        store::members::insert(&mut batch, guild, self.id, &member, false, Code::BadRequest);
        self.app.write(batch);
    }

    /// Gives them a new role with these permissions at this height.
    pub fn grant(
        &self,
        guild: Id<marker::Guild>,
        position: i32,
        permissions: u64,
    ) -> Id<marker::Role> {
        let role = role(
            self.app.id(),
            "granted",
            position,
            Permissions::from_bits_retain(permissions),
        );
        let mut batch = Batch::main();
        batch.push(store::roles::insert(guild, &role));
        batch.push(store::members::add_roles(guild, self.id, &[role.id]));
        self.app.write(batch);
        role.id
    }
}

fn role(id: Id<marker::Role>, name: &str, position: i32, permissions: Permissions) -> Role {
    Role {
        id,
        name: name.to_owned(),
        color: 0,
        colors: RoleColors::default(),
        hoist: false,
        icon: None,
        unicode_emoji: None,
        position,
        permissions,
        managed: false,
        mentionable: false,
        flags: 0,
        tags: None,
    }
}
