//! What waits while a guild is loaded.

use model::event::EventKind;

use super::Input;
use crate::ids::SessionId;
use crate::messages::ToGuild;

/// Whether the input is an event that the guild's state depends on.
pub fn changes_state(input: &Input) -> bool {
    let Input::Publish(event) = input else {
        return false;
    };
    use EventKind as K;
    matches!(
        event.kind,
        K::GuildUpdate
            | K::GuildRoleCreate
            | K::GuildRoleUpdate
            | K::GuildRoleDelete
            | K::ChannelCreate
            | K::ChannelUpdate
            | K::ChannelDelete
            | K::GuildMemberAdd
            | K::GuildMemberUpdate
            | K::GuildMemberRemove
            | K::GuildEmojisUpdate
            | K::GuildStickersUpdate
            | K::ThreadCreate
            | K::ThreadUpdate
            | K::ThreadDelete
            | K::ThreadMembersKnown
            | K::ThreadMembersUpdate
    )
}

/// The session that wants to hear of the guild by this input.
pub fn subscriber(input: &Input) -> Option<SessionId> {
    match input {
        Input::Told(ToGuild::Subscribe { listener, .. }) => Some(listener.session),
        _ => None,
    }
}

/// Whether this input is that session's wish to hear of the guild.
pub fn subscribes(input: &Input, session: SessionId) -> bool {
    subscriber(input) == Some(session)
}
