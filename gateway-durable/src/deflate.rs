//! DEFLATE blocks of what several connections share.
//!
//! Each piece is compressed without reference to anything before it, so any stream may contain it.
//! See RFC 1951.

use flate2::{Compress, FlushCompress};

/// A compressor. It takes some 300 KiB, so it is kept and used again.
pub struct Deflater(Compress);

impl Deflater {
    /// A new compressor.
    pub fn new() -> Self {
        Self(Compress::new(flate2::Compression::default(), false))
    }
}

impl Default for Deflater {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Deflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Deflater")
    }
}

/// The blocks of something that is shared, in parts, ended by a sync flush.
pub fn deflate(deflater: &mut Deflater, parts: &[&[u8]]) -> Box<[u8]> {
    let compress = &mut deflater.0;
    compress.reset();
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length / 2 + 64);
    for part in parts {
        run(compress, part, FlushCompress::None, &mut out);
    }
    run(compress, &[], FlushCompress::Sync, &mut out);
    out.into_boxed_slice()
}

fn run(compress: &mut Compress, mut input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
    loop {
        let before = compress.total_in();
        // Its only error is a parameter that is wrong, and ours are constants.
        let _ = compress.compress_vec(input, out, flush);
        input = &input[(compress.total_in() - before) as usize..];
        // A flush is complete when it leaves room in the output.
        if input.is_empty() && out.len() < out.capacity() {
            return;
        }
        out.reserve(256.max(out.len() / 2));
    }
}
