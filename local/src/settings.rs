//! Everything an operator can set: the file, over it the environment, over it the command line.
//!
//! `local/spacebar.toml` documents every key with its default and is checked against this module.

mod network;
mod sources;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Result, bail};
use http::HeaderMap;
use runtime::address;
use runtime::config::{Instance, Limits, RateLimits, Registration};
use serde::{Deserialize, Serialize};

pub use network::Network;
pub use sources::Sources;

/// All settings. Each section is a table of the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Listening and HTTP.
    pub server: Server,
    /// How the instance presents itself.
    pub instance: Instance,
    /// Who may make an account.
    pub registration: Registration,
    /// What users may store.
    pub limits: Limits,
    /// How often clients may ask.
    pub rate_limits: RateLimits,
    /// Where data is kept.
    pub storage: Storage,
    /// What functions may use.
    pub functions: Functions,
    /// The gateway's sockets.
    pub gateway: Gateway,
    /// The log.
    pub log: Log,
}

/// Listening and HTTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address to listen at. Port 0 is any free port.
    pub listen: SocketAddr,
    /// Where clients reach the instance, without a slash at the end; empty: `http://` and the
    /// address it listens at.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed: addresses, and networks such as `10.0.0.0/8`.
    pub trusted_proxies: Vec<Network>,
    /// Open connections; more are refused. They are fewer where the system does not let the process
    /// have so many files open.
    pub connections_max: usize,
    /// Open connections of one address, or of one /64 network of IPv6; 0: a quarter of all. Those
    /// of trusted proxies have no such bound.
    pub connections_per_address_max: usize,
    /// Bytes of the head of a request.
    pub header_bytes_max: usize,
    /// Milliseconds in which the head of a request must arrive, also the longest pause between
    /// requests.
    pub header_timeout_ms: u64,
    /// Milliseconds that a peer may take for the next piece of a body, either way.
    pub body_timeout_ms: u64,
    /// Milliseconds that requests get to finish when the process is told to stop.
    pub shutdown_grace_ms: u64,
}

impl Server {
    /// Whether this peer is a proxy that is believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|it| it.has(peer))
    }

    /// The client's address: the peer's, or what a trusted proxy says it is.
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.ip().to_canonical();
        let forwarded = headers.get_all("x-forwarded-for");
        // The client may have written anything before the proxy's part.
        let forwarded = forwarded
            .iter()
            .map(|it| String::from_utf8_lossy(it.as_bytes()));
        let forwarded: Vec<_> = forwarded.collect();
        let hops = forwarded.iter().flat_map(|value| value.split(','));
        let hops: Vec<&str> = hops.filter(|hop| !hop.trim().is_empty()).collect();
        for hop in hops.iter().rev() {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = address::parse(hop) else {
                break;
            };
            client = address;
        }
        client
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3001)),
            public_url: String::new(),
            trusted_proxies: Vec::new(),
            connections_max: 20_000,
            connections_per_address_max: 0,
            header_bytes_max: 32 * 1024,
            header_timeout_ms: 60_000,
            body_timeout_ms: 20_000,
            shutdown_grace_ms: 10_000,
        }
    }
}

/// Where data is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// The folder of the database and the files.
    pub data: PathBuf,
    /// The folder of compiled functions; empty: `target/aot` beside the manifest where there is a
    /// `target`, else `aot` in the data folder. A person who can write there can run code as this
    /// user.
    pub cache: PathBuf,
    /// Connections that read the database at once.
    pub readers: usize,
    /// Bytes that the database may have, so that it leaves room for others on the disk; 0 sets no
    /// limit. What would make it larger is answered with 503, and everything else goes on.
    pub database_bytes_max: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            data: "data".into(),
            cache: PathBuf::new(),
            readers: 4,
            database_bytes_max: 0,
        }
    }
}

/// What functions may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Functions {
    /// Bytes of memory that one instance may have.
    pub memory_bytes_max: usize,
    /// An instance with more memory than this many bytes is not used again.
    pub memory_bytes_kept: usize,
    /// Bytes of memory that all instances that decode images may have together, beyond what idle
    /// ones keep. What needs more waits for the others, and is answered with 503 when they take too
    /// long.
    pub decoding_bytes_max: usize,
    /// Milliseconds that a call may take without a byte of its bodies moving and without computing.
    pub deadline_ms: u64,
    /// Milliseconds of the processor that a call may use.
    pub cpu_ms_max: u64,
    /// Bytes of a request's body, where the function does not declare another limit.
    pub body_bytes_max: u64,
    /// Calls that one instance answers before it is replaced.
    pub reuse_max: u32,
    /// Milliseconds after which an unused instance is removed.
    pub idle_ms: u64,
    /// Milliseconds after which the code of a function that nobody called is let go.
    pub unload_ms: u64,
    /// Instances of all functions together.
    pub instances_max: usize,
    /// Instances of one function.
    pub instances_per_function_max: usize,
    /// Whether requests may ask for faults by `X-Spacebar-Fault`. For tests.
    pub faults: bool,
}

impl Default for Functions {
    fn default() -> Self {
        Self {
            memory_bytes_max: 64 * 1024 * 1024,
            memory_bytes_kept: 8 * 1024 * 1024,
            decoding_bytes_max: 256 * 1024 * 1024,
            deadline_ms: 10_000,
            cpu_ms_max: 2000,
            body_bytes_max: 1024 * 1024,
            reuse_max: 1000,
            idle_ms: 10_000,
            unload_ms: 60_000,
            instances_max: 256,
            instances_per_function_max: 32,
            faults: false,
        }
    }
}

/// The gateway's sockets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// Milliseconds between a client's heartbeats.
    pub heartbeat_interval_ms: u64,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            heartbeat_interval_ms: 41_250,
        }
    }
}

/// The log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least severe level that is written, or a list such as `info,spacebar::server=debug`.
    pub level: String,
    /// How a line is written.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".into(),
            format: LogFormat::Text,
        }
    }
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Settings {
    /// Where clients reach an instance that listens at this address.
    pub fn public_url(&self, address: SocketAddr) -> String {
        let set = &self.server.public_url;
        if !set.is_empty() {
            return set.clone();
        }
        if address.ip().is_unspecified() {
            return format!("http://127.0.0.1:{}", address.port());
        }
        format!("http://{address}")
    }

    /// Refuses values that cannot work together or at all.
    ///
    /// # Errors
    /// One line for each key that is wrong.
    pub fn check(&self) -> Result<()> {
        let functions = &self.functions;
        let mut wrong = Vec::new();
        let mut require = |holds: bool, problem: &str| {
            if !holds {
                wrong.push(problem.to_owned());
            }
        };
        let url = &self.server.public_url;
        require(
            url.is_empty() || is_origin(url),
            "server.public_url: not http:// or https:// and a host, without a path",
        );
        for (key, value) in [
            ("server.connections_max", self.server.connections_max),
            ("storage.readers", self.storage.readers),
            ("functions.instances_max", functions.instances_max),
            (
                "functions.instances_per_function_max",
                functions.instances_per_function_max,
            ),
            ("functions.reuse_max", functions.reuse_max as usize),
            ("functions.deadline_ms", functions.deadline_ms as usize),
            ("functions.cpu_ms_max", functions.cpu_ms_max as usize),
            (
                "rate_limits.global_per_second",
                self.rate_limits.global_per_second as usize,
            ),
            (
                "server.header_timeout_ms",
                self.server.header_timeout_ms as usize,
            ),
            (
                "server.body_timeout_ms",
                self.server.body_timeout_ms as usize,
            ),
            (
                "registration.password_chars_min",
                self.registration.password_chars_min as usize,
            ),
        ] {
            require(value > 0, &format!("{key}: must not be 0"));
        }
        require(
            self.server.header_bytes_max >= 8192,
            "server.header_bytes_max: must be at least 8192",
        );
        require(
            functions.memory_bytes_max >= 4 * 1024 * 1024,
            "functions.memory_bytes_max: functions need at least 4 MiB",
        );
        require(
            self.gateway.heartbeat_interval_ms >= 1000,
            "gateway.heartbeat_interval_ms: must be at least 1000",
        );
        if wrong.is_empty() {
            Ok(())
        } else {
            bail!("{}", wrong.join("\n"))
        }
    }
}

fn is_origin(url: &str) -> bool {
    let authority = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    authority.is_some_and(|authority| {
        !authority.contains('/') && authority.parse::<http::uri::Authority>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right() {
        Settings::default().check().unwrap();
    }

    #[test]
    fn wrong_settings_are_named_by_their_key() {
        let mut settings = Settings::default();
        settings.server.public_url = "https://chat.example/".into();
        settings.functions.reuse_max = 0;
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("server.public_url"), "{error}");
        assert!(error.contains("functions.reuse_max"), "{error}");
    }
}
