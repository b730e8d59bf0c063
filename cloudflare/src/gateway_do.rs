//! The object that is the gateway: every socket, session and guild, around the pure cores.
//!
//! It hibernates while nothing happens: sockets stay open, the memory goes, and what it was is made
//! again of what it stored. Nothing but the next deadline wakes it by itself.

use std::cell::OnceCell;
use std::rc::Rc;

use gateway_durable::bucket::Settings;
use http::Uri;
use model::Code;
use runtime::host::worker::{PUBLISH, Worker, refuse, request};
use runtime::host::{Host, log_error};
use store::Database;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, durable_object,
};

use crate::gateway_kept::Kept;
use crate::gateway_shell::Shell;
use crate::gateway_socket_do;

/// The gateway of the instance.
#[durable_object]
pub struct Gateway {
    state: Rc<State>,
    env: Env,
    /// Made with the first event.
    shell: OnceCell<Rc<Shell>>,
}

impl DurableObject for Gateway {
    fn new(state: State, env: Env) -> Self {
        Self {
            state: Rc::new(state),
            env,
            shell: OnceCell::new(),
        }
    }

    async fn fetch(&self, incoming: Request) -> Result<Response> {
        let Ok(mut request) = request(incoming) else {
            return refuse(Code::BadRequest);
        };
        let shell = match self.shell(request.uri()).await {
            Ok(shell) => shell,
            Err(error) => {
                log_error(&format!("the gateway cannot start: {error:#}"));
                return refuse(Code::ServiceUnavailable);
            }
        };
        match request.uri().path() {
            PUBLISH => shell.hear(&mut request).await,
            _ => gateway_socket_do::open(shell, &request),
        }
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        let shell = self.shell(&Uri::default()).await.map_err(refused)?;
        shell.receive(&socket, message);
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        _: String,
        _: bool,
    ) -> Result<()> {
        let shell = self.shell(&Uri::default()).await.map_err(refused)?;
        shell.gone(&socket, u16::try_from(code).ok());
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _: Error) -> Result<()> {
        let shell = self.shell(&Uri::default()).await.map_err(refused)?;
        shell.gone(&socket, None);
        Ok(())
    }

    async fn alarm(&self) -> Result<Response> {
        let shell = self.shell(&Uri::default()).await.map_err(refused)?;
        shell.wake().await;
        Response::empty()
    }
}

impl Gateway {
    async fn shell(&self, uri: &Uri) -> anyhow::Result<&Rc<Shell>> {
        if let Some(shell) = self.shell.get() {
            return Ok(shell);
        }
        let host = Worker::new(self.env.clone(), uri);
        let config = host.config().await?;
        let kept = Kept::open(&self.state.storage(), &self.env, host.partitions())?;
        // Only a request tells where clients reach the instance.
        let url = match uri.host() {
            Some(_) => kept.note_url(config.gateway_public_url())?,
            None => kept.url()?,
        };
        let settings = Settings {
            heartbeat_interval_ms: config.gateway.heartbeat_interval_ms,
            gateway_url: url.into(),
            limit_starts: config.rate_limits.enabled,
        };
        let new = || Shell::revive(self.state.clone(), host, kept, settings);
        Ok(self.shell.get_or_init(new))
    }
}

fn refused(error: anyhow::Error) -> Error {
    log_error(&format!("the gateway cannot start: {error:#}"));
    Error::RustError(error.to_string())
}
