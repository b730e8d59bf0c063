//! What a user client says it understands.

bitflags::bitflags! {
    /// The `capabilities` of an identify that change what we send. Unknown bits are ignored.
    ///
    /// See [Userdoccers/Gateway Capabilities](https://docs.discord.food/topics/gateway#gateway-capabilities).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Capabilities: u64 {
        /// `read_state` of READY is a versioned object.
        const VERSIONED_READ_STATES = 1 << 2;
        /// `user_guild_settings` of READY is a versioned object.
        const VERSIONED_USER_GUILD_SETTINGS = 1 << 3;
        /// Users are sent once, in `users` of READY, and referred to by id elsewhere.
        const DEDUPE_USER_OBJECTS = 1 << 4;
        /// READY is followed by READY_SUPPLEMENTAL.
        const PRIORITIZED_READY_PAYLOAD = 1 << 5;
        /// A guild's own fields are under `properties`.
        const CLIENT_STATE_V2 = 1 << 10;
        // Capabilities that change nothing here.
        const _ = !0;
    }
}
