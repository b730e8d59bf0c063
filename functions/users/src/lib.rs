//! Users: themselves, their settings, guilds and private conversations.

runtime::functions! {
    affinities_channels
    affinities_guilds
    affinities_users
    channels
    connections
    consent
    email_settings
    entitlements
    friend_suggestions
    guild
    guild_member
    guild_settings
    guilds
    guilds_settings
    library
    me
    notes
    pomelo_attempt
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
