//! WebSocket framing of what the server sends: short heads, no masks.
//!
//! Messages are framed here rather than by tungstenite so that several of them go into one buffer
//! and one write, without a copy of each and without a buffer that stays behind in every idle
//! socket.
//!
//! See RFC 6455, section 5.2.

/// Bytes left free before a payload; heads of 2 or 10 bytes move it.
const HEAD_BYTES: usize = 4;

/// The final frame of a text message.
const TEXT: u8 = 0x81;

/// The final frame of a binary message.
const BINARY: u8 = 0x82;

/// Adds a message to `out` whose payload `write` adds; it says whether the message is binary.
pub fn message(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> bool) {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD_BYTES]);
    let binary = write(out);
    let length = out.len() - start - HEAD_BYTES;
    let first = if binary { BINARY } else { TEXT };
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => {
            out.splice(start..start + HEAD_BYTES, [first, short]);
        }
        (_, Ok(medium)) => {
            let [high, low] = medium.to_be_bytes();
            out[start..start + HEAD_BYTES].copy_from_slice(&[first, 126, high, low]);
        }
        _ => {
            let long = (length as u64).to_be_bytes();
            let head = [first, 127].into_iter().chain(long);
            out.splice(start..start + HEAD_BYTES, head);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};

    use super::*;

    #[test]
    fn another_implementation_reads_messages_of_all_sizes() {
        let sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
        let mut out = Vec::new();
        for size in sizes {
            message(&mut out, |out| {
                out.resize(out.len() + size, b'x');
                size % 2 == 1
            });
        }
        let mut socket = WebSocket::from_raw_socket(Cursor::new(out), Role::Client, None);
        for size in sizes {
            let message = socket.read().unwrap();
            assert_eq!(message.len(), size);
            assert_eq!(matches!(message, Message::Binary(_)), size % 2 == 1);
        }
    }
}
