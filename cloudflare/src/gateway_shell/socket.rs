//! One socket of the gateway's object: reads commands, writes frames, and ends.
//!
//! The platform holds it while the object hibernates, with what is needed to go on with it.

use std::cell::RefCell;
use std::rc::Rc;

use gateway_durable::compression::zstd::Budget;
use gateway_durable::connection::USER_COMMAND_BYTES_MAX;
use gateway_durable::durable::Input;
use gateway_durable::transport::{Encoder, Transport, TransportError};
use gateway_durable::{Frame, SocketId};
use http::header;
use model::gateway::CloseCode;
use model::{Code, Timestamp};
use runtime::BodyStream;
use runtime::entry::worker::refuse;
use runtime::host::Host;
use serde::{Deserialize, Serialize};
use worker::{Response, Result, State, WebSocket, WebSocketPair};

use super::Shell;

/// What the platform holds with a socket.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Attachment {
    /// The connection's number, as text: the platform's numbers are not that exact.
    id: String,
    /// The query of the URL.
    query: String,
    /// Whether large payloads are compressed one by one.
    payloads: bool,
    /// When its client was heard, in milliseconds; behind by [`HEARD_EVERY_MS`] at most.
    heard_ms: i64,
}

/// How exactly it is known when a client was heard.
const HEARD_EVERY_MS: i64 = 5_000;

/// A socket, and how it is spoken to.
pub struct Socket {
    socket: WebSocket,
    transport: Transport,
    attachment: RefCell<Attachment>,
    encoder: RefCell<Encoder>,
}

/// Answers the request, with 101 if it is the beginning of a WebSocket.
pub fn open(shell: &Rc<Shell>, request: &http::Request<BodyStream>) -> Result<Response> {
    let upgrade = request.headers().get(header::UPGRADE);
    if upgrade.is_none_or(|it| !it.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return refuse(Code::BadRequest);
    }
    if shell.is_full() {
        return refuse(Code::ServiceUnavailable);
    }
    let WebSocketPair { client, server } = WebSocketPair::new()?;
    // Else binary messages, as hikari and ETF clients send, come as blobs that nobody can read.
    let kind = "arraybuffer".into();
    js_sys::Reflect::set(server.as_ref(), &"binaryType".into(), &kind)?;
    let query = request.uri().query().unwrap_or_default();
    match Transport::from_query(query) {
        Ok(transport) => {
            shell.state.accept_web_socket(&server);
            let id = SocketId(shell.random() as u64);
            let attachment = Attachment {
                id: id.0.to_string(),
                query: query.to_owned(),
                payloads: false,
                heard_ms: shell.host.now().as_millis(),
            };
            server.serialize_attachment(&attachment)?;
            let socket = Socket {
                socket: server,
                transport,
                attachment: RefCell::new(attachment),
                encoder: RefCell::new(Encoder::new(transport, &Budget::default())),
            };
            shell.open(socket, id, transport);
        }
        Err(error) => {
            let code = match error {
                TransportError::Version => CloseCode::InvalidVersion,
                TransportError::Encoding => CloseCode::DecodeError,
            };
            server.accept()?;
            server.close(Some(code.number()), Some(code.reason()))?;
        }
    }
    Response::from_websocket(client)
}

/// The connection's number.
pub fn name(socket: &WebSocket) -> Option<SocketId> {
    let attachment: Attachment = socket.deserialize_attachment().ok()??;
    attachment.id.parse().ok().map(SocketId)
}

/// The sockets that the platform holds.
pub fn open_ones(state: &State) -> impl Iterator<Item = (SocketId, Socket)> {
    let sockets = state.get_websockets().into_iter();
    sockets.filter_map(|socket| {
        let attachment: Attachment = socket.deserialize_attachment().ok()??;
        let id = attachment.id.parse().ok().map(SocketId)?;
        let transport = Transport::from_query(&attachment.query).ok()?;
        let encoder = Encoder::resumed(transport, attachment.payloads);
        let socket = Socket {
            socket,
            transport,
            attachment: RefCell::new(attachment),
            encoder: RefCell::new(encoder),
        };
        Some((id, socket))
    })
}

impl Socket {
    /// What the gateway hears when this message comes.
    pub fn receive(&self, id: SocketId, message: &[u8], now: Timestamp) -> Input {
        // The platform takes 32 MiB, of which nothing is to be made or kept.
        if message.len() > USER_COMMAND_BYTES_MAX {
            return Input::too_long(id, message.len());
        }
        let mut encoder = self.encoder.borrow_mut();
        let mut attachment = self.attachment.borrow_mut();
        // The core refuses other opcodes.
        let _ = encoder.decode(message);
        let heard_ms = now.as_millis();
        let payloads = encoder.compresses_payloads();
        if payloads != attachment.payloads || heard_ms - attachment.heard_ms >= HEARD_EVERY_MS {
            (attachment.payloads, attachment.heard_ms) = (payloads, heard_ms);
            let _ = self.socket.serialize_attachment(&*attachment);
        }
        Input::received(id, self.transport.encoding, message)
    }

    /// When its client was heard.
    pub fn heard(&self) -> Timestamp {
        Timestamp::from_millis(self.attachment.borrow().heard_ms)
    }

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
