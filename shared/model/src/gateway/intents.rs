//! Which events a session wants.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ApplicationFlags;
use crate::event::EventKind;

bitflags::bitflags! {
    /// The `intents` of an identify.
    ///
    /// See [Discord Docs/Gateway Intents](https://discord.com/developers/docs/events/gateway#gateway-intents).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Intents: u64 {
        /// Guilds, channels, roles and threads.
        const GUILDS = 1 << 0;
        /// Members that come, change and go. Privileged.
        const GUILD_MEMBERS = 1 << 1;
        /// Bans and the audit log.
        const GUILD_MODERATION = 1 << 2;
        /// Emoji, stickers and sounds.
        const GUILD_EXPRESSIONS = 1 << 3;
        /// Integrations.
        const GUILD_INTEGRATIONS = 1 << 4;
        /// Webhooks.
        const GUILD_WEBHOOKS = 1 << 5;
        /// Invites.
        const GUILD_INVITES = 1 << 6;
        /// Who is in which voice channel.
        const GUILD_VOICE_STATES = 1 << 7;
        /// Who is online and does what. Privileged.
        const GUILD_PRESENCES = 1 << 8;
        /// Messages in guilds.
        const GUILD_MESSAGES = 1 << 9;
        /// Reactions in guilds.
        const GUILD_MESSAGE_REACTIONS = 1 << 10;
        /// Typing in guilds.
        const GUILD_MESSAGE_TYPING = 1 << 11;
        /// Private messages.
        const DIRECT_MESSAGES = 1 << 12;
        /// Reactions to private messages.
        const DIRECT_MESSAGE_REACTIONS = 1 << 13;
        /// Typing in private conversations.
        const DIRECT_MESSAGE_TYPING = 1 << 14;
        /// What messages in guilds say. Privileged.
        const MESSAGE_CONTENT = 1 << 15;
        /// Scheduled events.
        const GUILD_SCHEDULED_EVENTS = 1 << 16;
        /// Activities in voice channels. Discord does not document it, and takes it: what
        /// interactions.py calls all intents has it.
        const GUILD_EMBEDDED_ACTIVITIES = 1 << 17;
        /// Rules of automatic moderation.
        const AUTO_MODERATION_CONFIGURATION = 1 << 20;
        /// What automatic moderation did.
        const AUTO_MODERATION_EXECUTION = 1 << 21;
        /// Votes in polls of guilds.
        const GUILD_MESSAGE_POLLS = 1 << 24;
        /// Votes in polls of private conversations.
        const DIRECT_MESSAGE_POLLS = 1 << 25;
    }
}

/// As a number, as Discord has them.
impl Serialize for Intents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.bits().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Intents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::from_bits_retain)
    }
}

impl Intents {
    /// Those that an application must have enabled.
    pub const PRIVILEGED: Self = Self::GUILD_MEMBERS
        .union(Self::GUILD_PRESENCES)
        .union(Self::MESSAGE_CONTENT);

    /// The privileged intents that an application with these flags may use.
    pub const fn privileged_for(flags: ApplicationFlags) -> Self {
        let mut intents = Self::empty();
        if flags.intersects(
            ApplicationFlags::GATEWAY_PRESENCE.union(ApplicationFlags::GATEWAY_PRESENCE_LIMITED),
        ) {
            intents = intents.union(Self::GUILD_PRESENCES);
        }
        if flags.intersects(
            ApplicationFlags::GATEWAY_GUILD_MEMBERS
                .union(ApplicationFlags::GATEWAY_GUILD_MEMBERS_LIMITED),
        ) {
            intents = intents.union(Self::GUILD_MEMBERS);
        }
        if flags.intersects(
            ApplicationFlags::GATEWAY_MESSAGE_CONTENT
                .union(ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED),
        ) {
            intents = intents.union(Self::MESSAGE_CONTENT);
        }
        intents
    }
}

/// What lets an event through to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Nothing: the event is for the gateway itself.
    Closed,
    /// Being the session of a user account. Bots never get it.
    Users,
    /// Any one of these intents.
    Intents(Intents),
    /// Nothing is needed.
    Open,
}

impl Gate {
    /// Whether a bot with these intents gets the event.
    pub const fn admits(self, intents: Intents) -> bool {
        match self {
            Self::Closed | Self::Users => false,
            Self::Intents(any) => intents.intersects(any),
            Self::Open => true,
        }
    }
}

/// The gate of an event: `private` when it comes from a private conversation, not from a guild.
///
/// Two exceptions depend on the receiver and are the gateway's to make: a bot hears
/// GUILD_MEMBER_UPDATE about itself without the intent, and MESSAGE_CONTENT changes contents only.
pub const fn gate(kind: EventKind, private: bool) -> Gate {
    let (guild, direct) = gates(kind);
    if private { direct } else { guild }
}

/// The gates of an event from a guild, and from a private conversation.
const fn gates(kind: EventKind) -> (Gate, Gate) {
    use {EventKind as K, Intents as I};
    match kind {
        K::ChannelStateKnown | K::IntentsAllowed | K::SessionsRevoked | K::ThreadMembersKnown => {
            (Gate::Closed, Gate::Closed)
        }
        K::ApplicationCommandPermissionsUpdate
        | K::GuildMembersChunk
        | K::Ready
        | K::Resumed
        | K::SoundboardSounds
        | K::UserUpdate
        | K::VoiceServerUpdate => (Gate::Open, Gate::Open),
        K::ChannelCreate | K::ChannelDelete | K::ChannelUpdate => {
            (Gate::Intents(I::GUILDS), Gate::Users)
        }
        K::ChannelPinsUpdate => (Gate::Intents(I::GUILDS), Gate::Intents(I::DIRECT_MESSAGES)),
        // Without GUILD_MEMBERS a bot hears of its own joining and leaving alone, which the guild
        // sees to.
        K::ThreadCreate
        | K::ThreadDelete
        | K::ThreadListSync
        | K::ThreadMemberUpdate
        | K::ThreadMembersUpdate
        | K::ThreadUpdate => (Gate::Intents(I::GUILDS), Gate::Closed),
        K::GuildCreate
        | K::GuildDelete
        | K::GuildRoleCreate
        | K::GuildRoleDelete
        | K::GuildRoleUpdate
        | K::GuildUpdate => (Gate::Intents(I::GUILDS), Gate::Closed),
        K::GuildAuditLogEntryCreate | K::GuildBanAdd | K::GuildBanRemove => {
            (Gate::Intents(I::GUILD_MODERATION), Gate::Closed)
        }
        K::GuildEmojisUpdate | K::GuildStickersUpdate => {
            (Gate::Intents(I::GUILD_EXPRESSIONS), Gate::Closed)
        }
        K::GuildIntegrationsUpdate => (Gate::Intents(I::GUILD_INTEGRATIONS), Gate::Closed),
        K::GuildMemberAdd | K::GuildMemberRemove | K::GuildMemberUpdate => {
            (Gate::Intents(I::GUILD_MEMBERS), Gate::Closed)
        }
        K::InviteCreate | K::InviteDelete => (Gate::Intents(I::GUILD_INVITES), Gate::Users),
        K::MessageCreate | K::MessageDelete | K::MessageDeleteBulk | K::MessageUpdate => (
            Gate::Intents(I::GUILD_MESSAGES),
            Gate::Intents(I::DIRECT_MESSAGES),
        ),
        K::MessageReactionAdd
        | K::MessageReactionRemove
        | K::MessageReactionRemoveAll
        | K::MessageReactionRemoveEmoji => (
            Gate::Intents(I::GUILD_MESSAGE_REACTIONS),
            Gate::Intents(I::DIRECT_MESSAGE_REACTIONS),
        ),
        K::PresenceUpdate => (Gate::Intents(I::GUILD_PRESENCES), Gate::Users),
        K::TypingStart => (
            Gate::Intents(I::GUILD_MESSAGE_TYPING),
            Gate::Intents(I::DIRECT_MESSAGE_TYPING),
        ),
        K::VoiceStateUpdate => (Gate::Intents(I::GUILD_VOICE_STATES), Gate::Users),
        K::WebhooksUpdate => (Gate::Intents(I::GUILD_WEBHOOKS), Gate::Closed),
        // All others are of user accounts, as new ones are until this says otherwise.
        _ => (Gate::Users, Gate::Users),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_without_the_intent_hears_nothing() {
        let typing = gate(EventKind::TypingStart, false);
        assert!(!typing.admits(Intents::GUILD_MESSAGES));
        assert!(typing.admits(Intents::GUILD_MESSAGE_TYPING));
        assert!(!gate(EventKind::TypingStart, true).admits(Intents::GUILD_MESSAGE_TYPING));
    }

    #[test]
    fn events_of_user_accounts_never_reach_bots() {
        for kind in EventKind::ALL {
            let gate = gate(*kind, true);
            if matches!(kind, EventKind::MessageAck | EventKind::SessionsReplace) {
                assert!(!gate.admits(Intents::all()), "{kind:?}");
            }
        }
        assert!(!gate(EventKind::SessionsRevoked, false).admits(Intents::all()));
    }

    #[test]
    fn limited_flags_are_enough_for_privileged_intents() {
        let flags = ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED;
        assert_eq!(Intents::privileged_for(flags), Intents::MESSAGE_CONTENT);
    }
}
