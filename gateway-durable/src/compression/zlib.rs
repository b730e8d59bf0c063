//! `zlib-stream` whose messages share their compressed bodies.
//!
//! One stream is the two bytes of a zlib header and then, for every message, DEFLATE blocks: stored
//! blocks with what only this receiver gets, and the blocks of the shared body, compressed once
//! without reference to anything before it. A sync flush (an empty stored block) ends each message,
//! as Discord promises, and leaves the stream at a byte boundary, which is what makes it possible
//! to put such pieces together. The stream never ends, so it needs no checksum.
//!
//! See RFC 1950, RFC 1951 and [Discord Docs/Zlib-stream](https://discord.com/developers/docs/events/gateway#zlib-stream).

use adler2::Adler32;

use crate::encoding::Encoding;
use crate::payload::Frame;

/// Deflate with a 32 KiB window and the default level; a multiple of 31, as the header must be.
const HEADER: [u8; 2] = [0x78, 0x9c];

/// An empty stored block, which is what a sync flush is.
const SYNC_FLUSH: [u8; 5] = [0, 0, 0, 0xff, 0xff];

/// The last block of a stream that ends: an empty stored one.
const END: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// Bytes of a stored block.
const STORED_MAX: usize = 0xffff;

/// Adds the next message of a stream to `out`; `first` when nothing was written to it yet.
pub fn encode(encoding: Encoding, frame: &Frame, first: bool, out: &mut Vec<u8>) {
    if first {
        out.extend_from_slice(&HEADER);
    }
    let mut head = Vec::new();
    if let Some(payload) = encoding.head(frame, &mut head) {
        let shared = encoding.deflated(&payload.shared);
        out.reserve(head.len() + 5 * head.len().div_ceil(STORED_MAX) + shared.len());
        store(out, &head);
        out.extend_from_slice(shared);
    } else {
        store(out, &head);
        out.extend_from_slice(&SYNC_FLUSH);
    }
}

/// Adds the frame to `out` as a stream of its own that ends, with its checksum: what a client gets
/// that asked for `compress` when it identified.
pub fn encode_whole(encoding: Encoding, frame: &Frame, out: &mut Vec<u8>) {
    encode(encoding, frame, true, out);
    out.extend_from_slice(&END);
    let mut message = Vec::new();
    encoding.encode(frame, &mut message);
    let mut sum = Adler32::new();
    sum.write_slice(&message);
    out.extend_from_slice(&sum.checksum().to_be_bytes());
}

fn store(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.chunks(STORED_MAX) {
        let length = chunk.len() as u16;
        // Not the last block, and stored: three zero bits, then zeros up to the byte's end.
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flate2::{Decompress, FlushDecompress};
    use model::event::EventKind;

    use super::*;
    use crate::deflate::Deflater;
    use crate::payload::{Body, Payload};

    /// Inflates one message of a stream as a client does.
    fn inflate(stream: &mut Decompress, message: &[u8]) -> String {
        assert!(message.ends_with(&[0, 0, 0xff, 0xff]));
        let mut out = Vec::with_capacity(1 << 20);
        let before = stream.total_in();
        stream
            .decompress_vec(message, &mut out, FlushDecompress::Sync)
            .unwrap();
        assert_eq!(stream.total_in() - before, message.len() as u64);
        String::from_utf8(out).unwrap()
    }

    fn encoded(frame: &Frame, first: bool) -> Vec<u8> {
        let mut out = Vec::new();
        encode(Encoding::Json, frame, first, &mut out);
        out
    }

    fn plain(frame: &Frame) -> Vec<u8> {
        let mut out = Vec::new();
        Encoding::Json.encode(frame, &mut out);
        out
    }

    fn dispatch(seq: u64, own: &str, shared: &Arc<Body>) -> Frame {
        let own = (!own.is_empty()).then(|| Arc::from(own));
        let shared = shared.clone();
        Frame::Dispatch {
            kind: EventKind::MessageCreate,
            seq,
            payload: Payload { own, shared },
        }
    }

    #[test]
    fn a_standard_inflater_reads_thousands_of_spliced_messages() {
        let mut streams = [Decompress::new(true), Decompress::new(true)];
        let mut deflater = Deflater::new();
        let mut state = 1_u64;
        for seq in 0..5000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let length = (state >> 33) as usize % 2000;
            let text: String = (0..length)
                .map(|i| char::from(b'a' + ((state >> (i % 40)) % 23) as u8))
                .collect();
            let own = if seq % 7 == 0 { r#"{"own":1,"# } else { "{" };
            let body = Body::new(format!(r#""content":"{text}"}}"#));
            if seq % 2 == 0 {
                body.deflate(&mut deflater);
            }
            for (receiver, stream) in streams.iter_mut().enumerate() {
                let frame = dispatch(seq + receiver as u64, own, &body);
                let message = encoded(&frame, seq == 0);
                let text = String::from_utf8(plain(&frame)).unwrap();
                assert_eq!(inflate(stream, &message), text, "message {seq}");
            }
        }
    }

    #[test]
    fn large_parts_of_one_receiver_span_stored_blocks() {
        let own = format!(r#"{{"own":"{}","#, "x".repeat(200_000));
        let frame = dispatch(1, &own, &Body::new(r#""a":1}"#));
        let text = inflate(&mut Decompress::new(true), &encoded(&frame, true));
        assert_eq!(text.as_bytes(), plain(&frame));
    }

    #[test]
    fn frames_that_are_no_dispatch_are_flushed_too() {
        let mut stream = Decompress::new(true);
        let hello = Frame::Hello {
            heartbeat_interval_ms: 41_250,
        };
        assert!(inflate(&mut stream, &encoded(&hello, true)).contains("41250"));
        let ack = encoded(&Frame::HeartbeatAck, false);
        assert!(inflate(&mut stream, &ack).contains("\"op\":11"));
    }

    #[test]
    fn large_bodies_are_compressed_whole() {
        let body = Body::new(format!("[{}0]", "123456789,".repeat(100_000)));
        let frame = dispatch(1, "", &body);
        let message = encoded(&frame, true);
        assert!(message.len() < 20_000, "{}", message.len());
        let mut out = Vec::with_capacity(2_000_000);
        Decompress::new(true)
            .decompress_vec(&message, &mut out, FlushDecompress::Sync)
            .unwrap();
        assert_eq!(out, plain(&frame));
    }

    #[test]
    fn a_payload_by_itself_ends_with_its_checksum() {
        use std::io::Read;

        for encoding in [Encoding::Json, Encoding::Etf] {
            let body = Body::new(format!(r#""content":"{}"}}"#, "words and ".repeat(2000)));
            let frame = dispatch(9, r#"{"own":1,"#, &body);
            let (mut packed, mut expected) = (Vec::new(), Vec::new());
            encode_whole(encoding, &frame, &mut packed);
            encoding.encode(&frame, &mut expected);
            assert!(packed.len() < expected.len() / 10);
            let mut out = Vec::new();
            let mut decoder = flate2::read::ZlibDecoder::new(&packed[..]);
            decoder.read_to_end(&mut out).unwrap();
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn terms_are_spliced_like_text() {
        let mut stream = Decompress::new(true);
        let body = Body::new(r#""content":"hello"}"#);
        for seq in 1..100 {
            let frame = dispatch(seq, r#"{"own":1,"#, &body);
            let mut message = Vec::new();
            encode(Encoding::Etf, &frame, seq == 1, &mut message);
            let mut expected = Vec::new();
            Encoding::Etf.encode(&frame, &mut expected);
            let mut out = Vec::with_capacity(1 << 16);
            stream
                .decompress_vec(&message, &mut out, FlushDecompress::Sync)
                .unwrap();
            assert_eq!(out, expected);
        }
    }
}
