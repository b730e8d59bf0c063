//! Which bytes of a blob a request asks for.

use http::header::{self, HeaderMap, HeaderValue};

/// The part of a blob.
#[derive(Debug, PartialEq, Eq)]
pub enum Requested {
    /// All of it.
    Whole,
    /// Some bytes, at least one.
    Part {
        /// The first byte's index.
        first: u64,
        /// How many.
        bytes: u64,
    },
    /// Bytes that it does not have.
    Impossible,
}

/// Reads `Range` and `If-Range`. Several ranges, other units and malformed ones are ignored, as a
/// server may: the answer is then the whole blob.
pub fn requested(headers: &HeaderMap, tag: &HeaderValue, length: u64) -> Requested {
    if headers
        .get(header::IF_RANGE)
        .is_some_and(|wanted| wanted != tag)
    {
        return Requested::Whole;
    }
    let range = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let range = range.and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        return Requested::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    match (number(first), number(last)) {
        (Ok(first), _) if first >= length => Requested::Impossible,
        (Ok(first), Ok(last)) if first <= last => part(first, last.min(length - 1)),
        (Ok(first), Err(_)) if last.is_empty() => part(first, length - 1),
        (Err(_), Ok(0)) if first.is_empty() => Requested::Impossible,
        (Err(_), Ok(_)) if first.is_empty() && length == 0 => Requested::Impossible,
        (Err(_), Ok(last)) if first.is_empty() => part(length.saturating_sub(last), length - 1),
        _ => Requested::Whole,
    }
}

fn part(first: u64, last: u64) -> Requested {
    Requested::Part {
        first,
        bytes: last - first + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str, length: u64) -> Requested {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, text.parse().unwrap());
        requested(&headers, &HeaderValue::from_static("\"a\""), length)
    }

    #[test]
    fn one_range_of_bytes_is_understood() {
        assert_eq!(range("bytes=0-3", 10), part(0, 3));
        assert_eq!(range("bytes=4-99", 10), part(4, 9));
        assert_eq!(range("bytes=4-", 10), part(4, 9));
        assert_eq!(range("bytes=-3", 10), part(7, 9));
        assert_eq!(range("bytes=-30", 10), part(0, 9));
    }

    #[test]
    fn unsatisfiable_and_ignored_ranges_differ() {
        for impossible in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert_eq!(range(impossible, 10), Requested::Impossible, "{impossible}");
        }
        assert_eq!(range("bytes=0-", 0), Requested::Impossible);
        assert_eq!(range("bytes=-1", 0), Requested::Impossible);
        for ignored in [
            "bytes=3-2",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=-",
            "bytes=a-b",
        ] {
            assert_eq!(range(ignored, 10), Requested::Whole, "{ignored}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_ignored() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-1"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        let tag = HeaderValue::from_static("\"a\"");
        assert_eq!(requested(&headers, &tag, 10), Requested::Whole);
    }
}
