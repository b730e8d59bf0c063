//! A request as handlers' argument types read it.

use std::net::IpAddr;

use http::{HeaderMap, Method};
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
}

impl Request {
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
