//! What can be seen of a text, and which texts are as good as another one.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Whether nothing of the text can be seen: it is empty, or all of spaces, controls and characters
/// without a width. A name of these could not be clicked on, nor told from another one.
///
/// Joiners and variation selectors are allowed beside what can be seen: emoji are made with them.
///
/// See [Discord Docs/Usernames and Nicknames](https://discord.com/developers/docs/resources/user#usernames-and-nicknames).
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// A name without what cannot be seen at its ends: spaces of every kind, controls, and characters
/// without a width. Of a blank text nothing is left.
pub fn trimmed(text: &str) -> &str {
    if is_blank(text) {
        return "";
    }
    // The last emoji of a text may end with what chooses its variant.
    let trailing = |char| is_invisible(char) && !is_variant(char);
    text.trim_start_matches(is_invisible)
        .trim_end_matches(trailing)
}

/// What chooses how the character before it looks: variation selectors and the tags of flags.
fn is_variant(char: char) -> bool {
    matches!(
        char,
        '\u{180b}'..='\u{180d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text with each letter and its accents as one character, where there is one (NFC).
pub fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(text)
        .into_owned()
}

/// The text with each letter before its accents (NFD).
pub fn decomposed(text: &str) -> String {
    DecomposingNormalizerBorrowed::new_nfd()
        .normalize(text)
        .into_owned()
}

/// How a text may be spelled where case and the way of writing accents make no difference: for each
/// spelling, for each of its characters, those that are as good.
///
/// Case that changes the number of characters is not known: `ß` is not found as `SS`.
pub fn spellings(text: &str) -> Vec<Vec<String>> {
    let mut forms = vec![composed(text), decomposed(text)];
    forms.dedup();
    let alike = |form: &String| form.chars().map(alike).collect();
    forms.iter().map(alike).collect()
}

/// Letters that are lower case both, or both upper case, and the same letter.
const TWINS: [(char, char); 5] = [
    ('σ', 'ς'),
    ('μ', 'µ'),
    ('ß', '\u{1e9e}'),
    ('k', '\u{212a}'),
    ('å', '\u{212b}'),
];

/// A character, and those that differ from it in case alone.
fn alike(char: char) -> String {
    fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
        let first = chars.next();
        first.filter(|_| chars.next().is_none())
    }
    let upper = single(char.to_uppercase());
    let lower = single(char.to_lowercase());
    let folded = upper.and_then(|upper| single(upper.to_lowercase()));
    let mut found = String::from(char);
    let mut add = |other: char| {
        if !found.contains(other) {
            found.push(other);
        }
    };
    for other in [lower, upper, folded].into_iter().flatten() {
        add(other);
        for (one, twin) in TWINS {
            if [one, twin].contains(&other) {
                add(one);
                add(twin);
            }
        }
    }
    found
}

fn is_invisible(char: char) -> bool {
    char.is_whitespace()
        || char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_and_end_with_what_can_be_seen() {
        for (text, left) in [
            ("  a b\t", "a b"),
            ("\u{3000}a\u{a0}\u{200b}", "a"),
            ("\u{feff}\u{2060} 日 \u{3164}", "日"),
            ("❤\u{fe0f} ", "❤\u{fe0f}"),
            ("👨\u{200d}👩", "👨\u{200d}👩"),
            ("🏴\u{e0067}\u{e007f}", "🏴\u{e0067}\u{e007f}"),
            (" \u{fe0f}\u{200b}", ""),
            ("", ""),
        ] {
            assert_eq!(trimmed(text), left, "{text:?}");
        }
    }

    #[test]
    fn case_and_accents_are_spelled_in_several_ways() {
        let found = |prefix: &str, name: &str| {
            spellings(prefix).iter().any(|chars| {
                let name: Vec<char> = name.chars().collect();
                let mut pairs = chars.iter().zip(&name);
                name.len() >= chars.len() && pairs.all(|(alike, char)| alike.contains(*char))
            })
        };
        for (prefix, name) in [
            ("änne", "ÄNNE"),
            ("ÄN", "änne"),
            ("a\u{308}nne", "Änne"),
            ("änne", "A\u{308}NNE"),
            ("ΟΔΥΣΣΕΥΣ", "Οδυσσευς"),
            ("οδυσσευς", "ΟΔΥΣΣΕΥΣ"),
            ("ёлка", "Ёлка"),
            ("straße", "STRA\u{1e9e}E"),
            ("日", "日本"),
            ("", "a"),
        ] {
            assert!(found(prefix, name), "{prefix} {name}");
        }
        assert!(!found("anne", "änne") && !found("änne", "än") && !found("e", "é"));
    }

    #[test]
    fn zero_width_text_is_blank() {
        for blank in [
            "",
            " ",
            "\u{200b}\u{200d}",
            "\u{3164}",
            "\u{2800} \u{feff}",
            "\t\u{e0020}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for name in [
            "a",
            "\u{200b}a",
            "👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}",
            "日",
        ] {
            assert!(!is_blank(name), "{name:?}");
        }
    }
}
