//! Users: themselves, their settings, guilds and private conversations.

runtime::functions! {
    affinities_guilds
    affinities_users
    channels
    connections
    guild
    guild_member
    guild_settings
    guilds
    guilds_settings
    me
    notes
    profile
    relationship
    relationships
    settings
    settings_proto
    user
}

mod edit;
mod proto;
mod relating;
