//! Where the gateway is, and what the gateway itself asks.

runtime::functions! {
    gateway gateway_bot guild guild_members identify outbox sessions_ended
}
