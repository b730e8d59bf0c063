//! Channels: the channel itself, typing, overwrites, participants of groups.

runtime::functions! {
    channel
    overwrite
    recipient
    typing
}
