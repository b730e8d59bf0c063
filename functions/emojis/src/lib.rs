//! Custom emoji of guilds, and the stickers that none has yet.

mod change;
mod name;
mod view;

runtime::functions! {
    emojis
    emoji
    stickers
}
