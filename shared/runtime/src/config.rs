//! What a function knows of the instance it belongs to.
//!
//! An operator writes settings once, in the host's file; the host hands functions the part that
//! concerns them, as JSON, in the variable `config`. A field that is missing has its default, so
//! that a host and its functions need not be replaced at the same moment.

use model::Code;
use serde::{Deserialize, Serialize};

/// The settings that concern functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where clients reach this instance: scheme and authority, without a slash at the end.
    pub public_url: String,
    /// The URL that clients open their gateway sockets at, where that is not `/gateway` below
    /// `public_url`; empty if it is.
    pub gateway_public_url: String,
    /// What internal calls prove themselves by; random, made by the host, never shown.
    pub internal_key: String,
    /// Who runs this.
    pub instance: Instance,
    /// Who may make an account.
    pub registration: Registration,
    /// What an operator may bound more tightly or loosely than Discord does.
    pub limits: Limits,
    /// How often clients may ask. A host that counts before it calls a function hands on that
    /// nothing is limited.
    pub rate_limits: RateLimits,
    /// The gateway, on hosts where it hears of its settings as functions do.
    pub gateway: Gateway,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:3001".into(),
            gateway_public_url: String::new(),
            internal_key: String::new(),
            instance: Instance::default(),
            registration: Registration::default(),
            limits: Limits::default(),
            rate_limits: RateLimits::default(),
            gateway: Gateway::default(),
        }
    }
}

impl Config {
    /// The URL that clients open their gateway sockets at.
    pub fn gateway_public_url(&self) -> String {
        if !self.gateway_public_url.is_empty() {
            return self.gateway_public_url.clone();
        }
        // `http` becomes `ws` and `https` becomes `wss`.
        format!("{}/gateway", self.public_url.replacen("http", "ws", 1))
    }

    /// The URL below which files are served.
    pub fn cdn_url(&self) -> String {
        format!("{}/cdn", self.public_url)
    }

    /// Whether a host can keep what is set, whose requests can have an attachment of at most
    /// `attachment_bytes_max` bytes.
    ///
    /// # Errors
    /// The setting, and what it has to be.
    pub fn check(&self, attachment_bytes_max: u64) -> Result<(), String> {
        let least = Gateway::HEARTBEAT_INTERVAL_MS_MIN;
        if self.gateway.heartbeat_interval_ms < least {
            return Err(format!(
                "gateway.heartbeat_interval_ms: must be at least {least}"
            ));
        }
        if self.limits.attachment_bytes_max > attachment_bytes_max {
            return Err(format!(
                "limits.attachment_bytes_max: must be at most {attachment_bytes_max}, \
                 as no larger request reaches the instance"
            ));
        }
        Ok(())
    }

    /// The URL below which every version of the API is served.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.public_url)
    }
}

/// How often clients may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Whether requests are limited at all.
    pub enabled: bool,
    /// Requests per second of one token, or of one address without a token, to everything.
    pub global_per_second: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            global_per_second: 50,
        }
    }
}

/// How the gateway treats its sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// Milliseconds between two heartbeats of a client. discord.py takes a connection for broken
    /// that was silent for a minute, and where nothing happens only heartbeats are answered.
    pub heartbeat_interval_ms: u32,
}

impl Gateway {
    /// The shortest interval, in milliseconds.
    pub const HEARTBEAT_INTERVAL_MS_MIN: u32 = 1_000;
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            // Discord's own.
            heartbeat_interval_ms: 41_250,
        }
    }
}

/// How an instance presents itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// One sentence about it; may be empty.
    pub description: String,
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            name: "Spacebar".into(),
            description: String::new(),
        }
    }
}

/// Who may make an account, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Who may.
    pub mode: RegistrationMode,
    /// Characters of the shortest password that is accepted.
    pub password_chars_min: u32,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Open,
            password_chars_min: 8,
        }
    }
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Everybody.
    Open,
    /// Who holds an invite to a guild or a registration ticket.
    Invite,
    /// Who holds a registration ticket, which operators alone make.
    Closed,
}

/// Bounds on what users may store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of one attachment.
    pub attachment_bytes_max: u64,
    /// Attachments of one message.
    pub attachments_per_message_max: u32,
    /// Bytes of an avatar, icon, banner or custom emoji before it is decoded.
    pub image_bytes_max: u64,
    /// Pixels of an image that is decoded.
    pub image_pixels_max: u64,
    /// Characters of a message's content.
    pub message_chars_max: u32,
    /// Pinned messages of one channel.
    pub pins_per_channel_max: u32,
    /// Different emoji that one message may have reactions of.
    pub reactions_per_message_max: u32,
    /// Guilds that one user may be in.
    pub guilds_per_user_max: u32,
    /// Members of one guild.
    pub members_per_guild_max: u32,
    /// Channels of one guild, categories included.
    pub channels_per_guild_max: u32,
    /// Roles of one guild, without @everyone.
    pub roles_per_guild_max: u32,
    /// Custom emoji of one guild, still and animated ones each.
    pub emojis_per_guild_max: u32,
    /// Bans of one guild.
    pub bans_per_guild_max: u32,
    /// Invites of one guild.
    pub invites_per_guild_max: u32,
    /// Participants of one group conversation.
    pub recipients_per_group_max: u32,
    /// Applications of one user.
    pub applications_per_user_max: u32,
}

impl Limits {
    /// The limit that an error's sentence names, where it can be set.
    pub fn named_by(&self, code: Code) -> Option<u32> {
        Some(match code {
            Code::TooManyGuilds => self.guilds_per_user_max,
            Code::TooManyPins => self.pins_per_channel_max,
            Code::TooManyRecipients => self.recipients_per_group_max,
            Code::TooManyRoles => self.roles_per_guild_max,
            Code::TooManyEmojis => self.emojis_per_guild_max,
            Code::TooManyReactions => self.reactions_per_message_max,
            Code::TooManyChannels => self.channels_per_guild_max,
            Code::TooManyAttachments => self.attachments_per_message_max,
            Code::TooManyInvites => self.invites_per_guild_max,
            _ => return None,
        })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attachment_bytes_max: 25 * 1024 * 1024,
            attachments_per_message_max: 10,
            image_bytes_max: 10 * 1024 * 1024,
            image_pixels_max: 16_000_000,
            message_chars_max: 2000,
            pins_per_channel_max: 250,
            reactions_per_message_max: 20,
            guilds_per_user_max: 100,
            members_per_guild_max: 250_000,
            channels_per_guild_max: 500,
            roles_per_guild_max: 250,
            emojis_per_guild_max: 50,
            bans_per_guild_max: 300_000,
            invites_per_guild_max: 1000,
            recipients_per_group_max: 10,
            applications_per_user_max: 50,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_settings_have_their_default() {
        let config: Config = serde_json::from_str(
            r#"{"public_url": "https://chat.example", "registration": {"mode": "closed"}}"#,
        )
        .unwrap();
        assert_eq!(config.registration.mode, RegistrationMode::Closed);
        assert_eq!(config.registration.password_chars_min, 8);
        assert_eq!(config.limits, Limits::default());
        assert_eq!(config.gateway_public_url(), "wss://chat.example/gateway");
        let elsewhere = Config {
            gateway_public_url: "wss://gateway.chat.example/gateway".into(),
            ..config
        };
        assert_eq!(elsewhere.gateway_public_url(), elsewhere.gateway_public_url);
    }

    #[test]
    fn unsupported_settings_are_named() {
        let check = |text: &str| serde_json::from_str::<Config>(text).unwrap().check(99);
        let uploads = r#"{"limits": {"attachment_bytes_max": 100}}"#;
        let error = check(uploads).unwrap_err();
        assert!(
            error.starts_with("limits.attachment_bytes_max: "),
            "{error}"
        );
        assert_eq!(check(&uploads.replace("100", "99")), Ok(()));
        let hasty = r#"{
            "limits": {"attachment_bytes_max": 0},
            "gateway": {"heartbeat_interval_ms": 999}
        }"#;
        let error = check(hasty).unwrap_err();
        assert!(
            error.starts_with("gateway.heartbeat_interval_ms: "),
            "{error}"
        );
    }
}
