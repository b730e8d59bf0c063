//! Unicode emoji: which texts are one.
//!
//! The table is generated: `cargo run -p model --example emoji` prints it. It is a text of a few
//! kilobytes because a library's lookup would add half a megabyte to every function that asks.

/// Every emoji in its fully qualified form, one a line.
static TABLE: &str = include_str!("unicode_emoji/emoji.txt");

/// What asks for the coloured form of a character. It may be left out.
const VARIATION_SELECTOR: char = '\u{fe0f}';

/// The fully qualified form of `text`, if it is one emoji.
pub fn find(text: &str) -> Option<&'static str> {
    TABLE.lines().find(|known| bare(known).eq(bare(text)))
}

fn bare(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|char| *char != VARIATION_SELECTOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_found_in_every_form_and_nothing_else_is() {
        assert_eq!(find("🔥"), Some("🔥"));
        assert_eq!(find("❤"), Some("❤\u{fe0f}"));
        assert_eq!(find("❤\u{fe0f}"), Some("❤\u{fe0f}"));
        assert_eq!(find("👍🏽"), Some("👍🏽"));
        assert_eq!(find("🇩🇪"), Some("🇩🇪"));
        assert_eq!(find("1\u{20e3}"), Some("1\u{fe0f}\u{20e3}"));
        for text in ["", "a", "1", "🔥🔥", "fire", "\u{fe0f}", "🇩", "🇽🇽", " 🔥"] {
            assert_eq!(find(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_table_is_up_to_date() {
        for emoji in emojis::iter().flat_map(|emoji| emoji.skin_tones().into_iter().flatten()) {
            assert_eq!(find(emoji.as_str()), Some(emoji.as_str()));
        }
        for emoji in emojis::iter() {
            assert_eq!(find(emoji.as_str()), Some(emoji.as_str()));
        }
    }
}
