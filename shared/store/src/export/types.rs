//! The types of records, in the order in which they are written: what others need comes first.

mod channels;
mod guilds;
mod people;

use super::{Column, Kind, Need, Type};

/// Every type of record.
pub const TYPES: &[Type] = &[
    people::USER,
    people::ACCOUNT,
    people::USER_SETTINGS,
    people::SESSION,
    people::RELATIONSHIP,
    people::APPLICATION,
    guilds::GUILD,
    people::USER_GUILD_SETTINGS,
    guilds::ROLE,
    channels::CHANNEL,
    guilds::OVERWRITE,
    guilds::BAN,
    guilds::MEMBER,
    guilds::MEMBER_ROLE,
    guilds::FORMER_MEMBER,
    channels::RECIPIENT,
    channels::DIRECT_CHANNEL,
    guilds::INVITE,
    guilds::EMOJI,
    guilds::AUDIT_LOG_ENTRY,
    channels::THREAD,
    channels::THREAD_MEMBER,
    channels::CHANNEL_STATE,
    channels::MESSAGE,
    channels::BROAD_MENTION,
    channels::REACTION,
    people::READ_STATE,
];

const fn column(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        unique: false,
    }
}

const fn id(name: &'static str) -> Column {
    column(name, Kind::Id)
}

const fn user(name: &'static str) -> Column {
    column(name, Kind::User)
}

const fn permissions(name: &'static str) -> Column {
    column(name, Kind::Permissions)
}

const fn integer(name: &'static str) -> Column {
    column(name, Kind::Integer)
}

const fn time(name: &'static str) -> Column {
    column(name, Kind::Time)
}

const fn flag(name: &'static str) -> Column {
    column(name, Kind::Flag)
}

const fn text(name: &'static str) -> Column {
    column(name, Kind::Text)
}

const fn json(name: &'static str) -> Column {
    column(name, Kind::Json)
}

const fn bytes(name: &'static str) -> Column {
    column(name, Kind::Bytes)
}

const fn unique(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        unique: true,
    }
}

const fn there(table: &'static str, columns: &'static [(&'static str, &'static str)]) -> Need {
    Need {
        table,
        columns,
        there: true,
    }
}

/// What the types below share.
const BASE: Type = Type {
    name: "",
    about: "",
    table: "",
    columns: &[],
    guild: None,
    user: None,
    needs: &[],
    files: &[],
    imported: true,
};
