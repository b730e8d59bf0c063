//! What is of people.

use super::{BASE, bytes, flag, id, integer, json, text, there, time, unique, user};
use crate::export::{Rows, Type};

const USER_FILES: &[&str] = &["avatars/{id}/{avatar}", "banners/{id}/{banner}"];

pub(super) const USER: Type = Type {
    name: "user",
    about: "The public profile of a user in other records. An import keeps existing users as they \
            are; new ones get no password, and a free name.",
    table: "users",
    columns: &[
        id("id"),
        text("username"),
        text("discriminator"),
        text("global_name"),
        text("avatar"),
        text("banner"),
        integer("accent_color"),
        text("bio"),
        text("pronouns"),
        flag("bot"),
        integer("public_flags"),
    ],
    guild: Some(Rows::Named("id")),
    user: Some(Rows::Named("id")),
    files: USER_FILES,
    ..BASE
};

pub(super) const ACCOUNT: Type = Type {
    name: "account",
    about: "The account of the person whose export it is. One that is there already stays as it \
            is, and must have the same name.",
    table: "users",
    columns: &[
        id("id"),
        text("username"),
        text("discriminator"),
        text("global_name"),
        unique("email"),
        text("avatar"),
        text("banner"),
        integer("accent_color"),
        text("bio"),
        text("pronouns"),
        flag("bot"),
        integer("flags"),
        integer("public_flags"),
        integer("premium_type"),
        flag("verified"),
        text("locale"),
        text("date_of_birth"),
        flag("disabled"),
    ],
    user: Some(Rows::Subject("id")),
    files: USER_FILES,
    ..BASE
};

pub(super) const USER_SETTINGS: Type = Type {
    name: "user_settings",
    about: "The person's settings.",
    table: "user_settings",
    columns: &[
        id("user_id"),
        json("settings"),
        bytes("preloaded_proto"),
        bytes("frecency_proto"),
        bytes("test_proto"),
    ],
    user: Some(Rows::Subject("user_id")),
    ..BASE
};

pub(super) const SESSION: Type = Type {
    name: "session",
    about: "Where the person is signed in, without the token. Told, and not imported.",
    table: "sessions",
    columns: &[
        id("user_id"),
        time("created_at"),
        time("last_used_at"),
        text("client_os"),
        text("client_platform"),
        text("client_ip"),
    ],
    user: Some(Rows::Subject("user_id")),
    imported: false,
    ..BASE
};

pub(super) const RELATIONSHIP: Type = Type {
    name: "relationship",
    about: "A relationship of the person: 1, a friend; 2, blocked; 3 and 4, asked and was \
            asked.",
    table: "relationships",
    columns: &[
        id("user_id"),
        user("other_id"),
        integer("type"),
        text("nickname"),
        time("since"),
    ],
    user: Some(Rows::Subject("user_id")),
    needs: &[there("users", &[("other_id", "id")])],
    ..BASE
};

pub(super) const APPLICATION: Type = Type {
    name: "application",
    about: "An application of the person. Told, and not imported: without its signing key it \
            could not sign what it signed before.",
    table: "applications",
    columns: &[
        id("id"),
        text("name"),
        text("icon"),
        text("description"),
        id("owner_id"),
        id("bot_id"),
        flag("bot_public"),
        flag("bot_require_code_grant"),
        integer("flags"),
        json("settings"),
    ],
    user: Some(Rows::Subject("owner_id")),
    files: &["app-icons/{id}/{icon}"],
    imported: false,
    ..BASE
};

pub(super) const USER_GUILD_SETTINGS: Type = Type {
    name: "user_guild_settings",
    about: "The person's settings for a guild.",
    table: "user_guild_settings",
    columns: &[id("user_id"), id("guild_id"), json("settings")],
    user: Some(Rows::Subject("user_id")),
    needs: &[there("guilds", &[("guild_id", "id")])],
    ..BASE
};

pub(super) const READ_STATE: Type = Type {
    name: "read_state",
    about: "How far the person has read a channel.",
    table: "read_states",
    columns: &[
        id("user_id"),
        id("channel_id"),
        id("last_message_id"),
        time("last_pin_at"),
        integer("mention_count"),
    ],
    user: Some(Rows::Subject("user_id")),
    needs: &[there("channels", &[("channel_id", "id")])],
    ..BASE
};
