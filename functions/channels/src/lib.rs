//! Channels: the channel itself, typing, overwrites, invites.

runtime::functions! {
    typing
}
