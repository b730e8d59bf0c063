//! Why the gateway closes a connection.

macro_rules! close_codes {
    ($($(#[$doc:meta])* $number:literal $name:ident $resume:ident $reason:literal)*) => {
        /// The code of a WebSocket close frame that the gateway sends.
        ///
        /// See [Discord Docs/Gateway Close Event Codes](https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum CloseCode {
            $($(#[$doc])* $name = $number,)*
        }

        impl CloseCode {
            /// Every code, sorted by number.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The text that goes with the number.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason,)* }
            }

            /// Whether a client may connect again and resume its session.
            pub const fn can_resume(self) -> bool {
                match self { $(Self::$name => close_codes!(@$resume),)* }
            }
        }
    };
    (@resumable) => { true };
    (@final) => { false };
}

close_codes! {
    /// The session continues on another connection.
    1000 Superseded final "Session resumed elsewhere."
    /// The server is about to stop.
    1001 GoingAway resumable "Going away."
    /// Something went wrong here, or the client reads too slowly.
    4000 UnknownError resumable "Unknown error."
    /// The opcode does not exist.
    4001 UnknownOpcode resumable "Unknown opcode."
    /// The payload is not what its opcode needs, or too large.
    4002 DecodeError resumable "Error while decoding payload."
    /// A command came before IDENTIFY.
    4003 NotAuthenticated resumable "Not authenticated."
    /// The token is wrong or was revoked.
    4004 AuthenticationFailed final "Authentication failed."
    /// A second IDENTIFY, or a RESUME after one.
    4005 AlreadyAuthenticated resumable "Already authenticated."
    /// RESUME named a sequence number that was never sent.
    4007 InvalidSequence resumable "Invalid seq."
    /// More commands than the limit allows.
    4008 RateLimited resumable "Rate limited."
    /// No heartbeat in time, or no IDENTIFY.
    4009 SessionTimedOut resumable "Session timed out."
    /// The shard does not exist.
    4010 InvalidShard final "Invalid shard."
    /// The session would have more guilds than one shard may.
    4011 ShardingRequired final "Sharding required."
    /// The protocol version is not one of ours.
    4012 InvalidVersion final "Invalid API version."
    /// `intents` has bits that do not exist, or is missing.
    4013 InvalidIntents final "Invalid intent(s)."
    /// A privileged intent that the application has not enabled: its owner does so with the
    /// application's `flags`, see `docs/bots.md`.
    4014 DisallowedIntents final "Disallowed intent(s)."
}

impl CloseCode {
    /// The number in the close frame.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_resume_after_a_lost_heartbeat_and_not_after_a_bad_token() {
        assert!(CloseCode::SessionTimedOut.can_resume());
        assert!(!CloseCode::AuthenticationFailed.can_resume());
    }

    #[test]
    fn reasons_fit_into_a_close_frame() {
        for code in CloseCode::ALL {
            assert!(code.reason().len() <= 123, "{code:?}");
        }
    }
}
