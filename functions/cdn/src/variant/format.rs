//! What images can be asked as, and why one is not made.

use actions::images::Kind;

/// What an image can be asked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Still.
    Png,
    /// Still, without transparency.
    Jpeg,
    /// Still.
    Webp,
    /// Animated.
    Gif,
}

/// Why an image was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is damaged, or not what it should be.
    Undecodable,
    /// It is in order, but making it would take too much time or memory.
    TooMuch,
}

impl Format {
    /// The format of a file name's ending.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::Webp),
            "gif" => Some(Self::Gif),
            _ => None,
        }
    }

    /// The format of a stored image.
    pub fn of_kind(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Png => Some(Self::Png),
            Kind::Jpeg => Some(Self::Jpeg),
            Kind::Webp => Some(Self::Webp),
            Kind::Gif => Some(Self::Gif),
            Kind::Avif => None,
        }
    }

    /// The ending of file names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

impl From<image::ImageError> for Failure {
    fn from(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => Self::TooMuch,
            _ => Self::Undecodable,
        }
    }
}
