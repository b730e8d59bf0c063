//! Whether an image moves, told without decoding it.

/// Bytes of a GIF's signature and screen, before its global colours.
const GIF_HEAD_BYTES: usize = 13;

/// Whether a GIF has more than one frame.
pub fn gif_moves(gif: &[u8]) -> bool {
    frames_begin(gif)
        .and_then(|at| second_frame(gif, at))
        .is_some()
}

/// Where the blocks begin, behind the global colours.
fn frames_begin(gif: &[u8]) -> Option<usize> {
    Some(GIF_HEAD_BYTES + color_table_bytes(*gif.get(10)?))
}

/// Bytes of the colours that a screen's or frame's flags announce.
fn color_table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// Where the second frame begins; `None` when the blocks end before.
fn second_frame(gif: &[u8], mut at: usize) -> Option<usize> {
    let mut frames = 0;
    loop {
        match *gif.get(at)? {
            // An extension: a label and sub-blocks.
            0x21 => at = skip_sub_blocks(gif, at + 2)?,
            // A frame: place and size, flags, colours, a code size and sub-blocks.
            0x2c => {
                frames += 1;
                if frames == 2 {
                    return Some(at);
                }
                at = skip_sub_blocks(gif, at + 11 + color_table_bytes(*gif.get(at + 9)?))?;
            }
            _ => return None,
        }
    }
}

fn skip_sub_blocks(gif: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let bytes = usize::from(*gif.get(at)?);
        at += 1 + bytes;
        if bytes == 0 {
            return Some(at);
        }
    }
}

/// Whether a WebP says that it is animated: the second bit of the extended header's flags.
///
/// See [RFC 9649](https://www.rfc-editor.org/rfc/rfc9649#name-extended-file-format).
pub fn webp_moves(webp: &[u8]) -> bool {
    webp.get(12..16) == Some(b"VP8X") && webp.get(20).is_some_and(|flags| flags & 2 != 0)
}
