//! One socket of the gateway's object: reads commands, writes frames, and ends.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::StreamExt;
use gateway_durable::Frame;
use gateway_durable::bucket::Input;
use gateway_durable::compression::zstd::Budget;
use gateway_durable::encoding::{Encoder, Transport, TransportError};
use http::header;
use model::Code;
use model::gateway::CloseCode;
use runtime::BodyStream;
use runtime::host::worker::refuse;
use wasm_bindgen_futures::spawn_local;
use worker::{Response, Result, WebSocket, WebSocketPair, WebsocketEvent};

use crate::gateway_do::Shell;

/// The sending half of a socket.
pub struct Socket {
    socket: WebSocket,
    encoder: Rc<RefCell<Encoder>>,
}

/// Answers the request, with 101 if it is the beginning of a WebSocket.
pub fn open(shell: &Rc<Shell>, request: &http::Request<BodyStream>) -> Result<Response> {
    let upgrade = request.headers().get(header::UPGRADE);
    if upgrade.is_none_or(|it| !it.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return refuse(Code::BadRequest);
    }
    let WebSocketPair { client, server } = WebSocketPair::new()?;
    // Else binary messages, as hikari and ETF clients send, come as blobs that nobody can read.
    let kind = "arraybuffer".into();
    js_sys::Reflect::set(server.as_ref(), &"binaryType".into(), &kind)?;
    server.accept()?;
    let transport = Transport::from_query(request.uri().query().unwrap_or_default());
    match transport {
        Ok(transport) => spawn_local(converse(shell.clone(), server, transport)),
        Err(error) => {
            let code = match error {
                TransportError::Version => CloseCode::InvalidVersion,
                TransportError::Encoding => CloseCode::DecodeError,
            };
            server.close(Some(code.number()), Some(code.reason()))?;
        }
    }
    Response::from_websocket(client)
}

async fn converse(shell: Rc<Shell>, socket: WebSocket, transport: Transport) {
    let Ok(mut events) = socket.events() else {
        return;
    };
    // Shared with the sending half: an identify may ask for compressed payloads.
    let encoder = Rc::new(RefCell::new(Encoder::new(transport, &Budget::default())));
    let sender = Socket {
        socket: socket.clone(),
        encoder: encoder.clone(),
    };
    let id = shell.open(sender, transport);
    let mut code = None;
    while let Some(Ok(event)) = events.next().await {
        match event {
            WebsocketEvent::Message(message) => {
                let bytes = message.bytes();
                let text = || message.text().unwrap_or_default().into_bytes();
                let message = bytes.unwrap_or_else(text);
                let command = encoder.borrow_mut().decode(&message);
                shell.say(Input::Received {
                    socket: id,
                    command,
                    bytes: message.len(),
                });
            }
            WebsocketEvent::Close(event) => {
                code = Some(event.code());
                break;
            }
        }
    }
    shell.say(Input::Closed { socket: id, code });
}

impl Socket {
    /// Sends a frame. One that cannot be sent is of a socket that is about to be closed.
    pub fn send(&self, frame: &Frame) {
        let mut encoder = self.encoder.borrow_mut();
        let mut message = Vec::new();
        let binary = encoder.encode(frame, &mut message);
        let _ = match binary {
            true => self.socket.send_with_bytes(&message),
            false => self.socket.send_with_str(String::from_utf8_lossy(&message)),
        };
    }

    /// Closes it, after what was sent.
    pub fn close(&self, code: CloseCode) {
        let _ = self.socket.close(Some(code.number()), Some(code.reason()));
    }
}
