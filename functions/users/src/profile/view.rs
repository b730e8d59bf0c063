//! What a profile shows.
//!
//! See [Userdoccers/User Profile](https://docs.discord.food/resources/user#profile-structure).

use model::application::Application;
use model::id::marker;
use model::{Id, Member, Timestamp, User};
use serde::Serialize;
use store::users::Account;

/// A user's profile.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct UserProfile {
    user: User,
    user_profile: ProfileMetadata,
    badges: [(); 0],
    guild_badges: [(); 0],
    connected_accounts: [(); 0],
    legacy_username: Option<String>,
    premium_type: u8,
    premium_since: Option<Timestamp>,
    premium_guild_since: Option<Timestamp>,
    mutual_friends_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual_friends: Option<Vec<User>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual_guilds: Option<Vec<MutualGuild>>,
    /// The profile in the guild that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild_member_profile: Option<MemberProfile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild_member: Option<Member>,
    /// The application of a bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<ProfileApplication>,
}

impl UserProfile {
    /// What everybody is shown who may see it.
    pub fn new(account: Account, mutual_friends_count: usize) -> Self {
        Self {
            user_profile: ProfileMetadata::new(&account),
            badges: [],
            guild_badges: [],
            connected_accounts: [],
            legacy_username: None,
            premium_type: account.premium_type,
            premium_since: None,
            premium_guild_since: None,
            mutual_friends_count,
            mutual_friends: None,
            mutual_guilds: None,
            guild_member_profile: None,
            guild_member: None,
            application: None,
            user: account.user,
        }
    }
}

/// What users say of themselves.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ProfileMetadata {
    bio: String,
    pronouns: String,
    banner: Option<String>,
    accent_color: Option<u32>,
    /// Nobody has one of these here.
    theme_colors: Option<[u32; 2]>,
    popout_animation_particle_type: Option<String>,
    emoji: Option<()>,
    profile_effect: Option<()>,
}

impl ProfileMetadata {
    /// That of an account.
    pub fn new(account: &Account) -> Self {
        Self {
            bio: account.user.bio.clone(),
            pronouns: account.user.pronouns.clone(),
            banner: account.user.banner.clone(),
            accent_color: account.user.accent_color,
            theme_colors: None,
            popout_animation_particle_type: None,
            emoji: None,
            profile_effect: None,
        }
    }
}

/// What members say of themselves in a guild.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct MemberProfile {
    guild_id: Id<marker::Guild>,
    bio: &'static str,
    pronouns: &'static str,
    banner: Option<String>,
    accent_color: Option<u32>,
    theme_colors: Option<[u32; 2]>,
}

impl MemberProfile {
    /// That of a member.
    pub fn new(guild: Id<marker::Guild>, member: &Member) -> Self {
        Self {
            guild_id: guild,
            bio: "",
            pronouns: "",
            banner: member.banner.clone(),
            accent_color: None,
            theme_colors: None,
        }
    }
}

/// A guild that both are in.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct MutualGuild {
    pub id: Id<marker::Guild>,
    /// The user's nickname there.
    pub nick: Option<String>,
}

/// What is shown of a bot's application.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ProfileApplication {
    id: Id<marker::Application>,
    flags: i64,
    verified: bool,
    storefront_available: bool,
}

impl ProfileApplication {
    /// That of an application.
    pub fn new(application: &Application) -> Self {
        Self {
            id: application.id,
            flags: application.flags,
            verified: false,
            storefront_available: false,
        }
    }
}
