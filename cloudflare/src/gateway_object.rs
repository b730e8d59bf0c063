//! What the gateway's objects have in common: each is a core with its journal, and with its sockets
//! if it has any.
//!
//! An object hibernates while nothing happens: sockets stay open, the memory goes, and what it was
//! is made again of what it stored. Nothing but the next deadline wakes it by itself.

use std::cell::OnceCell;
use std::rc::Rc;

use gateway_durable::durable::Address;
use gateway_durable::registry::Settings;
use http::Uri;
use model::Code;
use runtime::BodyStream;
use runtime::entry::worker::refuse;
use runtime::host::worker::Worker;
use runtime::host::{Host, log_error};
use store::Database;
use worker::{Env, Error, Response, Result, State};

use crate::gateway_calls::Call;
use crate::gateway_shell::Shell;
use crate::gateway_storage::ObjectStorage;

/// What an object fails with that is not what it stored: `module.mjs` ends it, and the platform
/// makes it anew.
const GONE: &str = "this object cannot go on";

/// An object of the gateway, which is made with the first event.
pub struct Object {
    state: Rc<State>,
    env: Env,
    shell: OnceCell<Rc<Shell>>,
}

impl Object {
    /// An object of which nothing is in memory.
    pub fn new(state: State, env: Env) -> Self {
        Self {
            state: Rc::new(state),
            env,
            shell: OnceCell::new(),
        }
    }

    /// Takes a call from inside. `own` tells which object the call is for, if it may be for this.
    pub async fn call(
        &self,
        mut request: http::Request<BodyStream>,
        own: impl Fn(&Call) -> Option<Address>,
    ) -> Result<Response> {
        let host = Worker::new(self.env.clone(), request.uri());
        let call = match Call::read(&host, &mut request).await {
            Ok(call) => call,
            Err(code) => return refuse(code),
        };
        let Some(address) = own(&call) else {
            return refuse(Code::NotFound);
        };
        match self.shell(Some(address), Some(request.uri())).await {
            Ok(shell) => shell.take(call),
            Err(error) if error.to_string() == GONE => failed(error),
            Err(error) => failed(error).or_else(|_| refuse(Code::ServiceUnavailable)),
        }
    }

    /// The object for an event that no call belongs to.
    pub async fn awake(&self, address: Option<Address>, uri: Option<&Uri>) -> Result<&Rc<Shell>> {
        match self.shell(address, uri).await {
            Ok(shell) => Ok(shell),
            Err(error) => failed(error),
        }
    }

    /// The time for which it wanted to be woken has come.
    pub async fn alarm(&self) -> Result<Response> {
        self.awake(None, None).await?.wake().await;
        Response::empty()
    }

    /// Which object it is, and an address at which clients reach the instance, may be left out once
    /// they were told.
    async fn shell(
        &self,
        address: Option<Address>,
        uri: Option<&Uri>,
    ) -> anyhow::Result<&Rc<Shell>> {
        if let Some(shell) = self.shell.get() {
            return match shell.has_failed() {
                true => Err(anyhow::anyhow!(GONE)),
                false => Ok(shell),
            };
        }
        let partitions = Worker::new(self.env.clone(), &Uri::default()).partitions();
        let storage = ObjectStorage::open(&self.state.storage(), &self.env, partitions)?;
        let address = storage.address(address)?;
        let host = Worker::of_object(self.env.clone(), &storage.uri(uri)?);
        let config = host.config().await?;
        let settings = Settings {
            heartbeat_interval_ms: config.gateway.heartbeat_interval_ms,
            gateway_url: config.gateway_public_url().into(),
            limit_starts: config.rate_limits.enabled,
        };
        let new = || Shell::restore(self.state.clone(), host, storage, address, settings);
        Ok(self.shell.get_or_init(new))
    }
}

fn failed<T>(error: anyhow::Error) -> Result<T> {
    log_error(&format!("the gateway cannot start: {error:#}"));
    Err(Error::RustError(error.to_string()))
}
