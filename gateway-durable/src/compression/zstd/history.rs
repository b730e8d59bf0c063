//! The compressor of one connection, from zstd's own library.

use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, ErrorCode, InBuffer, OutBuffer, Strategy};

use super::{HEADER, Share};

/// The window: 8 KiB back, some eight messages. Measured with messages of a kilobyte: a ratio of
/// 7.1 with half of it, 7.7 with this, 8.1 with twice as much for 141 KiB instead of 87.
const WINDOW_LOG: u32 = 13;

/// Places for matches, which take 4 bytes each.
const HASH_LOG: u32 = 11;

/// Bytes that a compressor gives at once.
const OUT_BYTES: usize = 4096;

/// A compressor with what it remembers.
pub struct History {
    context: CCtx<'static>,
    /// Whether the header of the compressor's own frame was cut off.
    begun: bool,
    _share: Share,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("History")
    }
}

impl History {
    /// A compressor that remembers nothing. `None` when there is no memory for it.
    pub fn new(share: Share) -> Option<Self> {
        let mut context = CCtx::try_create()?;
        for parameter in [
            CParameter::CompressionLevel(1),
            CParameter::Strategy(Strategy::ZSTD_fast),
            CParameter::WindowLog(WINDOW_LOG),
            CParameter::HashLog(HASH_LOG),
            CParameter::ContentSizeFlag(false),
            CParameter::ChecksumFlag(false),
        ] {
            context.set_parameter(parameter).ok()?;
        }
        Some(Self {
            context,
            begun: false,
            _share: share,
        })
    }

    /// Adds the blocks of a message to `out`. After an error nothing may be compressed any more.
    pub fn compress(&mut self, message: &[u8], out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        let start = out.len();
        let mut input = InBuffer::around(message);
        let mut buffer = [0; OUT_BYTES];
        loop {
            let mut output = OutBuffer::around(&mut buffer[..]);
            let flush = ZSTD_EndDirective::ZSTD_e_flush;
            let left = self
                .context
                .compress_stream2(&mut output, &mut input, flush)?;
            out.extend_from_slice(output.as_slice());
            if left == 0 {
                break;
            }
        }
        if !std::mem::replace(&mut self.begun, true) {
            // The connection's frame has begun already. Nothing but the window may differ.
            let header = start..start + HEADER.len();
            if out.get(header.clone()).map(|it| &it[..5]) != Some(&HEADER[..5]) {
                return Err(0);
            }
            out.drain(header);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Budget, HISTORY_BYTES};
    use super::*;

    #[test]
    fn a_compressor_takes_no_more_than_it_is_counted_as() {
        let share = Budget::new(HISTORY_BYTES).take().unwrap();
        let mut history = History::new(share).unwrap();
        for _ in 0..10 {
            let text = "words and words and other words ".repeat(10_000);
            history.compress(text.as_bytes(), &mut Vec::new()).unwrap();
        }
        let taken = history.context.sizeof();
        assert!(taken <= HISTORY_BYTES, "{taken}");
    }
}
