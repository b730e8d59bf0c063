//! What kind a gateway payload is.

macro_rules! opcodes {
    ($($(#[$doc:meta])* $number:literal $name:ident)*) => {
        /// The `op` of a payload.
        ///
        /// See [Discord Docs/Gateway Opcodes](https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-opcodes)
        /// and, for those of user clients, [Userdoccers/Gateway Opcodes](https://docs.discord.food/topics/opcodes-and-status-codes#gateway-opcodes).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $($(#[$doc])* $name = $number,)*
        }

        impl Opcode {
            /// The opcode with this number, if there is one.
            pub const fn new(number: u64) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }
        }
    };
}

opcodes! {
    /// Server: an event.
    0 Dispatch
    /// Both: the connection is alive.
    1 Heartbeat
    /// Client: starts a session.
    2 Identify
    /// Client: a new status or activity.
    3 PresenceUpdate
    /// Client: joins, moves in or leaves voice.
    4 VoiceStateUpdate
    /// Client: asks for the voice server to be checked.
    5 VoiceServerPing
    /// Client: continues a session.
    6 Resume
    /// Server: connect again and resume.
    7 Reconnect
    /// Client: asks for members of a guild.
    8 RequestGuildMembers
    /// Server: the session could not be started or continued.
    9 InvalidSession
    /// Server: the first payload of a connection.
    10 Hello
    /// Server: answers a heartbeat.
    11 HeartbeatAck
    /// User client: asks for the members of guilds, in an old way.
    12 GuildSync
    /// User client: asks whether there is a call.
    13 CallConnect
    /// User client: which part of a guild it shows.
    14 LazyRequest
    /// User client: joins a lobby.
    15 LobbyConnect
    /// User client: leaves a lobby.
    16 LobbyDisconnect
    /// User client: voice states in lobbies.
    17 LobbyVoiceStates
    /// User client: starts to share a screen.
    18 StreamCreate
    /// User client: stops sharing or watching.
    19 StreamDelete
    /// User client: watches a shared screen.
    20 StreamWatch
    /// User client: asks for a stream's server to be checked.
    21 StreamPing
    /// User client: pauses a stream.
    22 StreamSetPaused
    /// User client: asks for application commands, in an old way.
    24 RequestGuildApplicationCommands
    /// User client: starts an embedded activity.
    25 EmbeddedActivityCreate
    /// User client: leaves an embedded activity.
    26 EmbeddedActivityDelete
    /// User client: changes an embedded activity.
    27 EmbeddedActivityUpdate
    /// User client: asks for unread counts of a forum.
    28 RequestForumUnreads
    /// User client: speaks to another session of the user.
    29 RemoteCommand
    /// User client: asks which cached objects are gone.
    30 RequestDeletedEntityIds
    /// Client: asks for the sounds of guilds.
    31 RequestSoundboardSounds
    /// User client: creates a speed test.
    32 SpeedTestCreate
    /// User client: ends a speed test.
    33 SpeedTestDelete
    /// User client: asks for the last messages of channels.
    34 RequestLastMessages
    /// User client: searches new members.
    35 SearchRecentMembers
    /// User client: asks for the statuses of voice channels.
    36 RequestChannelStatuses
    /// User client: several lazy requests in one.
    37 GuildSubscriptionsBulk
    /// User client: asks to be told of changes in guilds.
    38 GuildChannelsResync
    /// User client: asks for channel members.
    39 RequestChannelMemberCount
    /// User client: a heartbeat with measurements.
    40 QosHeartbeat
    /// User client: names the session that time is counted for.
    41 UpdateTimeSpentSessionId
    /// User client: a lobby's voice server should be checked.
    42 LobbyVoiceServerPing
    /// User client: asks for details of voice channels.
    43 RequestChannelInfo
}
