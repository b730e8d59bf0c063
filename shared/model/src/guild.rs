//! Guilds.
//!
//! See [Discord Docs/Guild Object](https://discord.com/developers/docs/resources/guild#guild-object).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Id;
use crate::emoji::Emoji;
use crate::id::marker;
use crate::role::Role;

/// A guild's own fields, without what has tables of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Guild {
    /// The guild's id.
    pub id: Id<marker::Guild>,
    /// The name.
    pub name: String,
    /// Hash of the icon.
    pub icon: Option<String>,
    /// Hash of the banner.
    pub banner: Option<String>,
    /// Hash of the picture behind invites.
    pub splash: Option<String>,
    /// Hash of the picture in discovery.
    pub discovery_splash: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Who owns it.
    pub owner_id: Id<marker::User>,
    /// Where idle members are moved.
    pub afk_channel_id: Option<Id<marker::Channel>>,
    /// Seconds until a member is idle in voice.
    pub afk_timeout: u32,
    /// Where the system writes.
    pub system_channel_id: Option<Id<marker::Channel>>,
    /// What the system does not write.
    pub system_channel_flags: i64,
    /// Where the rules stand.
    pub rules_channel_id: Option<Id<marker::Channel>>,
    /// Where notices to moderators go.
    pub public_updates_channel_id: Option<Id<marker::Channel>>,
    /// Where safety notices go.
    pub safety_alerts_channel_id: Option<Id<marker::Channel>>,
    /// What a member must have verified before they may speak.
    pub verification_level: u8,
    /// 0: all messages notify; 1: mentions only.
    pub default_message_notifications: u8,
    /// Whose media is scanned.
    pub explicit_content_filter: u8,
    /// 1: moderators need two-factor authentication.
    pub mfa_level: u8,
    /// Age rating.
    pub nsfw_level: u8,
    /// Language of the community.
    pub preferred_locale: String,
    /// Whether the boost bar shows.
    pub premium_progress_bar_enabled: bool,
    /// Features that are on.
    pub features: Vec<String>,
    /// The vanity invite.
    pub vanity_url_code: Option<String>,
}

impl Guild {
    /// A new guild with Discord's defaults.
    pub fn new(id: Id<marker::Guild>, name: String, owner_id: Id<marker::User>) -> Self {
        Self {
            id,
            name,
            icon: None,
            banner: None,
            splash: None,
            discovery_splash: None,
            description: None,
            owner_id,
            afk_channel_id: None,
            afk_timeout: 300,
            system_channel_id: None,
            system_channel_flags: 0,
            rules_channel_id: None,
            public_updates_channel_id: None,
            safety_alerts_channel_id: None,
            verification_level: 0,
            default_message_notifications: 0,
            explicit_content_filter: 0,
            mfa_level: 0,
            nsfw_level: 0,
            preferred_locale: "en-US".to_owned(),
            premium_progress_bar_enabled: false,
            features: Vec::new(),
            vanity_url_code: None,
        }
    }
}

/// A guild as REST answers it and `GUILD_UPDATE` carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct FullGuild {
    /// Its own fields.
    #[serde(flatten)]
    pub guild: Guild,
    /// Its roles, `@everyone` among them.
    pub roles: Vec<Role>,
    /// Its emoji.
    pub emojis: Vec<Emoji>,
    /// Its stickers; none exist here yet.
    pub stickers: Vec<Value>,
    /// The same for every guild.
    #[serde(flatten)]
    pub constants: GuildConstants,
    /// About how many members it has, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_member_count: Option<u32>,
    /// About how many are online, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_presence_count: Option<u32>,
}

/// The one voice region that an instance has: wherever its media relay is.
pub const REGION: &str = "local";

/// Fields that clients expect and that have one value on every guild here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct GuildConstants {
    /// Deprecated by Discord.
    pub region: String,
    /// No application creates guilds.
    pub application_id: Option<Id<marker::Application>>,
    /// Everything a boost would give is included.
    pub premium_tier: u8,
    /// Nobody needs to boost.
    pub premium_subscription_count: u32,
    /// Members in all, at most.
    pub max_members: u32,
    /// No limit.
    pub max_presences: Option<u32>,
    /// People in a video call.
    pub max_video_channel_users: u32,
    /// People in a stage's video.
    pub max_stage_video_channel_users: u32,
    /// The widget is off.
    pub widget_enabled: bool,
    /// The widget has no channel.
    pub widget_channel_id: Option<Id<marker::Channel>>,
    /// No hub.
    pub hub_type: Option<u8>,
    /// Nothing is restricted.
    pub incidents_data: Option<Value>,
    /// Nothing is in the inventory.
    pub inventory_settings: Option<Value>,
    /// No picture on the home tab.
    pub home_header: Option<String>,
    /// Adults only.
    pub nsfw: bool,
    /// No last-message cache.
    pub latest_onboarding_question_id: Option<Id<marker::Generic>>,
}

impl Default for GuildConstants {
    fn default() -> Self {
        Self {
            region: REGION.to_owned(),
            application_id: None,
            premium_tier: 3,
            premium_subscription_count: 0,
            max_members: 500_000,
            max_presences: None,
            max_video_channel_users: 25,
            max_stage_video_channel_users: 50,
            widget_enabled: false,
            widget_channel_id: None,
            hub_type: None,
            incidents_data: None,
            inventory_settings: None,
            home_header: None,
            nsfw: false,
            latest_onboarding_question_id: None,
        }
    }
}
