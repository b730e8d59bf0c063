//! What a deployment sets, as variables of the manifest.

use std::sync::{Arc, OnceLock};

use spin_sdk::variables;

use super::hrana::Server;
use crate::Config;
use crate::blob_requests::ORIGIN;

/// What does not change while an instance lives. Nothing of a request is ever kept here.
pub struct Settings {
    /// What every host sets.
    pub config: Arc<Config>,
    /// How a call reaches the database.
    pub database: Reaches,
    /// Where the gateway is told of events: scheme and authority.
    pub gateway_url: String,
    /// Where blobs are, when it is not the host that answers for them: scheme and authority.
    pub blobs_url: Option<String>,
}

/// How a call reaches the database.
pub enum Reaches {
    /// Whole, in one reserved statement: the local host.
    Whole,
    /// Statement by statement: Spin's own database.
    Statements,
    /// Whole, over HTTP.
    Libsql(Server),
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// The settings, read from the host by the first request of an instance.
pub async fn settings() -> anyhow::Result<&'static Settings> {
    if let Some(settings) = SETTINGS.get() {
        return Ok(settings);
    }
    let config = variable("config").await;
    let config = if config.is_empty() { "{}" } else { &config };
    let database = match variable("database").await.as_str() {
        "reserved" => Reaches::Whole,
        "libsql" => Reaches::Libsql(Server {
            url: origin(&variable("database_url").await),
            token: variable("database_token").await,
        }),
        "statements" => Reaches::Statements,
        other => anyhow::bail!("the variable database is {other:?}"),
    };
    let blobs_url = origin(&variable("blobs_url").await);
    let settings = Settings {
        config: Arc::new(serde_json::from_str(config)?),
        database,
        gateway_url: origin(&variable("gateway_url").await),
        blobs_url: Some(blobs_url).filter(|url| url != ORIGIN),
    };
    Ok(SETTINGS.get_or_init(|| settings))
}

/// A variable's value; empty when the manifest has none.
async fn variable(name: &str) -> String {
    variables::get(name).await.unwrap_or_default()
}

/// The allow-list takes a slash at the end, so it may be there.
fn origin(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
