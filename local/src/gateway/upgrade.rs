//! From an HTTP request to a socket.

use std::time::Duration;

use gateway_durable::compression::zstd::Budget;
use gateway_durable::registry::Input;
use gateway_durable::transport::{Encoder, Transport, TransportError};
use gateway_durable::{SessionId, SocketId};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use model::Code;
use model::gateway::CloseCode;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::inbox::FromSocket;
use super::socket::{self, MESSAGE_BYTES_MAX};
use crate::body::{Body, empty, full};

/// Bytes that are read at once. Commands are short, and every socket keeps such a buffer.
const READ_BYTES: usize = 1024;

/// Time between the answer 101 and the first frame. Some clients take no notice of bytes that come
/// with the answer, and so never see a HELLO that is among them; when a socket says nothing for
/// this long, they have read the answer by itself.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers the request, with 101 if it is the beginning of a WebSocket.
pub fn answer(
    mut request: Request<Incoming>,
    socket: SocketId,
    place: OwnedSemaphorePermit,
    zstd: Budget,
    hub: mpsc::Sender<FromSocket>,
) -> Response<Body> {
    let transport = Transport::from_query(request.uri().query().unwrap_or(""));
    match create_response_with_body(&request, empty) {
        Ok(response) => {
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::spawn(open(upgrade, transport, socket, place, zstd, hub));
            response
        }
        Err(_) => {
            let response = Response::builder().status(Code::BadRequest.status());
            let body = full("The gateway speaks WebSocket.");
            response.body(body).unwrap_or_default()
        }
    }
}

async fn open(
    upgrade: OnUpgrade,
    transport: Result<Transport, TransportError>,
    socket: SocketId,
    place: OwnedSemaphorePermit,
    zstd: Budget,
    hub: mpsc::Sender<FromSocket>,
) {
    let Ok(upgraded) = upgrade.await else {
        return;
    };
    tokio::time::sleep(PAUSE).await;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let stream = TokioIo::new(upgraded);
    let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let mut random = [0; 16];
    let transport = match (transport, getrandom::fill(&mut random)) {
        (Ok(transport), Ok(())) => transport,
        (Err(TransportError::Version), _) => {
            return socket::refuse(stream, CloseCode::InvalidVersion).await;
        }
        (Err(TransportError::Encoding), _) => {
            return socket::refuse(stream, CloseCode::DecodeError).await;
        }
        (_, Err(error)) => {
            tracing::error!("the system has no randomness: {error}");
            return socket::refuse(stream, CloseCode::UnknownError).await;
        }
    };
    let opened = Input::Opened {
        socket,
        transport,
        session_id: SessionId(u128::from_le_bytes(random)),
    };
    let encoder = Encoder::new(transport, &zstd);
    socket::start(stream, encoder, socket, opened, place, hub).await;
}
