//! Channels, conversations and what is said there.

use super::{BASE, flag, id, integer, json, text, there, time, user};
use crate::export::{Rows, Type};

pub(super) const CHANNEL: Type = Type {
    name: "channel",
    about: "A channel of the guild, or a private conversation of the person.",
    table: "channels",
    columns: &[
        id("id"),
        id("guild_id"),
        integer("type"),
        text("name"),
        text("topic"),
        integer("position"),
        id("parent_id"),
        flag("nsfw"),
        integer("rate_limit_per_user"),
        integer("bitrate"),
        integer("user_limit"),
        text("rtc_region"),
        integer("video_quality_mode"),
        integer("default_auto_archive_duration"),
        integer("flags"),
        text("icon"),
        user("owner_id"),
        json("settings"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    user: Some(Rows::Channel("id")),
    needs: &[there("guilds", &[("guild_id", "id")])],
    files: &["channel-icons/{id}/{icon}"],
    ..BASE
};

pub(super) const RECIPIENT: Type = Type {
    name: "recipient",
    about: "A recipient of a private conversation of the person.",
    table: "recipients",
    columns: &[id("channel_id"), user("user_id"), flag("closed")],
    user: Some(Rows::Channel("channel_id")),
    needs: &[
        there("channels", &[("channel_id", "id")]),
        there("users", &[("user_id", "id")]),
    ],
    ..BASE
};

pub(super) const DIRECT_CHANNEL: Type = Type {
    name: "direct_channel",
    about: "That a private conversation is the one of two people.",
    table: "direct_channels",
    columns: &[
        user("first_user_id"),
        user("second_user_id"),
        id("channel_id"),
    ],
    user: Some(Rows::Channel("channel_id")),
    needs: &[
        there("channels", &[("channel_id", "id")]),
        there("users", &[("first_user_id", "id")]),
        there("users", &[("second_user_id", "id")]),
    ],
    ..BASE
};

pub(super) const THREAD: Type = Type {
    name: "thread",
    about: "The thread data of a channel of the guild.",
    table: "threads",
    columns: &[
        id("channel_id"),
        id("guild_id"),
        id("parent_id"),
        flag("private"),
        user("owner_id"),
        time("created_at"),
        flag("archived"),
        time("archived_at"),
        integer("auto_archive_duration"),
        flag("locked"),
        flag("invitable"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[there("channels", &[("channel_id", "id")])],
    ..BASE
};

pub(super) const THREAD_MEMBER: Type = Type {
    name: "thread_member",
    about: "A member of a thread of the guild.",
    table: "thread_members",
    columns: &[
        id("thread_id"),
        user("user_id"),
        id("guild_id"),
        time("joined_at"),
        integer("flags"),
    ],
    guild: Some(Rows::Subject("guild_id")),
    needs: &[
        there("threads", &[("thread_id", "channel_id")]),
        there("users", &[("user_id", "id")]),
    ],
    ..BASE
};

pub(super) const CHANNEL_STATE: Type = Type {
    name: "channel_state",
    about: "The message state of a channel, without the messages.",
    table: "channel_states",
    columns: &[
        id("channel_id"),
        id("last_message_id"),
        time("last_pin_at"),
        integer("message_count"),
        integer("total_message_sent"),
    ],
    guild: Some(Rows::Channel("channel_id")),
    user: Some(Rows::Channel("channel_id")),
    needs: &[there("channels", &[("channel_id", "id")])],
    ..BASE
};

pub(super) const MESSAGE: Type = Type {
    name: "message",
    about: "A message of the guild, or one that the person wrote anywhere; `extra` has its \
            attachments, embeds, mentions and reference.",
    table: "messages",
    columns: &[
        id("id"),
        id("channel_id"),
        user("author_id"),
        integer("type"),
        text("content"),
        time("edited_at"),
        time("pinned_at"),
        integer("flags"),
        json("extra"),
    ],
    guild: Some(Rows::Channel("channel_id")),
    user: Some(Rows::Subject("author_id")),
    needs: &[there("channels", &[("channel_id", "id")])],
    ..BASE
};

pub(super) const BROAD_MENTION: Type = Type {
    name: "broad_mention",
    about: "That a message mentions a role, or everyone.",
    table: "broad_mentions",
    columns: &[id("channel_id"), id("message_id"), id("role_id")],
    guild: Some(Rows::Channel("channel_id")),
    needs: &[there(
        "messages",
        &[("message_id", "id"), ("channel_id", "channel_id")],
    )],
    ..BASE
};

pub(super) const REACTION: Type = Type {
    name: "reaction",
    about: "A reaction to a message: of the guild, or the person's own.",
    table: "reactions",
    columns: &[
        id("message_id"),
        text("emoji"),
        user("user_id"),
        id("channel_id"),
        text("emoji_name"),
        flag("animated"),
        time("created_at"),
    ],
    guild: Some(Rows::Channel("channel_id")),
    user: Some(Rows::Subject("user_id")),
    needs: &[
        there(
            "messages",
            &[("message_id", "id"), ("channel_id", "channel_id")],
        ),
        there("users", &[("user_id", "id")]),
    ],
    ..BASE
};
