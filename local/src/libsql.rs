//! A libSQL server or Turso, as the commands at a shell reach it.

use std::time::Duration;

use model::Code;
use store::migrations::Migrate;
use store::{Call, Database, Error, Outcome, Statement, Store, hrana};
use ureq::Agent;

/// The variable of the environment by which a server knows its client.
pub const TOKEN_VARIABLE: &str = "SPACEBAR_DATABASE_TOKEN";
/// How long an answer may take, such as that of a migration.
const ANSWER_WITHIN: Duration = Duration::from_secs(300);

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
#[derive(Debug)]
pub struct Server {
    agent: Agent,
    url: String,
    token: String,
}

impl Server {
    /// The server at a place, unless that is a file.
    pub fn at(place: &str) -> Option<Self> {
        url(place).map(Self::new)
    }

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

    fn ask(&self, call: &Call) -> Result<Vec<Outcome>, Error> {
        hrana::reply(call, &self.post(hrana::request(call))?)
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

impl Database for Server {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        self.ask(&call)
    }
}

impl Migrate for Server {
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        hrana::script_reply(&self.post(hrana::script(sql))?)
    }

    fn run(&mut self, statement: &Statement) -> Result<Outcome, Error> {
        let call = Call::read(Store::Main, vec![statement.clone()]);
        let outcomes = self.ask(&call)?;
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
}
