//! Names of files.

/// Bytes of a stored name.
const NAME_BYTES_MAX: usize = 128;

/// The name under which a file is stored and linked, of letters, digits, `_`, `-` and `.`; and the
/// given name without its ending, where that lost more than spaces.
pub fn stored(given: &str) -> (String, Option<String>) {
    let given = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let spaced: String = given.split_whitespace().collect::<Vec<_>>().join("_");
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let kept: String = spaced.chars().filter(allowed).collect();
    let (stem, ending) = split(&kept);
    let stem = if stem.trim_matches('.').is_empty() {
        "unknown"
    } else {
        stem
    };
    let ending = &ending[..ending.len().min(NAME_BYTES_MAX / 2)];
    let stem = &stem[..stem.len().min(NAME_BYTES_MAX - ending.len())];
    let title = (kept != spaced).then(|| split(given).0.chars().take(1024).collect());
    (format!("{stem}{ending}"), title)
}

/// A name before its last point, and the rest with the point.
fn split(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('.').unwrap_or(name.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_keeps_what_a_key_can_have() {
        for (given, name, title) in [
            ("cat.png", "cat.png", None),
            ("my cat.png", "my_cat.png", None),
            ("Käse (1).tar.gz", "Kse_1.tar.gz", Some("Käse (1).tar")),
            ("日本.png", "unknown.png", Some("日本")),
            ("../../etc/passwd", "passwd", None),
            ("C:\\a\\b.txt", "b.txt", None),
            ("", "unknown", None),
            ("..", "unknown.", None),
            ("noext", "noext", None),
        ] {
            assert_eq!(
                stored(given),
                (name.to_owned(), title.map(str::to_owned)),
                "{given:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_name_becomes_part_of_a_key(given in ".{0,400}") {
            let (name, _) = stored(&given);
            prop_assert!(runtime::blobs::is_key(&name), "{name:?}");
            prop_assert!(!name.contains('/'));
        }
    }
}
