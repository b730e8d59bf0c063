//! Which hosts a function may send requests to, as `allowed_outbound_hosts` says.

use std::net::IpAddr;

use anyhow::{Context, Result};
use http::Uri;

/// The hosts of one function.
#[derive(Debug, Clone, Default)]
pub struct AllowList(Vec<Rule>);

/// One entry, such as `https://*.example.com:443`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `None` for `*`.
    scheme: Option<String>,
    /// A name, `*` or `*.` and a name.
    host: String,
    /// `None` for `*`.
    port: Option<u16>,
}

impl AllowList {
    /// Reads the entries of a manifest.
    ///
    /// # Errors
    /// Which entry is not a scheme, a host and perhaps a port.
    pub fn parse(entries: &[String]) -> Result<Self> {
        let rules = entries.iter().map(|entry| {
            Rule::parse(entry).with_context(|| format!("allowed_outbound_hosts: {entry}"))
        });
        rules.collect::<Result<_>>().map(Self)
    }

    /// The first entry that allows `uri`.
    pub fn rule_for(&self, uri: &Uri) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.allows(uri))
    }
}

impl Rule {
    fn parse(entry: &str) -> Result<Self> {
        let (scheme, authority) = entry.split_once("://").context("there is no scheme")?;
        let scheme = Some(scheme.to_owned()).filter(|scheme| scheme != "*");
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, "*")) => (host, None),
            Some((host, port)) => (host, Some(port.parse().context("the port is no number")?)),
            None => (authority, default_port(scheme.as_deref())),
        };
        Ok(Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    fn allows(&self, uri: &Uri) -> bool {
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let port = uri.port_u16().or(default_port(uri.scheme_str()));
        let scheme = self.scheme.as_deref();
        scheme.is_none_or(|scheme| uri.scheme_str() == Some(scheme))
            && (self.port.is_none() || self.port == port)
            && match self.host.strip_prefix('*') {
                Some(end) => host.ends_with(end) && !host.ends_with(".internal"),
                None => host == self.host,
            }
    }

    /// Whether a host that this entry allows may be at `address`. What an operator named may be
    /// anywhere; a pattern must not lead into the operator's own network.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        !self.host.starts_with('*') || is_public(address)
    }
}

fn default_port(scheme: Option<&str>) -> Option<u16> {
    match scheme {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || first == 0
                || shared)
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        let list = AllowList::parse(&[entry.to_owned()]).unwrap();
        list.rule_for(&uri.parse().unwrap()).is_some()
    }

    #[test]
    fn scheme_host_and_port_must_all_be_allowed() {
        let entry = "http://blobs.internal";
        assert!(allows(entry, "http://blobs.internal/a"));
        assert!(allows(entry, "http://BLOBS.internal:80/a"));
        assert!(!allows(entry, "https://blobs.internal/a"));
        assert!(!allows(entry, "http://blobs.internal:81/a"));
        assert!(!allows(entry, "http://x.blobs.internal/a"));
        assert!(allows("*://example.com:*", "https://example.com:8443/"));
    }

    #[test]
    fn a_pattern_covers_names_below_and_nothing_internal() {
        assert!(allows("https://*.example.com", "https://a.example.com/"));
        assert!(!allows("https://*.example.com", "https://example.com/"));
        assert!(!allows("https://*.example.com", "https://badexample.com/"));
        assert!(!allows("http://*:*", "http://blobs.internal/"));
        let any = Rule::parse("https://*").unwrap();
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "::1",
            "::ffff:192.168.0.1",
            "169.254.1.1",
        ] {
            assert!(!any.allows_address(inside.parse().unwrap()), "{inside}");
        }
        assert!(any.allows_address("93.184.215.14".parse().unwrap()));
        let named = Rule::parse("http://127.0.0.1:9000").unwrap();
        assert!(named.allows_address("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn an_entry_without_a_scheme_is_refused() {
        assert!(AllowList::parse(&["example.com".to_owned()]).is_err());
    }
}
