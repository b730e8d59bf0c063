//! What is of guilds, but for channels.

use super::{BASE, flag, id, integer, json, permissions, text, there, time, unique, user};
use crate::export::{Need, Rows, Type};

pub(super) const GUILD: Type = Type {
    name: "guild",
    about: "The guild itself, which must not be there yet. A vanity code that is taken is left \
            out.",
    table: "guilds",
    columns: &[
        id("id"),
        text("name"),
        text("icon"),
        text("banner"),
        text("splash"),
        text("discovery_splash"),
        text("description"),
        user("owner_id"),
        id("afk_channel_id"),
        integer("afk_timeout"),
        id("system_channel_id"),
        integer("system_channel_flags"),
        id("rules_channel_id"),
        id("public_updates_channel_id"),
        id("safety_alerts_channel_id"),
        integer("verification_level"),
        integer("default_message_notifications"),
        integer("explicit_content_filter"),
        integer("mfa_level"),
        integer("nsfw_level"),
        text("preferred_locale"),
        flag("premium_progress_bar_enabled"),
        json("features"),
        unique("vanity_code"),
        integer("vanity_uses"),
        flag("widget_enabled"),
        id("widget_channel_id"),
    ],
    guild: Some(Rows::Subject("id")),
    needs: &[there("users", &[("owner_id", "id")])],
    files: &[
        "icons/{id}/{icon}",
        "banners/{id}/{banner}",
        "splashes/{id}/{splash}",
        "discovery-splashes/{id}/{discovery_splash}",
    ],
    ..BASE
};

pub(super) const ROLE: Type = Type {
    name: "role",
    about: "A role of the guild; the one with the guild's id is everyone's.",
    table: "roles",
    columns: &[
        id("id"),
        id("guild_id"),
        text("name"),
        integer("color"),
        integer("secondary_color"),
        integer("tertiary_color"),
        flag("hoist"),
        text("icon"),
        text("unicode_emoji"),
        integer("position"),
        permissions("permissions"),
        flag("managed"),
        flag("mentionable"),
        integer("flags"),
        user("bot_id"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[there("guilds", &[("guild_id", "id")])],
    files: &["role-icons/{id}/{icon}"],
    ..BASE
};

pub(super) const OVERWRITE: Type = Type {
    name: "overwrite",
    about: "A permission overwrite in a channel, of a role (type 0) or a member (type 1).",
    table: "overwrites",
    columns: &[
        id("channel_id"),
        user("target_id"),
        integer("type"),
        permissions("allow"),
        permissions("deny"),
    ],
    guild: Some(Rows::Channel("channel_id")),
    needs: &[there("channels", &[("channel_id", "id")])],
    ..BASE
};

pub(super) const BAN: Type = Type {
    name: "ban",
    about: "A ban from the guild.",
    table: "bans",
    columns: &[
        id("guild_id"),
        user("user_id"),
        user("moderator_id"),
        text("reason"),
        time("created_at"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[
        there("guilds", &[("guild_id", "id")]),
        there("users", &[("user_id", "id")]),
    ],
    ..BASE
};

pub(super) const MEMBER: Type = Type {
    name: "member",
    about: "A member of the guild, or a membership of the person. An import skips banned users.",
    table: "members",
    columns: &[
        id("guild_id"),
        user("user_id"),
        text("nick"),
        text("avatar"),
        text("banner"),
        text("bio"),
        time("joined_at"),
        time("premium_since"),
        flag("deaf"),
        flag("mute"),
        flag("pending"),
        integer("flags"),
        time("timed_out_until"),
        flag("temporary"),
        time("last_active_at"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    user: Some(Rows::Subject("user_id")),
    needs: &[
        there("guilds", &[("guild_id", "id")]),
        there("users", &[("user_id", "id")]),
        Need {
            table: "bans",
            columns: &[("guild_id", "guild_id"), ("user_id", "user_id")],
            there: false,
        },
    ],
    files: &[
        "guilds/{guild_id}/users/{user_id}/avatars/{avatar}",
        "guilds/{guild_id}/users/{user_id}/banners/{banner}",
    ],
    ..BASE
};

pub(super) const FORMER_MEMBER: Type = Type {
    name: "former_member",
    about: "What moderators did to somebody who left the guild. It holds again when they come \
            back.",
    table: "former_members",
    columns: &[
        id("guild_id"),
        user("user_id"),
        time("timed_out_until"),
        flag("deaf"),
        flag("mute"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[
        there("guilds", &[("guild_id", "id")]),
        there("users", &[("user_id", "id")]),
    ],
    ..BASE
};

pub(super) const MEMBER_ROLE: Type = Type {
    name: "member_role",
    about: "A role that a member holds.",
    table: "member_roles",
    columns: &[id("guild_id"), user("user_id"), id("role_id")],
    guild: Some(Rows::Subject("guild_id")),
    user: Some(Rows::Subject("user_id")),
    needs: &[
        there(
            "members",
            &[("guild_id", "guild_id"), ("user_id", "user_id")],
        ),
        there("roles", &[("role_id", "id"), ("guild_id", "guild_id")]),
    ],
    ..BASE
};

pub(super) const INVITE: Type = Type {
    name: "invite",
    about: "An invite of the guild; a code that is taken is passed over.",
    table: "invites",
    columns: &[
        text("code"),
        id("guild_id"),
        id("channel_id"),
        user("inviter_id"),
        integer("uses"),
        integer("max_uses"),
        integer("max_age"),
        flag("temporary"),
        time("created_at"),
        time("expires_at"),
        integer("target_type"),
        user("target_user_id"),
        id("target_application_id"),
        integer("flags"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[
        there("guilds", &[("guild_id", "id")]),
        there("channels", &[("channel_id", "id")]),
    ],
    ..BASE
};

pub(super) const EMOJI: Type = Type {
    name: "emoji",
    about: "An emoji of the guild.",
    table: "emojis",
    columns: &[
        id("id"),
        id("guild_id"),
        text("name"),
        flag("animated"),
        user("user_id"),
        json("roles"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[there("guilds", &[("guild_id", "id")])],
    files: &["emojis/{id}"],
    ..BASE
};

pub(super) const AUDIT_LOG_ENTRY: Type = Type {
    name: "audit_log_entry",
    about: "An entry of the guild's audit log.",
    table: "audit_log_entries",
    columns: &[
        id("id"),
        id("guild_id"),
        user("user_id"),
        user("target_id"),
        integer("action_type"),
        text("reason"),
        json("changes"),
        json("options"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[there("guilds", &[("guild_id", "id")])],
    ..BASE
};
