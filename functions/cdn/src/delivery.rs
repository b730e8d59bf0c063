//! How files are answered, so that nothing in them can act for this origin.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use runtime::prelude::*;

/// What of the blob storage's answer a reader gets.
const PASSED: [HeaderName; 5] = [
    header::ACCEPT_RANGES,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::ETAG,
    header::LAST_MODIFIED,
];

/// What a browser may show in place; none of it can run script. The rest is downloaded.
const SHOWN: [&str; 8] = [
    "audio/",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/",
];

/// An image or a part of it. Its address names its content, so it can be kept for ever.
pub fn image(stored: Response) -> Response {
    guarded(stored, "public, max-age=31536000, immutable")
}

/// A user's file called `name`, or a part of it. It can be deleted, so caches keep it for a day.
///
/// # Errors
/// When the name cannot stand in a header, which no stored name does.
pub fn file(stored: Response, name: &str) -> Result<Response> {
    let mut answer = guarded(stored, "public, max-age=86400");
    let headers = answer.headers_mut();
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    if !SHOWN.iter().any(|shown| kind.starts_with(shown)) {
        let disposition = format!("attachment; filename=\"{name}\"");
        let disposition = HeaderValue::from_str(&disposition).map_err(anyhow::Error::from)?;
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(answer)
}

fn guarded(stored: Response, cache: &'static str) -> Response {
    let (parts, body) = stored.into_parts();
    let mut headers = HeaderMap::new();
    for name in PASSED {
        if let Some(value) = parts.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let mut fixed = |name, value| headers.insert(name, HeaderValue::from_static(value));
    fixed(header::CACHE_CONTROL, cache);
    fixed(
        header::CONTENT_SECURITY_POLICY,
        "sandbox; default-src 'none'",
    );
    fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Other sites may show the files, as they may Discord's.
    fixed(
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    );
    let mut answer = Response::new(body);
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = headers;
    answer
}
