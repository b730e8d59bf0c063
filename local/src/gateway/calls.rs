//! Asking internal functions on behalf of the gateway.

use std::sync::Arc;

use bytes::Bytes;
use gateway_durable::SocketId;
use gateway_durable::bucket::{self, IdentifyError};
use gateway_durable::guild::LoadError;
use gateway_durable::hub::Input;
use http::Method;
use model::gateway::internal::{IdentifyRequest, MembersRequest};
use model::id::marker;
use model::{Code, Id};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};

use super::Internal;
use super::hub::News;

type GuildId = Id<marker::Guild>;

/// Calls at the same time. More wait: a storm of identifies must leave functions for others.
const CALLS_MAX: usize = 32;

/// Why there is no answer.
enum Refusal {
    Unauthorized,
    NotFound,
    Failed,
}

/// Calls internal functions and gives the answers to the hub.
#[derive(Clone)]
pub struct Calls {
    internal: Arc<dyn Internal>,
    places: Arc<Semaphore>,
    hub: mpsc::UnboundedSender<News>,
}

impl Calls {
    /// Calls by `internal`, answers to `hub`.
    pub fn new(internal: Arc<dyn Internal>, hub: mpsc::UnboundedSender<News>) -> Self {
        Self {
            internal,
            places: Arc::new(Semaphore::new(CALLS_MAX)),
            hub,
        }
    }

    /// Asks whose token it is.
    pub fn identify(&self, socket: SocketId, token: String) {
        let calls = self.clone();
        tokio::spawn(async move {
            let body = encode(&IdentifyRequest { token });
            let answer = calls
                .call(Method::POST, "/internal/v1/identify".into(), body)
                .await;
            let result = match answer {
                Ok(identified) => Ok(Box::new(identified)),
                Err(Refusal::Unauthorized) => Err(IdentifyError::Unauthorized),
                Err(_) => Err(IdentifyError::Failed),
            };
            calls.answer(Input::Bucket(bucket::Input::Identified { socket, result }));
        });
    }

    /// Asks for a guild's snapshot.
    pub fn load_guild(&self, guild: GuildId) {
        let calls = self.clone();
        tokio::spawn(async move {
            let path = format!("/internal/v1/guilds/{guild}");
            let answer = calls.call(Method::GET, path, Bytes::new()).await;
            let result = match answer {
                Ok(snapshot) => Ok(Box::new(snapshot)),
                Err(Refusal::NotFound) => Err(LoadError::Gone),
                Err(_) => Err(LoadError::Failed),
            };
            calls.answer(Input::GuildLoaded { guild, result });
        });
    }

    /// Asks for members of a guild.
    pub fn load_members(&self, guild: GuildId, request: u64, body: MembersRequest) {
        let calls = self.clone();
        tokio::spawn(async move {
            let path = format!("/internal/v1/guilds/{guild}/members");
            let page = calls.call(Method::POST, path, encode(&body)).await.ok();
            calls.answer(Input::MembersLoaded {
                guild,
                request,
                page,
            });
        });
    }

    /// Tells that a user's last session ended.
    pub fn left(&self, user: Id<marker::User>) {
        let calls = self.clone();
        tokio::spawn(async move {
            let path = format!("/internal/v1/users/{user}/left");
            // What fails is logged there, and nobody waits for more.
            let _: Result<Value, Refusal> = calls.call(Method::POST, path, Bytes::new()).await;
        });
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: Bytes,
    ) -> Result<T, Refusal> {
        let _place = self.places.acquire().await;
        let (status, body) = self.internal.call(method, path.clone(), body).await;
        if status == Code::Unauthorized.status() {
            return Err(Refusal::Unauthorized);
        }
        if status == Code::NotFound.status() {
            return Err(Refusal::NotFound);
        }
        if !(200..300).contains(&status) {
            tracing::warn!(path, status, "an internal function failed");
            return Err(Refusal::Failed);
        }
        serde_json::from_slice(&body).map_err(|error| {
            tracing::error!(
                path,
                "an internal function's answer makes no sense: {error}"
            );
            Refusal::Failed
        })
    }

    fn answer(&self, input: Input) {
        // Without a hub the process is stopping.
        let _ = self.hub.send(News::Answer(input));
    }
}

fn encode(body: &impl serde::Serialize) -> Bytes {
    // Only maps with keys that are not text have no JSON, and these types have none.
    serde_json::to_vec(body).unwrap_or_default().into()
}
