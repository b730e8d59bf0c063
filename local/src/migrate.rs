//! Bringing a database to the version that this program knows: a file, or one of a libSQL server.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use model::Code;
use store::embedded::Embedded;
use store::migrations::{self, Migrate};
use store::{Call, Error, Outcome, Statement, Store, hrana};
use ureq::Agent;

/// The variable of the environment by which a server knows its client.
pub const TOKEN_VARIABLE: &str = "SPACEBAR_DATABASE_TOKEN";
/// How long a migration may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(300);

/// Applies the migrations that the database at `place`, a file or a URL, lacks.
///
/// # Errors
/// When it cannot be reached or is of a newer program.
pub fn migrate(place: &str) -> Result<()> {
    let done = match url(place) {
        Some(url) => migrations::migrate(&mut Server::new(url)),
        None => Embedded::open(Path::new(place)).map(drop),
    };
    done.with_context(|| format!("cannot migrate {place}"))
}

/// The URL by which a server is asked. Turso's are `libsql://`, which is HTTPS.
fn url(place: &str) -> Option<String> {
    let (scheme, rest) = place.split_once("://")?;
    let scheme = match scheme {
        "libsql" => "https",
        scheme => scheme,
    };
    Some(format!("{scheme}://{}", rest.trim_end_matches('/')))
}

/// A libSQL server.
struct Server {
    agent: Agent,
    url: String,
    token: String,
}

impl Server {
    fn new(url: String) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(ANSWER_WITHIN))
            .http_status_as_error(false);
        Self {
            agent: config.build().into(),
            url: url + hrana::PATH,
            token: std::env::var(TOKEN_VARIABLE).unwrap_or_default(),
        }
    }

    fn post(&self, body: String) -> Result<Vec<u8>, Error> {
        let unreachable = |error: ureq::Error| Error::Unavailable(error.to_string());
        let mut request = self.agent.post(&self.url);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let request = request.content_type("application/json");
        let mut answer = request.send(body).map_err(unreachable)?;
        let status = answer.status();
        let body = answer.body_mut().read_to_vec().map_err(unreachable)?;
        match status.is_success() {
            true => Ok(body),
            false if status == Code::Unauthorized.status() => {
                Err(Error::Internal(format!("{TOKEN_VARIABLE} is not accepted")))
            }
            false => Err(Error::Internal(format!(
                "{status}: {}",
                String::from_utf8_lossy(&body)
            ))),
        }
    }
}

impl Migrate for Server {
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        hrana::script_reply(&self.post(hrana::script(sql))?)
    }

    fn run(&mut self, statement: &Statement) -> Result<Outcome, Error> {
        let call = Call::read(Store::Main, vec![statement.clone()]);
        let outcomes = hrana::reply(&call, &self.post(hrana::request(&call))?)?;
        let none = || Error::Internal("a statement without an outcome".into());
        outcomes.into_iter().next().ok_or_else(none)
    }

    fn abandon(&mut self) {
        // The server undid it when the request ended.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_unless_it_has_a_scheme() {
        assert_eq!(url("data/main.db"), None);
        assert_eq!(
            url("http://127.0.0.1:8080/").unwrap(),
            "http://127.0.0.1:8080"
        );
        assert_eq!(
            url("libsql://name-organisation.turso.io").unwrap(),
            "https://name-organisation.turso.io"
        );
    }

    #[test]
    fn a_file_is_migrated_and_a_missing_server_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("main.db");
        migrate(file.to_str().unwrap()).unwrap();
        migrate(file.to_str().unwrap()).unwrap();
        let nobody = "http://127.0.0.1:9";
        let error = migrate(nobody).unwrap_err();
        assert!(error.to_string().contains(nobody), "{error}");
    }
}
