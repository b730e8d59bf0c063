//! The frame of the pages that browsers are answered with, until there is a web client.
//!
//! They are plain HTML that works without scripts, in light and dark colours, and may load nothing:
//! what a guild or an application is called is text in them, however it is written.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use runtime::prelude::*;
use runtime::respond::{status_of, unless_known};
use runtime::{BodyStream, Respond};

/// The one style sheet.
const STYLE: &str = include_str!("page.css");
/// Its SHA-256, by which browsers know that it is ours.
///
/// See [CSP Level 3, hashes](https://www.w3.org/TR/CSP3/#external-hash).
const STYLE_HASH: &str = "sha256-ckukAtAUC+wHSR3ef36UbrAFFSp5QrEoAMjmZBmxB/k=";

/// What every answer to a browser says besides: nothing is guessed, and no other site is told where
/// the reader was.
const HEADERS: &[(HeaderName, &str)] = &[
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-cache"),
    (header::VARY, "accept"),
];

/// A page before it is put into its frame.
#[derive(Debug)]
pub struct Page {
    /// What is wrong with what was asked for, if anything.
    pub code: Option<Code>,
    /// The title, as plain text.
    pub title: String,
    /// What it says: HTML, made by [`fill`].
    pub main: String,
}

/// A page as it is answered.
#[derive(Debug)]
pub struct Shown(Response);

impl Respond for Shown {
    fn respond(self) -> Result<Response> {
        Ok(self.0)
    }

    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut runtime::openapi::Described<'_>) {
        operation.page(http::StatusCode::OK);
        operation.page(http::StatusCode::NOT_FOUND);
        operation.answer_without_body(http::StatusCode::NOT_MODIFIED);
    }
}

impl Page {
    /// The answer to a request for the page. A program that asks for JSON and not for HTML gets
    /// the error that it always got.
    ///
    /// # Errors
    /// [`Code::NotFound`] for such a program, or what is wrong with what it asked for.
    pub fn answer(self, asked: &HeaderMap) -> Result<Shown> {
        if !takes_html(asked) {
            return Err(self.code.unwrap_or(Code::NotFound).into());
        }
        let policy = format!("{} img-src 'self'", policy());
        let mut answer = text(self.framed(), "text/html; charset=utf-8", &policy)?;
        let Some(code) = self.code else {
            return Ok(Shown(unless_known(answer, asked)));
        };
        answer.headers_mut().remove(header::ETAG);
        *answer.status_mut() = status_of(code);
        Ok(Shown(answer))
    }

    /// The whole document.
    pub fn framed(&self) -> String {
        format!(
            include_str!("page.html"),
            title = escaped(&self.title),
            style = STYLE,
            main = self.main
        )
    }
}

/// What every page may do: nothing but look as it does.
pub fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{STYLE_HASH}'; form-action 'none'; \
         frame-ancestors 'none'; base-uri 'none';"
    )
}

/// A text of this media type, as browsers are answered, with a tag of its contents.
///
/// # Errors
/// When the type or the policy cannot be a header.
pub fn text(contents: String, media_type: &str, policy: &str) -> Result<Response> {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let mut answer = Response::new(BodyStream::from(contents.into_bytes()));
    let own = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::ETAG, &tag),
    ];
    for (name, value) in HEADERS.iter().cloned().chain(own) {
        let value = HeaderValue::from_str(value).map_err(anyhow::Error::from)?;
        answer.headers_mut().insert(name, value);
    }
    Ok(answer)
}

/// The template with a text in place of each `{{name}}`. Whatever the texts hold, they are no HTML.
pub fn fill(template: &str, texts: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let text = texts.iter().find(|(known, _)| *known == name);
        debug_assert!(text.is_some(), "nothing is said for {name}");
        filled += before;
        filled += &escaped(text.map_or("", |(_, text)| text));
        rest = after;
    }
    filled + rest
}

/// Text as HTML says it, also within an attribute's quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

/// Whether HTML is welcome: browsers name it, and most programs name nothing.
fn takes_html(asked: &HeaderMap) -> bool {
    let accepted = asked.get_all(header::ACCEPT).iter();
    let accepted: Vec<_> = accepted.filter_map(|it| it.to_str().ok()).collect();
    let names = |media_type: &str| accepted.iter().any(|it| it.contains(media_type));
    names("text/html") || !names("json")
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    /// The hash of a text as a policy names it.
    pub(crate) fn hash(text: &str) -> String {
        format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
    }

    #[test]
    fn the_policy_knows_the_style_and_the_frame_has_it_unchanged() {
        assert_eq!(STYLE_HASH, hash(STYLE));
        let page = Page {
            code: None,
            title: "<b>".to_owned(),
            main: "<main></main>".to_owned(),
        };
        let framed = page.framed();
        assert!(framed.contains(&format!("<style>{STYLE}</style>")));
        assert!(framed.contains("<title>&lt;b&gt;</title>"));
    }

    #[test]
    fn a_text_that_is_filled_in_is_no_html_and_no_template() {
        let filled = fill(
            "<p title=\"{{a}}\">{{b}}</p>",
            &[("a", "\"><script>'&"), ("b", "{{a}}")],
        );
        let expected = "<p title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\">{{a}}</p>";
        assert_eq!(filled, expected);
    }

    #[test]
    fn a_program_that_wants_json_alone_gets_no_page() {
        let takes = |accept: Option<&'static str>| {
            let accept = accept.map(|it| (header::ACCEPT, HeaderValue::from_static(it)));
            takes_html(&accept.into_iter().collect())
        };
        assert!(takes(None));
        assert!(takes(Some("*/*")));
        assert!(takes(Some("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(takes(Some("application/json, text/html")));
        assert!(!takes(Some("application/json")));
        assert!(!takes(Some("application/json, */*")));
    }
}
