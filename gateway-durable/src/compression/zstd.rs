//! `zstd-stream`: with a history while there is memory for it, in Raw blocks without.
//!
//! A connection is one zstd frame. The blocks of two frames cannot be put together when they are
//! compressed, since a block may refer to offsets of the block before it, so bodies cannot be
//! shared as with zlib. A connection that sends events has a compressor of its own, whose memory a
//! [`Budget`] for the whole process bounds. Raw blocks need no state and may follow after any
//! block: they are what a connection gets before its first event, when the budget is spent, and
//! where there is no compressor (on Workers).
//!
//! See RFC 8878 and [Discord Docs/Zstd-stream](https://discord.com/developers/docs/events/gateway#zstd-stream).

#[cfg(feature = "zstd")]
mod history;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::encoding::Encoding;
use crate::payload::Frame;

/// The magic number, then a frame header: no content size, no checksum, no dictionary, a window of
/// 128 KiB (exponent 7 above 10, mantissa 0).
const HEADER: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3];

/// Bytes of a block, which may not exceed the window.
const BLOCK_MAX: usize = 128 * 1024;

/// Bytes that a compressor is counted as; it takes somewhat less.
pub const HISTORY_BYTES: usize = 96 * 1024;

/// What the compressors of a process may take together.
#[derive(Debug, Clone, Default)]
pub struct Budget(Arc<AtomicUsize>);

impl Budget {
    /// So many bytes. Those of [`Self::default`] are none.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// What is left of it.
    pub fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes the bytes of one compressor, which come back when the share is dropped.
    #[cfg(feature = "zstd")]
    fn take(&self) -> Option<Share> {
        let less = |left: usize| left.checked_sub(HISTORY_BYTES);
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok().then(|| Share(self.clone()))
    }
}

/// One compressor's part of the budget.
#[cfg(feature = "zstd")]
#[derive(Debug)]
struct Share(Budget);

#[cfg(feature = "zstd")]
impl Drop for Share {
    fn drop(&mut self) {
        self.0.0.fetch_add(HISTORY_BYTES, Ordering::Relaxed);
    }
}

/// The stream of one connection.
#[derive(Debug)]
pub struct Stream {
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Nothing was written.
    New(Budget),
    /// Only Raw blocks were written, and no event.
    #[cfg(feature = "zstd")]
    Greeted(Budget),
    /// Every message goes through a compressor.
    #[cfg(feature = "zstd")]
    Compressing(history::History),
    /// Raw blocks until the end.
    Raw,
}

impl Stream {
    /// A stream of which nothing is written. Its compressor will be of the budget.
    pub fn new(budget: Budget) -> Self {
        let stage = Stage::New(budget);
        Self { stage }
    }

    /// A stream that was begun by another one, which is gone with its history.
    pub fn resumed() -> Self {
        let stage = Stage::Raw;
        Self { stage }
    }

    /// Adds the next message to `out`.
    pub fn encode(&mut self, encoding: Encoding, frame: &Frame, out: &mut Vec<u8>) {
        let mut message = Vec::new();
        encoding.encode(frame, &mut message);
        self.advance(matches!(frame, Frame::Dispatch { .. }), out);
        #[cfg(feature = "zstd")]
        if let Stage::Compressing(history) = &mut self.stage {
            let before = out.len();
            if history.compress(&message, out).is_ok() {
                return;
            }
            // Raw blocks may follow after what is whole.
            out.truncate(before);
            self.stage = Stage::Raw;
        }
        blocks(&message, out);
    }

    /// Begins the stream, and with the first event its compression: a socket that never identifies
    /// gets no compressor.
    fn advance(&mut self, event: bool, out: &mut Vec<u8>) {
        if let Stage::New(budget) = &self.stage {
            out.extend_from_slice(&HEADER);
            self.stage = Stage::after_header(budget.clone());
        }
        #[cfg(feature = "zstd")]
        if let (Stage::Greeted(budget), true) = (&self.stage, event) {
            let history = budget.take().and_then(history::History::new);
            self.stage = history.map_or(Stage::Raw, Stage::Compressing);
        }
        #[cfg(not(feature = "zstd"))]
        let _ = event;
    }
}

impl Stage {
    #[cfg(feature = "zstd")]
    fn after_header(budget: Budget) -> Self {
        Self::Greeted(budget)
    }

    #[cfg(not(feature = "zstd"))]
    fn after_header(_: Budget) -> Self {
        Self::Raw
    }
}

fn blocks(message: &[u8], out: &mut Vec<u8>) {
    out.reserve(3 * message.len().div_ceil(BLOCK_MAX) + message.len());
    for chunk in message.chunks(BLOCK_MAX) {
        // Bit 0: not the last block. Bits 1 and 2: Raw, which is 0. Then the size.
        let header = (chunk.len() as u32) << 3;
        out.extend_from_slice(&header.to_le_bytes()[..3]);
        out.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use model::event::EventKind;

    use super::*;
    use crate::payload::Payload;

    fn frames() -> Vec<Frame> {
        let hello = Frame::Hello {
            heartbeat_interval_ms: 41_250,
        };
        let sizes = [0, 40, 700, 5000, BLOCK_MAX, 3 * BLOCK_MAX, 90];
        let dispatches = (1..60).zip(sizes.into_iter().cycle()).map(|(seq, size)| {
            let text: String = (0..size)
                .map(|at| char::from(b'a' + (at * seq as usize / 7 % 26) as u8))
                .collect();
            Frame::Dispatch {
                kind: EventKind::MessageCreate,
                seq,
                payload: Payload::shared(format!(r#"{{"content":"{text}"}}"#)),
            }
        });
        std::iter::once(hello).chain(dispatches).collect()
    }

    fn check(mut stream: Stream) -> (usize, usize) {
        let (mut written, mut plain) = (Vec::new(), Vec::new());
        for frame in frames() {
            stream.encode(Encoding::Json, &frame, &mut written);
            Encoding::Json.encode(&frame, &mut plain);
        }
        // This decoder holds back a window of output until the frame ends, which ours never do.
        written.extend([1, 0, 0]);
        let mut decoder = ruzstd::decoding::StreamingDecoder::new(&written[..]).unwrap();
        let mut out = vec![0; plain.len()];
        decoder.read_exact(&mut out).unwrap();
        assert!(out == plain);
        (written.len(), plain.len())
    }

    #[test]
    fn a_standard_decoder_reads_raw_blocks_of_all_sizes() {
        let (written, plain) = check(Stream::new(Budget::default()));
        assert!(written > plain);
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn a_standard_decoder_reads_what_was_compressed_after_raw_blocks() {
        let budget = Budget::new(HISTORY_BYTES);
        let (written, plain) = check(Stream::new(budget.clone()));
        assert!(written < plain / 2, "{written} of {plain}");
        assert_eq!(budget.left(), HISTORY_BYTES, "it is given back");
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn an_exhausted_budget_yields_raw_blocks() {
        let budget = Budget::new(2 * HISTORY_BYTES - 1);
        let event = &frames()[1];
        let mut first = Stream::new(budget.clone());
        first.encode(Encoding::Json, &Frame::HeartbeatAck, &mut Vec::new());
        assert_eq!(budget.left(), 2 * HISTORY_BYTES - 1, "nobody needs it yet");
        first.encode(Encoding::Json, event, &mut Vec::new());
        assert!(budget.left() < HISTORY_BYTES);
        check(Stream::new(budget.clone()));
        drop(first);
        assert_eq!(budget.left(), 2 * HISTORY_BYTES - 1);
    }
}
