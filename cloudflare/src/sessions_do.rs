//! The object of all connections and sessions.

use gateway_durable::durable::Address;
use model::gateway::internal::paths::{PUBLISH, TELL};
use runtime::entry::worker::refuse;
use runtime::host::worker::request;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, durable_object,
};

use crate::gateway_calls::Call;
use crate::gateway_object::Object;
use crate::gateway_shell::socket;

/// The connections and sessions of the instance.
#[durable_object]
pub struct Sessions(Object);

impl DurableObject for Sessions {
    fn new(state: State, env: Env) -> Self {
        Self(Object::new(state, env))
    }

    async fn fetch(&self, incoming: Request) -> Result<Response> {
        let Ok(request) = request(incoming) else {
            return refuse(model::Code::BadRequest);
        };
        if matches!(request.uri().path(), PUBLISH | TELL) {
            return self.0.call(request, own).await;
        }
        let shell = self.0.awake(Some(Address::Sessions), Some(request.uri()));
        socket::open(shell.await?, &request)
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        self.0.awake(None, None).await?.receive(&socket, message);
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        _: String,
        _: bool,
    ) -> Result<()> {
        let code = u16::try_from(code).ok();
        self.0.awake(None, None).await?.gone(&socket, code);
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _: Error) -> Result<()> {
        self.0.awake(None, None).await?.gone(&socket, None);
        Ok(())
    }

    async fn alarm(&self) -> Result<Response> {
        self.0.alarm().await
    }
}

fn own(call: &Call) -> Option<Address> {
    Some(call.to()).filter(|to| *to == Address::Sessions)
}
