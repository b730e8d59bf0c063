//! Prints the table of `unicode_emoji.rs`.

use std::collections::BTreeSet;

fn main() {
    let plain = emojis::iter();
    let toned = emojis::iter().flat_map(|emoji| emoji.skin_tones().into_iter().flatten());
    let all: BTreeSet<_> = plain.chain(toned).map(emojis::Emoji::as_str).collect();
    for emoji in all {
        println!("{emoji}");
    }
}
