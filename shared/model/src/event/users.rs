//! A user's own account, settings and sessions.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::user::PrivateUser;

payloads! {
    /// See [Discord Docs/User Update](https://discord.com/developers/docs/events/gateway-events#user-update).
    UserUpdate<'a> = PrivateUser
}

payloads! {
    /// Those of the settings that changed.
    ///
    /// See [Userdoccers/User Settings Update](https://docs.discord.food/topics/gateway-events#user-settings-update).
    UserSettingsUpdate<'a>,
    /// The settings for a guild, whole.
    ///
    /// See [Userdoccers/User Guild Settings Update](https://docs.discord.food/topics/gateway-events#user-guild-settings-update).
    UserGuildSettingsUpdate<'a> = Map<String, Value>
}

payloads! {
    /// See [Userdoccers/User Settings Proto Update](https://docs.discord.food/topics/gateway-events#user-settings-proto-update).
    UserSettingsProtoUpdate<'a>: {
        /// Whether only what changed is told.
        pub partial: bool,
        /// The settings.
        pub settings: ProtoSettings<'a>,
    }
}

/// A user's settings as Discord's protobuf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtoSettings<'a> {
    /// The protobuf, in Base64.
    pub proto: Cow<'a, str>,
    /// Which of the user's protobufs.
    #[serde(rename = "type")]
    pub kind: u8,
}

payloads! {
    /// The public names of sessions that end, for the gateway alone: see
    /// [`EventKind::SessionsRevoked`](super::EventKind::SessionsRevoked).
    SessionsRevoked<'a>: (pub Vec<Cow<'a, str>>);
    /// The flags that an application has now, for the gateway alone: see
    /// [`EventKind::IntentsAllowed`](super::EventKind::IntentsAllowed).
    IntentsAllowed: (pub u64);
}
