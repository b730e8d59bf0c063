//! Files of messages.
//!
//! See [Discord Docs/Attachment Object](https://discord.com/developers/docs/resources/message#attachment-object).

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;

/// The bit of [`Attachment::flags`] for a file that is hidden until it is clicked.
pub const IS_SPOILER: u32 = 1 << 3;

/// A file of a message, as it is stored and sent. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Attachment {
    /// The attachment's id.
    pub id: Id<marker::Attachment>,
    /// The file's name: letters, digits, `_`, `-` and `.`.
    pub filename: String,
    /// The name as it was given, without the ending, where `filename` could not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What people are told who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Where it is. As it is stored, the blob's key: the instance may move to another address.
    pub url: String,
    /// Where a proxy serves it; here the same. As it is stored, nothing.
    #[serde(default)]
    pub proxy_url: String,
    /// Pixels, of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Pixels, of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Whether it goes away by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral: Option<bool>,
    /// Seconds, of a voice message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_secs: Option<f64>,
    /// A voice message's loudness over time, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<String>,
    /// Flags, such as [`IS_SPOILER`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<u32>,
}
