//! The flags of an application that the gateway looks at.

bitflags::bitflags! {
    /// Which privileged intents an application may use. Other flags are kept as they are.
    ///
    /// See [Discord Docs/Application Flags](https://discord.com/developers/docs/resources/application#application-object-application-flags).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct ApplicationFlags: u64 {
        /// Presences, for verified applications.
        const GATEWAY_PRESENCE = 1 << 12;
        /// Presences, switched on by the owner.
        const GATEWAY_PRESENCE_LIMITED = 1 << 13;
        /// Members, for verified applications.
        const GATEWAY_GUILD_MEMBERS = 1 << 14;
        /// Members, switched on by the owner.
        const GATEWAY_GUILD_MEMBERS_LIMITED = 1 << 15;
        /// Message content, for verified applications.
        const GATEWAY_MESSAGE_CONTENT = 1 << 18;
        /// Message content, switched on by the owner.
        const GATEWAY_MESSAGE_CONTENT_LIMITED = 1 << 19;
        // Flags that say something else.
        const _ = !0;
    }
}
