//! `zstd-stream` in Raw blocks: a valid stream without a compressor.
//!
//! A connection is one zstd frame. The blocks of two frames cannot be put together when they are
//! compressed, since a block may refer to offsets of the block before it; Raw blocks always can,
//! need no state and are flushed by nature. Nothing is saved on the wire: clients that insist on
//! zstd get a stream that is right, and their compression from a proxy or none.
//!
//! See RFC 8878 and [Discord Docs/Zstd-stream](https://discord.com/developers/docs/events/gateway#zstd-stream).

use crate::encoding::json;
use crate::payload::Frame;

/// The magic number, then a frame header: no content size, no checksum, no dictionary, a window of
/// 128 KiB (exponent 7 above 10, mantissa 0).
const HEADER: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3];

/// Bytes of a block, which may not exceed the window.
const BLOCK_MAX: usize = 128 * 1024;

/// Adds the next message of a stream to `out`; `first` when nothing was written to it yet.
pub fn encode(frame: &Frame, first: bool, out: &mut Vec<u8>) {
    let mut message = Vec::new();
    json::encode(frame, &mut message);
    blocks(&message, first, out);
}

fn blocks(message: &[u8], first: bool, out: &mut Vec<u8>) {
    let count = message.len().div_ceil(BLOCK_MAX);
    out.reserve(HEADER.len() + 3 * count + message.len());
    if first {
        out.extend_from_slice(&HEADER);
    }
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

    use super::*;

    #[test]
    fn a_standard_decoder_reads_many_messages_of_all_sizes() {
        let sizes = [1, 40, 700, BLOCK_MAX, BLOCK_MAX + 1, 3 * BLOCK_MAX];
        let (mut stream, mut plain) = (Vec::new(), Vec::new());
        for (i, size) in (0..200)
            .flat_map(|i| sizes.map(|s| (i, s)))
            .take(300)
            .enumerate()
        {
            let message: Vec<u8> = (0..size.1).map(|b| (b % 251) as u8).collect();
            blocks(&message, i == 0, &mut stream);
            plain.extend(message);
        }
        // This decoder holds back a window of output until the frame ends, which ours never do.
        stream.extend([1, 0, 0]);
        let mut decoder = ruzstd::decoding::StreamingDecoder::new(&stream[..]).unwrap();
        let mut out = vec![0; plain.len()];
        decoder.read_exact(&mut out).unwrap();
        assert!(out == plain);
    }
}
