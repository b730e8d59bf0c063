//! Bodies, whole or in parts.

use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use model::Code;

use crate::{Error, Result};

/// Bytes of a JSON body. Discord's own limit is not documented; nothing of ours needs more, except
/// images in data URLs, which [`Form::BODY_BYTES_MAX`](crate::Form::BODY_BYTES_MAX) allows for.
pub const JSON_BYTES_MAX: usize = 1 << 20;

/// An HTTP answer.
pub type Response = http::Response<BodyStream>;

/// The body of a request or an answer. Functions run on one thread, so streams need not be `Send`.
pub enum BodyStream {
    /// Known in full.
    Full(Bytes),
    /// Arriving in parts, with its length where that is known.
    Parts {
        /// The parts.
        stream: Pin<Box<dyn Stream<Item = anyhow::Result<Bytes>>>>,
        /// Bytes in all.
        length: Option<u64>,
    },
}

impl BodyStream {
    /// No body.
    pub const fn empty() -> Self {
        Self::Full(Bytes::new())
    }

    /// A body that arrives in parts.
    pub fn parts(
        stream: impl Stream<Item = anyhow::Result<Bytes>> + 'static,
        length: Option<u64>,
    ) -> Self {
        Self::Parts {
            stream: Box::pin(stream),
            length,
        }
    }

    /// Bytes in all, where that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Full(bytes) => Some(bytes.len() as u64),
            Self::Parts { length, .. } => *length,
        }
    }

    /// The whole body, which is left empty.
    ///
    /// # Errors
    /// [`Code::RequestTooLarge`] above `max` bytes; [`Code::BadRequest`] when the sender stops
    /// early.
    pub async fn collect(&mut self, max: usize) -> Result<Bytes> {
        match std::mem::replace(self, Self::empty()) {
            Self::Full(bytes) if bytes.len() > max => Err(Code::RequestTooLarge.into()),
            Self::Full(bytes) => Ok(bytes),
            Self::Parts { mut stream, .. } => {
                let mut whole = BytesMut::new();
                while let Some(part) = stream.next().await {
                    let part = part.map_err(|_| Error::from(Code::BadRequest))?;
                    if whole.len() + part.len() > max {
                        return Err(Code::RequestTooLarge.into());
                    }
                    whole.extend_from_slice(&part);
                }
                Ok(whole.freeze())
            }
        }
    }

    /// The body as parts.
    pub fn into_stream(self) -> Pin<Box<dyn Stream<Item = anyhow::Result<Bytes>>>> {
        match self {
            Self::Full(bytes) => Box::pin(futures_util::stream::iter([Ok(bytes)])),
            Self::Parts { stream, .. } => stream,
        }
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyStream({:?} bytes)", self.length())
    }
}

impl From<Vec<u8>> for BodyStream {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Full(bytes.into())
    }
}
