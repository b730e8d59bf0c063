//! What hosts and [`Blobs`](crate::blobs::Blobs) agree upon: where blobs are, and their keys.

pub mod range;

/// Where a host answers for its blobs.
pub const ORIGIN: &str = "http://blobs.internal";
/// Bytes of a key.
const KEY_BYTES_MAX: usize = 512;
/// Bytes of one part of a key.
const SEGMENT_BYTES_MAX: usize = 200;
/// Whether a text is a key: parts of letters, digits, `_`, `-` and `.`, joined by slashes. No part
/// is empty or of dots alone, so a key cannot lead out of a folder.
pub fn is_key(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    key.len() <= KEY_BYTES_MAX
        && key.split('/').all(|segment| {
            segment.len() <= SEGMENT_BYTES_MAX
                && segment.bytes().all(allowed)
                && !segment.bytes().all(|byte| byte == b'.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_lead_out_of_the_folder() {
        for key in ["a", "attachments/1/2/cat.png", "avatars/1/a_0f", "a/..b"] {
            assert!(is_key(key), "{key}");
        }
        for key in [
            "", "/a", "a/", "a//b", ".", "a/../b", "a b", "a%2fb", "a?b", "ü", "a\0",
        ] {
            assert!(!is_key(key), "{key:?}");
        }
        assert!(!is_key(&"a".repeat(SEGMENT_BYTES_MAX + 1)));
        assert!(!is_key(&"a/".repeat(KEY_BYTES_MAX)));
    }
}
