//! Files: attachments as they were sent, and images in every size and format.
//!
//! See [Discord Docs/Image Formatting](https://discord.com/developers/docs/reference#image-formatting).

mod delivery;
mod variant;

runtime::functions! {
    app_icons
    attachments
    avatars
    banners
    channel_icons
    default_avatars
    discovery_splashes
    emojis
    icons
    member_avatars
    member_banners
    role_icons
    splashes
}
