//! Texts that are good for a few uses: tickets and backup codes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runtime::Cx;

/// Letters and digits that are not mistaken for one another, so that every byte gives one evenly.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A ticket's text: 256 bits that fit in a URL.
pub fn ticket(cx: &Cx) -> String {
    URL_SAFE_NO_PAD.encode(cx.random::<32>())
}

/// `N` letters and digits for a person to copy.
pub fn code<const N: usize>(cx: &Cx) -> String {
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte) % LETTERS.len()]);
    cx.random::<N>().into_iter().map(letter).collect()
}
