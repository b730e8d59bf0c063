//! Invites: making, showing, accepting and revoking them.

mod events;
mod target;

runtime::functions! {
    invite channel_invites guild_invites
}
