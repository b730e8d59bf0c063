//! What a request changes of a guild.
//!
//! See [Discord Docs/Modify Guild](https://discord.com/developers/docs/resources/guild#modify-guild).

mod community;

use std::collections::BTreeSet;

use actions::audit_log::Entry;
use actions::images::{self, Image, Owner};
use actions::second_factor::Proof;
use model::channel::{Channel, kind};
use model::settings::LOCALES;
use model::{Guild, Member};
use runtime::prelude::*;
use serde_json::json;
use store::guilds;

use crate::settings::{self, AFK_SECS, SYSTEM_FLAGS};

/// Characters of a description.
const DESCRIPTION_CHARS_MAX: usize = 300;
/// Features that a request may switch. All others are the instance's to give.
const MUTABLE_FEATURES: &[&str] = &[COMMUNITY, "INVITES_DISABLED", "RAID_ALERTS_DISABLED"];
/// The feature that has rules and notices to moderators.
const COMMUNITY: &str = "COMMUNITY";

/// The fields of a guild that the audit log tells of by their own names.
pub(super) const AUDIT_KEYS: &[&str] = &[
    "name",
    "description",
    "owner_id",
    "afk_channel_id",
    "afk_timeout",
    "system_channel_id",
    "system_channel_flags",
    "rules_channel_id",
    "public_updates_channel_id",
    "safety_alerts_channel_id",
    "verification_level",
    "default_message_notifications",
    "explicit_content_filter",
    "preferred_locale",
    "premium_progress_bar_enabled",
    "features",
];

type ChannelId = Id<marker::Channel>;

/// The fields of a request; `None` where it leaves one out, an inner `None` where it says null.
pub(super) struct Edit {
    pub(super) owner_id: Option<Id<marker::User>>,
    proof: Proof,
    name: Option<String>,
    description: Option<Option<String>>,
    icon: Option<Option<Image>>,
    banner: Option<Option<Image>>,
    splash: Option<Option<Image>>,
    discovery_splash: Option<Option<Image>>,
    afk_channel_id: Option<Option<ChannelId>>,
    system_channel_id: Option<Option<ChannelId>>,
    rules_channel_id: Option<Option<ChannelId>>,
    public_updates_channel_id: Option<Option<ChannelId>>,
    safety_alerts_channel_id: Option<Option<ChannelId>>,
    afk_timeout: Option<u32>,
    system_channel_flags: Option<i64>,
    verification_level: Option<u8>,
    default_message_notifications: Option<u8>,
    explicit_content_filter: Option<u8>,
    preferred_locale: Option<String>,
    premium_progress_bar_enabled: Option<bool>,
    features: Option<BTreeSet<String>>,
}

impl Form for Edit {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            owner_id: fields.patch("owner_id"),
            proof: Proof::read(fields),
            name: settings::name(fields),
            description: fields.nullable_text("description", 0..=DESCRIPTION_CHARS_MAX),
            icon: fields.nullable("icon"),
            banner: fields.nullable("banner"),
            splash: fields.nullable("splash"),
            discovery_splash: fields.nullable("discovery_splash"),
            afk_channel_id: fields.nullable("afk_channel_id"),
            system_channel_id: fields.nullable("system_channel_id"),
            rules_channel_id: fields.nullable("rules_channel_id"),
            public_updates_channel_id: fields.nullable("public_updates_channel_id"),
            safety_alerts_channel_id: fields.nullable("safety_alerts_channel_id"),
            afk_timeout: fields
                .choice("afk_timeout", AFK_SECS)
                .map(|secs| secs as u32),
            system_channel_flags: fields.int("system_channel_flags", SYSTEM_FLAGS),
            verification_level: level(fields, "verification_level", 4),
            default_message_notifications: level(fields, "default_message_notifications", 1),
            explicit_content_filter: level(fields, "explicit_content_filter", 2),
            preferred_locale: locale(fields),
            premium_progress_bar_enabled: fields.get("premium_progress_bar_enabled"),
            features: features(fields),
        }
    }
}

/// A level from 0; null means 0.
fn level(fields: &mut Fields<'_>, name: &str, max: i64) -> Option<u8> {
    if fields.raw(name).is_some_and(serde_json::Value::is_null) {
        return Some(0);
    }
    fields.int(name, 0..=max).map(|level| level as u8)
}

fn locale(fields: &mut Fields<'_>) -> Option<String> {
    let locale = match fields.nullable::<String>("preferred_locale")? {
        Some(locale) => locale,
        None => "en-US".to_owned(),
    };
    if LOCALES.contains(&locale.as_str()) {
        return Some(locale);
    }
    let message = format!("Value must be one of ({}).", LOCALES.join(", "));
    fields.error("preferred_locale", "BASE_TYPE_CHOICES", message);
    None
}

fn features(fields: &mut Fields<'_>) -> Option<BTreeSet<String>> {
    let list: Vec<String> = fields.list("features", 1521)?;
    Some(list.into_iter().collect())
}

impl Edit {
    /// Checks what depends on who the caller is.
    ///
    /// # Errors
    /// [`Code::MissingPermissions`].
    pub(super) fn check_caller(&self, caller: &InGuild<MANAGE_GUILD>) -> Result<()> {
        let owns = caller.guild.owner_id == caller.caller.id();
        if self.owner_id.is_some_and(|to| to != caller.guild.owner_id) && !owns {
            return Err(Code::MissingPermissions.into());
        }
        let was = caller
            .guild
            .features
            .iter()
            .any(|feature| feature == COMMUNITY);
        let shall = self
            .features
            .as_ref()
            .map_or(was, |list| list.contains(COMMUNITY));
        match was == shall {
            true => Ok(()),
            false => caller.require(ADMINISTRATOR),
        }
    }

    /// Checks what the fields name, and that a community keeps what it needs. `heir` is the member
    /// whom the guild is handed to.
    ///
    /// # Errors
    /// Code 50035 at the field.
    pub(super) fn check(
        &self,
        guild: &Guild,
        channels: &[Channel],
        heir: Option<&Member>,
    ) -> Result<()> {
        let text = [kind::TEXT, kind::ANNOUNCEMENT];
        for (field, id, kinds) in [
            ("afk_channel_id", self.afk_channel_id, &[kind::VOICE][..]),
            ("system_channel_id", self.system_channel_id, &text[..]),
            ("rules_channel_id", self.rules_channel_id, &text),
            (
                "public_updates_channel_id",
                self.public_updates_channel_id,
                &text,
            ),
            (
                "safety_alerts_channel_id",
                self.safety_alerts_channel_id,
                &text,
            ),
        ] {
            let Some(Some(id)) = id else { continue };
            let found = channels.iter().find(|channel| channel.id == id);
            if !found.is_some_and(|channel| kinds.contains(&channel.kind)) {
                let message = "Channel does not exist or is of the wrong type.";
                return Err(Error::field(&[field], "CHANNEL_INVALID", message));
            }
        }
        if self.owner_id.is_some_and(|to| to != guild.owner_id) {
            let user = heir.and_then(|member| member.user.as_ref());
            if user.is_none_or(|user| user.bot) {
                let message = "The new owner must be a member and a person.";
                return Err(Error::field(&["owner_id"], "OWNER_INVALID", message));
            }
        }
        self.check_community(guild)
    }

    /// Whether the guild is a community after the request.
    fn makes_community(&self, guild: &Guild) -> bool {
        let features = self.features_of(guild);
        features.iter().any(|feature| feature == COMMUNITY)
    }

    /// A community has rules and a channel for notices.
    fn check_community(&self, guild: &Guild) -> Result<()> {
        if !self.makes_community(guild) {
            return Ok(());
        }
        let updates = self
            .public_updates_channel_id
            .unwrap_or(guild.public_updates_channel_id);
        for (field, channel) in [
            (
                "rules_channel_id",
                self.rules_channel_id.unwrap_or(guild.rules_channel_id),
            ),
            ("public_updates_channel_id", updates),
        ] {
            if channel.is_none() {
                let message = "This field is required";
                return Err(Error::field(&[field], "BASE_TYPE_REQUIRED", message));
            }
        }
        Ok(())
    }

    /// Hands the guild over, with a code of the owner's second factor if there is one.
    ///
    /// # Errors
    /// [`Code::MfaRequired`], [`Code::InvalidMfaCode`].
    pub(super) async fn hand_over(
        &self,
        cx: &Cx,
        batch: &mut Batch,
        caller: &InGuild<MANAGE_GUILD>,
    ) -> Result<()> {
        let from = caller.guild.owner_id;
        let Some(to) = self.owner_id.filter(|to| *to != from) else {
            return Ok(());
        };
        self.proof.require(cx, batch, &caller.caller).await?;
        batch.require_change(
            guilds::set_owner(caller.guild.id, from, to),
            Code::MissingPermissions,
        );
        Ok(())
    }

    /// The guild after the request. New images are stored.
    pub(super) async fn apply(self, cx: &Cx, before: &Guild) -> Result<Guild> {
        let mut guild = before.clone();
        let id = guild.id;
        guild.features = self.features_of(before);
        set(&mut guild.owner_id, self.owner_id);
        set(&mut guild.name, self.name);
        let described = |text: Option<String>| text.filter(|text| !text.is_empty());
        set(&mut guild.description, self.description.map(described));
        set(&mut guild.afk_channel_id, self.afk_channel_id);
        set(&mut guild.system_channel_id, self.system_channel_id);
        set(&mut guild.rules_channel_id, self.rules_channel_id);
        set(
            &mut guild.public_updates_channel_id,
            self.public_updates_channel_id,
        );
        set(
            &mut guild.safety_alerts_channel_id,
            self.safety_alerts_channel_id,
        );
        set(&mut guild.afk_timeout, self.afk_timeout);
        set(&mut guild.system_channel_flags, self.system_channel_flags);
        set(&mut guild.verification_level, self.verification_level);
        set(
            &mut guild.default_message_notifications,
            self.default_message_notifications,
        );
        set(
            &mut guild.explicit_content_filter,
            self.explicit_content_filter,
        );
        set(&mut guild.preferred_locale, self.preferred_locale);
        set(
            &mut guild.premium_progress_bar_enabled,
            self.premium_progress_bar_enabled,
        );
        for (field, image, hash, owner) in [
            ("icon", self.icon, &mut guild.icon, Owner::GuildIcon(id)),
            (
                "banner",
                self.banner,
                &mut guild.banner,
                Owner::GuildBanner(id),
            ),
            (
                "splash",
                self.splash,
                &mut guild.splash,
                Owner::GuildSplash(id),
            ),
            (
                "discovery_splash",
                self.discovery_splash,
                &mut guild.discovery_splash,
                Owner::DiscoverySplash(id),
            ),
        ] {
            *hash = match image {
                Some(Some(image)) => Some(image.store(cx, owner, field).await?),
                Some(None) => None,
                None => continue,
            };
        }
        Ok(guild)
    }

    /// The guild's features with those switched that a request may switch.
    fn features_of(&self, guild: &Guild) -> Vec<String> {
        let Some(wanted) = &self.features else {
            return guild.features.clone();
        };
        let is_mutable = |feature: &String| MUTABLE_FEATURES.contains(&feature.as_str());
        let kept = guild.features.iter().filter(|feature| !is_mutable(feature));
        kept.chain(wanted.iter().filter(|feature| is_mutable(feature)))
            .cloned()
            .collect()
    }
}

/// Has the images removed that the guild does not name any more.
pub(super) fn remove_replaced(cx: &Cx, batch: &mut Batch, old: &Guild, new: &Guild) {
    let id = old.id;
    for (owner, old, new) in [
        (Owner::GuildIcon(id), &old.icon, &new.icon),
        (Owner::GuildBanner(id), &old.banner, &new.banner),
        (Owner::GuildSplash(id), &old.splash, &new.splash),
        (
            Owner::DiscoverySplash(id),
            &old.discovery_splash,
            &new.discovery_splash,
        ),
    ] {
        images::replaced(cx, batch, owner, old.as_deref(), new.as_deref());
    }
}

/// The audit log names images by their hashes.
pub(super) fn image_differences(entry: Entry, old: &Guild, new: &Guild) -> Entry {
    let mut entry = entry;
    for (key, old, new) in [
        ("icon_hash", &old.icon, &new.icon),
        ("banner_hash", &old.banner, &new.banner),
        ("splash_hash", &old.splash, &new.splash),
        (
            "discovery_splash_hash",
            &old.discovery_splash,
            &new.discovery_splash,
        ),
    ] {
        entry.push_change(key, Some(json!(old)), Some(json!(new)));
    }
    entry
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
