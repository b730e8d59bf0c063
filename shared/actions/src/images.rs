//! Images that users give as text: avatars, icons, banners and emoji.
//!
//! An image is checked by its header alone; only the function that resizes images decodes them. Its
//! blob is named by its content, so that storing it twice changes nothing.
//!
//! See [Discord Docs/Image Data](https://discord.com/developers/docs/reference#image-data).

mod animation;
mod avif;
mod exif;
mod probe;
mod removal;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use model::Id;
use model::id::marker;
use runtime::fields::{Complaint, FromField};
use runtime::{BodyStream, Cx, Error, Fields, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::Batch;

use animation::{gif_moves, webp_moves};
pub use probe::{Kind, Probe};
pub use removal::{Unnamed, finish, remove, replaced};

/// Bytes that a JSON body with images may have: 10 MiB of them, and a third more for base64.
pub const BODY_BYTES_MAX: usize = 16 << 20;
/// Bytes of an avatar, icon or banner.
pub const IMAGE_BYTES_MAX: usize = 10 << 20;
/// Bytes of a custom emoji.
///
/// See [Discord Docs/Create Guild Emoji](https://discord.com/developers/docs/resources/emoji#create-guild-emoji).
pub const EMOJI_BYTES_MAX: usize = 256 << 10;
/// Bytes of a hash that name an image: as many as Discord's.
const HASH_BYTES: usize = 16;

/// Pixels that the longer side of a variant may have: powers of two.
pub const VARIANT_PIXELS: RangeInclusive<u32> = 16..=4096;

/// The key of a variant of the image `original`: so large, or in full size, and in this format.
pub fn variant_key(original: &str, pixels: Option<u32>, extension: &str) -> String {
    let size = pixels.map_or("full".to_owned(), |pixels| pixels.to_string());
    format!("{}/{size}.{extension}", variants_of(original))
}

/// What the keys of all variants of an image are below.
fn variants_of(original: &str) -> String {
    format!("variants/{original}")
}

/// Some libraries leave out the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an image is of, and so where its blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A user's avatar.
    Avatar(Id<marker::User>),
    /// A user's banner.
    UserBanner(Id<marker::User>),
    /// A member's avatar in a guild.
    MemberAvatar(Id<marker::Guild>, Id<marker::User>),
    /// A member's banner in a guild.
    MemberBanner(Id<marker::Guild>, Id<marker::User>),
    /// A guild's icon.
    GuildIcon(Id<marker::Guild>),
    /// A guild's banner.
    GuildBanner(Id<marker::Guild>),
    /// The picture behind a guild's invites.
    GuildSplash(Id<marker::Guild>),
    /// A guild's picture in discovery.
    DiscoverySplash(Id<marker::Guild>),
    /// A role's icon.
    RoleIcon(Id<marker::Role>),
    /// A group conversation's icon.
    ChannelIcon(Id<marker::Channel>),
    /// An application's icon.
    AppIcon(Id<marker::Application>),
    /// A custom emoji, which has one image for ever.
    Emoji(Id<marker::Emoji>),
}

/// A PNG, JPEG, GIF or WebP whose header is in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    bytes: Bytes,
    content_type: &'static str,
    /// Pixels of a frame, as the header says.
    pixels: u64,
    /// Whether it moves.
    pub animated: bool,
}

impl Owner {
    /// The key of the blob that holds the image with this hash; that of an emoji has none.
    pub fn key(self, hash: &str) -> String {
        match self {
            Self::Avatar(user) => format!("avatars/{user}/{hash}"),
            Self::UserBanner(user) => format!("banners/{user}/{hash}"),
            Self::MemberAvatar(guild, user) => {
                format!("guilds/{guild}/users/{user}/avatars/{hash}")
            }
            Self::MemberBanner(guild, user) => {
                format!("guilds/{guild}/users/{user}/banners/{hash}")
            }
            Self::GuildIcon(guild) => format!("icons/{guild}/{hash}"),
            Self::GuildBanner(guild) => format!("banners/{guild}/{hash}"),
            Self::GuildSplash(guild) => format!("splashes/{guild}/{hash}"),
            Self::DiscoverySplash(guild) => format!("discovery-splashes/{guild}/{hash}"),
            Self::RoleIcon(role) => format!("role-icons/{role}/{hash}"),
            Self::ChannelIcon(channel) => format!("channel-icons/{channel}/{hash}"),
            Self::AppIcon(application) => format!("app-icons/{application}/{hash}"),
            Self::Emoji(emoji) => format!("emojis/{emoji}"),
        }
    }
}

impl Image {
    /// The image in a data URL: `data:image/png;base64,…`. What counts is what the bytes are, not
    /// what the URL says.
    ///
    /// # Errors
    /// Discord's complaint: it is no data URL of such an image, or too large.
    pub fn from_data_url(url: &str) -> Result<Self, Complaint> {
        let data = url
            .strip_prefix("data:")
            .and_then(|rest| rest.split_once(";base64,"));
        let (_, base64) = data.ok_or_else(unsupported)?;
        // Some libraries break the text into lines.
        let lines = base64.bytes().any(|byte| byte.is_ascii_whitespace());
        let base64 = match lines {
            true => Cow::Owned(base64.split_ascii_whitespace().collect::<String>()),
            false => Cow::Borrowed(base64),
        };
        if base64.len() > IMAGE_BYTES_MAX.div_ceil(3) * 4 {
            return Err(too_large(IMAGE_BYTES_MAX));
        }
        let bytes = BASE64.decode(base64.as_bytes()).map_err(|_| invalid())?;
        Self::check(bytes.into())
    }

    fn check(bytes: Bytes) -> Result<Self, Complaint> {
        let probe = Probe::of(&bytes);
        let (kind, animated) = match probe.kind() {
            Some(kind @ (Kind::Png | Kind::Jpeg)) => (kind, false),
            Some(Kind::Gif) => (Kind::Gif, gif_moves(&bytes)),
            Some(Kind::Webp) => (Kind::Webp, webp_moves(&bytes)),
            Some(Kind::Avif) | None => return Err(unsupported()),
        };
        let (width, height) = probe.pixels().ok_or_else(invalid)?;
        if bytes.len() > IMAGE_BYTES_MAX {
            return Err(too_large(IMAGE_BYTES_MAX));
        }
        Ok(Self {
            bytes,
            content_type: kind.media_type(),
            pixels: u64::from(width) * u64::from(height),
            animated,
        })
    }

    /// The required field `name` of a form as an emoji's image.
    pub fn emoji(fields: &mut Fields<'_>, name: &str) -> Self {
        let image = fields.required::<Self>(name);
        if image.bytes.len() > EMOJI_BYTES_MAX {
            let (code, message) = too_large(EMOJI_BYTES_MAX);
            fields.error(name, code, message);
        }
        image
    }

    /// The name of the content: hexadecimal, with `a_` before it when the image moves.
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(&self.bytes);
        let mut hash = if self.animated {
            "a_".to_owned()
        } else {
            String::new()
        };
        for byte in &digest[..HASH_BYTES] {
            hash.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
            hash.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
        }
        hash
    }

    /// Stores the image and returns its hash, which the owner's row then names. `field` is where
    /// the form had it. It is stored before that row is written, since a name without an image
    /// would do harm. An image that no row comes to name is removed after a while; that of an emoji
    /// is not, since old messages show it.
    ///
    /// # Errors
    /// Code 50035 above the instance's own limits; the blob storage's own.
    pub async fn store(self, cx: &Cx, owner: Owner, field: &str) -> Result<String> {
        let limits = &cx.config().limits;
        if self.bytes.len() as u64 > limits.image_bytes_max {
            let (code, message) = too_large(limits.image_bytes_max as usize);
            return Err(Error::field(&[field], code, message));
        }
        // More are taken for an attempt to fill the memory of whoever decodes it.
        if self.pixels > limits.image_pixels_max {
            let message = "Image has too many pixels.";
            return Err(Error::field(&[field], "IMAGE_INVALID", message));
        }
        let hash = self.hash();
        if !matches!(owner, Owner::Emoji(_)) {
            let mut batch = Batch::main();
            remove(cx, &mut batch, &[Unnamed::new(owner, &hash)]);
            cx.write_ahead(batch).await?;
        }
        let body = BodyStream::Full(self.bytes);
        cx.blobs()
            .put(&owner.key(&hash), self.content_type, body)
            .await?;
        Ok(hash)
    }
}

impl FromField for Image {
    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        value
            .as_str()
            .ok_or_else(unsupported)
            .and_then(Self::from_data_url)
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(_: &runtime::openapi::Schemas) -> Value {
        serde_json::json!({ "description": "A data URL.", "type": "string", "pattern": "^data:" })
    }
}

fn unsupported() -> Complaint {
    ("IMAGE_INVALID", "Unsupported image type given".to_owned())
}

fn invalid() -> Complaint {
    ("IMAGE_INVALID", "Invalid image".to_owned())
}

fn too_large(bytes_max: usize) -> Complaint {
    let kilobytes = bytes_max as f64 / 1024.0;
    let message = format!("File cannot be larger than {kilobytes:.1} kb.");
    ("BINARY_TYPE_MAX_SIZE", message)
}

#[cfg(test)]
mod tests;
