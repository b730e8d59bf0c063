//! A request as handlers' argument types read it.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use model::Id;

use crate::{BodyStream, Error, Result, address};

/// An incoming request whose path matched.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as it was sent.
    pub path: String,
    /// What follows `?`, empty if nothing does.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The path's parameters, percent-decoded, in order.
    pub params: Vec<(&'static str, String)>,
    /// The body.
    pub body: BodyStream,
    /// The body once it was read as a whole.
    pub kept: Kept,
}

/// A body that was read, for when its request is handled once more.
#[derive(Debug, Clone, Default)]
pub struct Kept(Arc<OnceLock<Bytes>>);

impl Kept {
    /// Keeps the whole body.
    pub(crate) fn keep(&self, body: &Bytes) {
        // The earlier snapshot is the same.
        self.0.get_or_init(|| body.clone());
    }
}

impl Request {
    /// Makes the request whole again, to be handled once more; not one whose body was streamed and
    /// is gone.
    pub(crate) fn rewind(&mut self) -> bool {
        if let Some(body) = self.kept.0.get() {
            self.body = BodyStream::Full(body.clone());
        }
        let streamed = self.content_type();
        !streamed.is_some_and(|mime| mime.starts_with("multipart/"))
    }

    /// The path and what follows it, as it was sent.
    pub fn path_and_query(&self) -> String {
        match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// A header's text, `None` when it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The content type without its parameters, in lower case.
    pub fn content_type(&self) -> Option<String> {
        let text = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let kind = text.split(';').next().unwrap_or_default();
        Some(kind.trim().to_ascii_lowercase())
    }

    /// The path parameter of this name.
    ///
    /// # Errors
    /// An internal error when the path has no such parameter: the route file is wrong.
    pub fn param(&self, name: &str) -> Result<&str> {
        self.params
            .iter()
            .find_map(|(known, value)| (*known == name).then_some(value.as_str()))
            .ok_or_else(|| anyhow::anyhow!("{} has no parameter {name}", self.path).into())
    }

    /// The path parameter of this name as an id.
    ///
    /// # Errors
    /// Code 50035, as Discord's, when it is not a snowflake.
    pub fn id<T>(&self, name: &'static str) -> Result<Id<T>> {
        let text = self.param(name)?;
        text.parse().map_err(|_| not_a_snowflake(name, text))
    }

    /// The address of the client, as the host saw it.
    pub fn client_ip(&self) -> Option<IpAddr> {
        address::parse(self.header("x-forwarded-for")?.split(',').next()?)
    }

    /// The moderator's reason, decoded and cut to Discord's length.
    ///
    /// See [Discord Docs/Audit Log Reason](https://discord.com/developers/docs/resources/audit-log#audit-log-entry-object).
    ///
    /// # Errors
    /// Code 50035 when it is longer than 512 characters.
    pub fn audit_log_reason(&self) -> Result<Option<String>> {
        let Some(raw) = self.headers.get("x-audit-log-reason") else {
            return Ok(None);
        };
        let decoded = percent_encoding::percent_decode(raw.as_bytes()).decode_utf8_lossy();
        let max = model::limits::AUDIT_LOG_REASON_CHARS_MAX;
        if decoded.chars().count() > max {
            return Err(Error::field(
                &["reason"],
                "BASE_TYPE_MAX_LENGTH",
                format!("Must be {max} or fewer in length."),
            ));
        }
        Ok((!decoded.trim().is_empty()).then(|| decoded.into_owned()))
    }
}

fn not_a_snowflake(name: &str, text: &str) -> Error {
    Error::field(
        &[name],
        "NUMBER_TYPE_COERCE",
        format!(
            "Value \"{}\" is not snowflake.",
            text.chars().take(64).collect::<String>()
        ),
    )
}
