//! Cloudflare Workers: D1 for the stores, R2 for blobs, a Durable Object for the gateway.

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use anyhow::anyhow;
use http::header::{self, HeaderMap};
use http::{Method, Uri};
use model::gateway::internal::paths::PUBLISH;
use model::id::marker;
use model::{Event, Id, Timestamp};
use serde::{Deserialize, Serialize};
use worker::{Date, Env, Fetch, Fetcher, Headers, ObjectNamespace};

use super::Host;
use crate::host::SUBREQUESTS_MAX;
use crate::limiter::{Admission, Decision};
use crate::{BodyStream, Config, Response, internal};

mod blobs;
mod body;
mod database;
mod limits;

use database::Reading;

/// Bytes of the largest attachment. A request has
/// [100 MB](https://developers.cloudflare.com/workers/platform/limits/#request-and-response-limits)
/// at most, the rest of its form included.
const ATTACHMENT_BYTES_MAX: u64 = 95_000_000;

/// The name of the object that has all sessions.
pub const SESSIONS: &str = "sessions";

/// What a function tells an object of the gateway. Events that a write made are in the outbox.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct News {
    /// The guild whose object it is; none for the object of the sessions.
    pub guild: Option<Id<marker::Guild>>,
    /// Events that no write belongs to, such as typing.
    pub events: Vec<Event>,
    /// Whether there are new jobs.
    pub jobs: bool,
    /// Whether the object may have been told before, and did not remove what it published.
    #[serde(default)]
    pub again: bool,
}

impl News {
    /// What there is to tell to whom: each guild that events are about, and the sessions; with
    /// the events themselves if they are `sent` so.
    fn of(events: &[Event], sent: bool, jobs: bool) -> Vec<Self> {
        let mut all = Vec::new();
        for event in events {
            let news = Self::to(&mut all, event.audience.guild());
            if sent {
                news.events.push(event.clone());
            }
        }
        if jobs {
            Self::to(&mut all, None).jobs = true;
        }
        all
    }

    fn to(all: &mut Vec<Self>, guild: Option<Id<marker::Guild>>) -> &mut Self {
        let known = all.iter().position(|news| news.guild == guild);
        let index = known.unwrap_or_else(|| {
            all.push(Self {
                guild,
                ..Self::default()
            });
            all.len() - 1
        });
        &mut all[index]
    }
}

/// What a deployment sets. Nothing of a request is ever kept here.
struct Settings {
    config: Config,
    /// Whether clients reach the instance where the request came to.
    public_url_is_origin: bool,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// The host as a function on Workers sees it.
#[derive(Clone)]
pub struct Worker(Rc<Bindings>);

struct Bindings {
    env: Env,
    /// Scheme and authority of the request at hand.
    origin: String,
    reading: Reading,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
}

impl Worker {
    /// The host of a request to `uri`. It ends with the request.
    pub fn new(env: Env, uri: &Uri) -> Self {
        Self::reading(env, uri, Reading::of_request())
    }

    /// The host of an object, which outlives requests. Clients reach the instance at `uri`.
    pub fn of_object(env: Env, uri: &Uri) -> Self {
        Self::reading(env, uri, Reading::of_object())
    }

    fn reading(env: Env, uri: &Uri, reading: Reading) -> Self {
        // A request without encryption must not decide that others are encrypted.
        let scheme = match uri.host() {
            Some("localhost" | "127.0.0.1" | "[::1]") => uri.scheme_str().unwrap_or("https"),
            _ => "https",
        };
        let authority = uri.authority().map_or("localhost", |it| it.as_str());
        let origin = format!("{scheme}://{authority}");
        Self(Rc::new(Bindings {
            env,
            origin,
            reading,
        }))
    }

    /// The bindings of `wrangler.toml`.
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// Tells an object of the gateway what was written.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn tell_gateway(&self, news: &News) -> anyhow::Result<()> {
        let body = serde_json::to_vec(news)?;
        let told = self.call_gateway(news.guild, PUBLISH, body.clone()).await;
        match told {
            Ok(_) => Ok(()),
            // An object that was reset just now is there again at once.
            Err(_) => self.call_gateway(news.guild, PUBLISH, body).await.map(drop),
        }
    }

    /// Calls the object of a guild, or of the sessions, from inside.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn call_gateway(
        &self,
        guild: Option<Id<marker::Guild>>,
        path: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Response> {
        let config = self.config().await?;
        let proof = internal::proof(&config.internal_key, &Method::POST, path, &body, self.now());
        // The object learns from it where clients reach the instance.
        let request = http::Request::post(format!("{}{path}", config.public_url))
            .header(header::AUTHORIZATION, proof)
            .body(BodyStream::from(body))?;
        let (binding, name) = match guild {
            Some(guild) => ("GUILD", guild.to_string()),
            None => ("SESSIONS", SESSIONS.to_owned()),
        };
        let objects: ObjectNamespace = self.0.env.durable_object(binding).map_err(fault)?;
        let object = objects.get_by_name(&name).map_err(fault)?;
        let request = body::to_worker(request)?;
        let answer = object.fetch_with_request(request).await.map_err(fault)?;
        let answer = body::response(answer)?;
        match answer.status().is_success() {
            true => Ok(answer),
            false => Err(anyhow!("the gateway answered {}", answer.status())),
        }
    }
}

impl Host for Worker {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(Date::now().as_millis() as i64)
    }

    fn subrequests_max(&self) -> usize {
        SUBREQUESTS_MAX
    }

    fn random(&self, bytes: &mut [u8]) {
        // Web Crypto has no failure; a panic is all that could be done about one.
        getrandom::fill(bytes).unwrap_or_else(|error| panic!("no randomness: {error}"));
    }

    async fn config(&self) -> anyhow::Result<Arc<Config>> {
        let settings = settings(&self.0.env)?;
        let mut config = settings.config.clone();
        if settings.public_url_is_origin {
            config.public_url.clone_from(&self.0.origin);
        }
        Ok(Arc::new(config))
    }

    async fn admit(&self, request: &Admission) -> anyhow::Result<Decision> {
        limits::admit(self, request).await
    }

    async fn fetch(
        &self,
        request: http::Request<BodyStream>,
    ) -> anyhow::Result<http::Response<BodyStream>> {
        match request.uri().host() {
            Some("blobs.internal") => {
                let bucket = self.0.env.bucket("BLOBS").map_err(fault)?;
                blobs::answer(&bucket, request).await
            }
            _ => {
                let request = Fetch::Request(body::to_worker(request)?);
                body::response(request.send().await.map_err(fault)?)
            }
        }
    }
}

/// Calls a function that is a service of its own.
///
/// # Errors
/// When the service does not answer.
pub async fn call(
    service: &Fetcher,
    request: http::Request<BodyStream>,
) -> anyhow::Result<Response> {
    let request = body::to_worker(request)?;
    let answer = service.fetch_request(request).await.map_err(fault)?;
    body::response(answer.try_into().map_err(fault)?)
}

/// A request of the platform as functions take it.
///
/// # Errors
/// When its URL or a header is none.
pub fn request(request: worker::Request) -> anyhow::Result<http::Request<BodyStream>> {
    body::request(request)
}

/// The same without its body, which stays where it is: a body that is read twice is kept in memory
/// until both have read it.
///
/// # Errors
/// When its URL or a header is none.
pub fn head(request: &worker::Request) -> anyhow::Result<http::Request<BodyStream>> {
    body::head(request)
}

/// An answer as the platform takes it.
///
/// # Errors
/// When a header is none for the platform.
pub fn respond(response: Response) -> worker::Result<worker::Response> {
    body::to_worker_response(response)
}

fn settings(env: &Env) -> anyhow::Result<&'static Settings> {
    if let Some(settings) = SETTINGS.get() {
        return Ok(settings);
    }
    let text = env
        .var("CONFIG")
        .map_or("{}".to_owned(), |it| it.to_string());
    let mut config: Config =
        serde_json::from_str(&text).map_err(|error| anyhow!("the variable CONFIG: {error}"))?;
    let names: serde_json::Value = serde_json::from_str(&text)?;
    let key = env.secret("INTERNAL_KEY").map(|it| it.to_string());
    config.internal_key = key.unwrap_or_default();
    if config.internal_key.len() < internal::KEY_CHARS_MIN {
        return Err(anyhow!(
            "the secret INTERNAL_KEY is missing or has less than {} characters: \
             run `wrangler secret put INTERNAL_KEY`",
            internal::KEY_CHARS_MIN
        ));
    }
    let checked = config.check(ATTACHMENT_BYTES_MAX);
    checked.map_err(|error| anyhow!("the variable CONFIG: {error}"))?;
    let settings = Settings {
        config,
        public_url_is_origin: names.get("public_url").is_none(),
    };
    Ok(SETTINGS.get_or_init(|| settings))
}

/// The platform's errors are not `Send` and say what they are.
fn fault(error: worker::Error) -> anyhow::Error {
    anyhow!("{error}")
}

/// Headers as the platform takes them.
fn headers(map: &HeaderMap) -> anyhow::Result<Headers> {
    let headers = Headers::new();
    for (name, value) in map {
        let text = String::from_utf8_lossy(value.as_bytes());
        headers.append(name.as_str(), &text).map_err(fault)?;
    }
    Ok(headers)
}
