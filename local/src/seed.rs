//! `spacebar seed`: somebody, a guild and a bot in it, to begin with, and the bot's program.
//!
//! It asks what clients ask, of an instance that runs, so that nothing is there which clients could
//! not have made.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Code;
use model::application::FLAGS_OF_OWNER;
use serde::Serialize;
use serde_json::{Value, json};
use ureq::Agent;

/// How long an answer may take: the first ones compile nothing, but load functions.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How long the instance may keep us waiting, by its rate limits or because it starts.
const WAIT_MAX: Duration = Duration::from_secs(600);
/// The permission to do everything.
const ADMINISTRATOR: &str = "8";

const BOT_MJS: &str = include_str!("seed/bot.mjs");
const BOT_PY: &str = include_str!("seed/bot.py");
const TOLD: &str = include_str!("seed/told.txt");

/// What was made.
#[derive(Debug, Serialize)]
pub struct Seed {
    /// Where the instance is: scheme and authority.
    pub url: String,
    /// Where its gateway is.
    pub gateway: String,
    /// The person's name.
    pub username: String,
    /// Their password.
    pub password: String,
    /// Their token.
    pub user_token: String,
    /// The guild's id.
    pub guild: String,
    /// The id of its first text channel.
    pub channel: String,
    /// The application's id, which is the bot's too.
    pub application: String,
    /// The bot's token.
    pub bot_token: String,
}

impl Seed {
    /// Makes a person by `ticket`, where registering needs one, and what belongs to them, on the
    /// instance at `url`.
    ///
    /// # Errors
    /// What the instance refuses, in its words.
    pub fn sow(url: &str, ticket: Option<&str>) -> Result<Self> {
        let mut client = Client::new(url);
        let name = format!("seed_{}", random::<4>()?);
        let password = URL_SAFE_NO_PAD.encode(random::<12>()?);
        let mut person = json!({
            "username": name, "email": format!("{name}@example.org"), "password": password,
            "consent": true, "date_of_birth": "2000-01-01",
        });
        if let Some(ticket) = ticket {
            person["invite"] = ticket.into();
        }
        client.token = text(&client.post("/auth/register", &person)?, "/token")?;
        let guild = client.post("/guilds", &json!({ "name": "A guild to try" }))?;
        let guild = text(&guild, "/id")?;
        let channels = client.get(&format!("/guilds/{guild}/channels"))?;
        let mut channels = channels.as_array().into_iter().flatten();
        let channel = channels.find(|channel| channel["type"] == 0);
        let channel = text(channel.context("the guild has no channel")?, "/id")?;
        let (application, bot_token) = bot(&client, &guild, &name)?;
        Ok(Self {
            gateway: text(&client.get("/gateway")?, "/url")?,
            url: url.to_owned(),
            username: name,
            password,
            user_token: client.token,
            guild,
            channel,
            application,
            bot_token,
        })
    }

    /// All of it for people, with whole programs.
    ///
    /// # Errors
    /// Never, in truth: it is text.
    pub fn told(&self) -> Result<String> {
        let told = format!(
            "{TOLD}{BOT_MJS}\nOr with discord.py, bot.py:\n\n{BOT_PY}\n\
             Programs are faster than any person. For tests, start the instance with \
             --set rate_limits.enabled=false,\nor with SPACEBAR_RATE_LIMITS_ENABLED=false in its \
             environment.\n"
        );
        let values = serde_json::to_value(self)?;
        let values = values.as_object().into_iter().flatten();
        Ok(values.fold(told, |told, (name, value)| {
            told.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
        }))
    }
}

/// An application with its bot, which is in the guild: its id, and the bot's token.
fn bot(client: &Client, guild: &str, name: &str) -> Result<(String, String)> {
    let application = client.post("/applications", &json!({ "name": name }))?;
    let application = text(&application, "/id")?;
    let path = format!("/applications/{application}");
    let token = client.post(&format!("{path}/bot"), &json!({}))?;
    client.ask("PATCH", &path, Some(&json!({ "flags": FLAGS_OF_OWNER })))?;
    let add = format!("/oauth2/authorize?client_id={application}&scope=bot");
    let how = json!({ "guild_id": guild, "permissions": ADMINISTRATOR, "authorize": true });
    client.post(&add, &how)?;
    Ok((application, text(&token, "/token")?))
}

fn text(answer: &Value, pointer: &str) -> Result<String> {
    let text = answer.pointer(pointer).and_then(Value::as_str);
    let text = text.with_context(|| format!("the instance answered without {pointer}"))?;
    Ok(text.to_owned())
}

/// Random bytes in hexadecimal.
fn random<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).context("the system has no randomness")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Who asks.
struct Client {
    agent: Agent,
    api: String,
    token: String,
}

impl Client {
    fn new(url: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(ANSWER_WITHIN))
            .http_status_as_error(false);
        Self {
            agent: config.build().into(),
            api: format!("{url}/api/v10"),
            token: String::new(),
        }
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.ask("GET", path, None)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask("POST", path, Some(body))
    }

    /// An answer, also if the instance wants to be asked later.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut waited = Duration::ZERO;
        loop {
            let (status, answer) = self.once(method, path, body)?;
            if (200..300).contains(&status) {
                return Ok(answer);
            }
            let later = [Code::RateLimited, Code::ServiceUnavailable];
            let wait = answer["retry_after"].as_f64().unwrap_or(1.0);
            let wait = Duration::try_from_secs_f64(wait).unwrap_or(WAIT_MAX);
            waited += wait;
            if !later.iter().any(|code| code.status() == status) || waited > WAIT_MAX {
                bail!("{method} {path} was answered {status}: {answer}");
            }
            eprintln!(
                "{}; waiting",
                answer["message"].as_str().unwrap_or_default()
            );
            std::thread::sleep(wait);
        }
    }

    fn once(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let body = body.map_or_else(String::new, Value::to_string);
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.api))
            .header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.header("authorization", &self.token);
        }
        let answer = self.agent.run(request.body(body)?);
        let mut answer = answer.with_context(|| format!("no server answers at {}", self.api))?;
        let body = answer.body_mut().read_to_string()?;
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        Ok((answer.status().as_u16(), body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_whole() {
        let mut seed = Seed {
            url: "http://a".into(),
            gateway: "ws://a/gateway".into(),
            username: "seed_1".into(),
            password: "secret".into(),
            user_token: "u.t".into(),
            guild: "1".into(),
            channel: "2".into(),
            application: "3".into(),
            bot_token: "b.t".into(),
        };
        let told = seed.told().unwrap();
        assert!(told.contains("yarl.URL(\"ws://a/gateway\")"), "{told}");
        assert!(told.contains("cdn: 'http://a/cdn'"), "{told}");
        assert!(told.contains("client.run(\"b.t\")"), "{told}");
        // Every value is somewhere, and no place is left without one.
        seed.url.clear();
        for name in serde_json::to_value(&seed)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
        {
            assert!(!told.contains(&format!("{{{name}}}")), "{name}");
        }
    }
}
