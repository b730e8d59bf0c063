//! Voice states, and screens that are shared.

use std::borrow::Cow;

use crate::id::marker;
use crate::member::Member;
use crate::{Id, Timestamp};

payloads! {
    /// See [Discord Docs/Voice State Update](https://discord.com/developers/docs/events/gateway-events#voice-state-update).
    VoiceStateUpdate<'a>: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// Where the user is; null when they left.
        pub channel_id: Option<Id<marker::Channel>>,
        /// Who.
        pub user_id: Id<marker::User>,
        /// The same as a member of the guild.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub member: Option<Cow<'a, Member>>,
        /// The session that is connected; empty when the user left.
        pub session_id: String,
        /// Deafened by a moderator.
        pub deaf: bool,
        /// Muted by a moderator.
        pub mute: bool,
        /// Deafened by themselves.
        pub self_deaf: bool,
        /// Muted by themselves.
        pub self_mute: bool,
        /// Whether they share their screen.
        pub self_stream: bool,
        /// Whether their camera is on.
        pub self_video: bool,
        /// Whether they are in a stage's audience.
        pub suppress: bool,
        /// When they asked to speak.
        pub request_to_speak_timestamp: Option<Timestamp>,
    }
}

impl VoiceStateUpdate<'_> {
    /// The same with a member of its own.
    pub fn into_owned(self) -> VoiceStateUpdate<'static> {
        let member = self.member.map(|member| Cow::Owned(member.into_owned()));
        VoiceStateUpdate { member, ..self }
    }
}

payloads! {
    /// See [Userdoccers/Stream Create](https://docs.discord.food/topics/gateway-events#stream-create).
    StreamCreate: {
        /// The stream's [name](crate::gateway::StreamKey).
        pub stream_key: String,
        /// The guild of the voice channel.
        pub rtc_server_id: Id<marker::Guild>,
        /// The voice channel.
        pub rtc_channel_id: Id<marker::Channel>,
        /// Where the media relay is.
        pub region: String,
        /// Who watches.
        pub viewer_ids: Vec<Id<marker::User>>,
        /// Whether it pauses.
        pub paused: bool,
    }
}

payloads! {
    /// See [Userdoccers/Stream Update](https://docs.discord.food/topics/gateway-events#stream-update).
    StreamUpdate: {
        /// The stream's [name](crate::gateway::StreamKey).
        pub stream_key: String,
        /// Where the media relay is.
        pub region: String,
        /// Who watches.
        pub viewer_ids: Vec<Id<marker::User>>,
        /// Whether it pauses.
        pub paused: bool,
    }
}

payloads! {
    /// See [Userdoccers/Stream Delete](https://docs.discord.food/topics/gateway-events#stream-delete).
    StreamDelete<'a>: {
        /// The stream's [name](crate::gateway::StreamKey), or what the client took for one.
        pub stream_key: Cow<'a, str>,
        /// Why it ended.
        pub reason: Cow<'a, str>,
    }
}
