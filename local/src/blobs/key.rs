//! Keys of blobs and the files that hold them.

use std::path::PathBuf;

/// Bytes of a key.
const KEY_BYTES_MAX: usize = 512;

/// The file of the key that a request's path names, below the folder of blobs.
///
/// A key is segments of letters, digits, `_`, `-` and `.`, joined by slashes. The segments before
/// the last are folders; their names end in `+`, so that a blob `a` and a blob `a/b` can both be.
pub fn file_path(path: &str) -> Option<PathBuf> {
    let key = path.strip_prefix('/')?;
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let mut file = PathBuf::new();
    let mut segments = key.split('/').peekable();
    while let Some(segment) = segments.next() {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let dots = segment.bytes().all(|byte| byte == b'.');
        if dots || segment.len() > 200 || !segment.bytes().all(allowed) {
            return None;
        }
        if segments.peek().is_some() {
            file.push(format!("{segment}+"));
        } else {
            file.push(segment);
        }
    }
    Some(file)
}

/// The folder of the blobs below a key, for a path that is the key's and a slash.
pub fn folder_path(path: &str) -> Option<PathBuf> {
    let key = path.strip_suffix('/')?;
    let mut folder = file_path(key)?.into_os_string();
    folder.push("+");
    Some(folder.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_below_the_folder() {
        let file = file_path("/attachments/1/cat.png").unwrap();
        assert_eq!(file, PathBuf::from("attachments+/1+/cat.png"));
        for wrong in [
            "", "/", "a", "/a/", "//a", "/a/../b", "/.", "/a b", "/a%2fb", "/a\0", "/ü",
        ] {
            assert_eq!(file_path(wrong), None, "{wrong}");
        }
        assert_eq!(file_path(&format!("/{}", "a/".repeat(300) + "a")), None);
        let folder = folder_path("/variants/a/").unwrap();
        assert_eq!(folder, PathBuf::from("variants+/a+"));
        for wrong in ["/", "//", "/a", "/../", "a/"] {
            assert_eq!(folder_path(wrong), None, "{wrong}");
        }
    }
}
