//! One socket: reads commands, writes frames, and ends.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use gateway_durable::registry::Input;
use gateway_durable::transport::Encoder;
use gateway_durable::{Frame, SocketId};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use model::gateway::{CloseCode, Command, CommandError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WireCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::frames;
use super::inbox::FromSocket;
use super::outbox::{self, Inbox, Outgoing};

/// What hyper gives once the protocol is switched.
pub type Stream = TokioIo<Upgraded>;

/// Bytes of a message that are accepted at all; the core decides who may send how much.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// How long the client gets to answer a close.
const CLOSING: Duration = Duration::from_secs(2);

/// Bytes that are gathered before they are written.
const WRITE_BYTES: usize = 64 * 1024;

/// Bytes of the write buffer that an idle socket keeps.
const KEPT_BYTES: usize = 512;

/// Registers a socket with the hub and serves it in a task of its own.
pub async fn start(
    stream: WebSocketStream<Stream>,
    encoder: Encoder,
    socket: SocketId,
    opened: Input,
    place: OwnedSemaphorePermit,
    hub: mpsc::Sender<FromSocket>,
) {
    let (outbox, inbox) = outbox::channel();
    let mut conversation = Conversation {
        stream,
        inbox,
        encoder,
        buffer: Vec::new(),
        hub: hub.clone(),
        socket,
        _place: place,
    };
    let (registered, begin) = tokio::sync::oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        // The hub must know the socket before it hears from it.
        if begin.await.is_ok() {
            conversation.run().await;
        }
    });
    let abort = task.abort_handle();
    let opened = FromSocket::Opened {
        input: Box::new(opened),
        outbox,
        abort,
    };
    if hub.send(opened).await.is_ok() {
        let _ = registered.send(());
    }
}

/// Closes a socket that the hub never heard of.
pub async fn refuse(mut stream: WebSocketStream<Stream>, code: CloseCode) {
    close(&mut stream, code).await;
}

/// Every open socket keeps one of these and its future, so rare and large parts of the future are
/// boxed.
struct Conversation {
    stream: WebSocketStream<Stream>,
    inbox: Inbox,
    encoder: Encoder,
    buffer: Vec<u8>,
    hub: mpsc::Sender<FromSocket>,
    socket: SocketId,
    /// Held until the socket is gone.
    _place: OwnedSemaphorePermit,
}

/// How a conversation ends.
enum End {
    /// The client is gone, perhaps with a code.
    Gone(Option<u16>),
    /// The hub wants it closed, and knows.
    Close(CloseCode),
}

impl Conversation {
    async fn run(&mut self) {
        match self.converse().await {
            End::Gone(code) => {
                let socket = self.socket;
                self.say(Input::Closed { socket, code }).await;
                // Lets tungstenite answer the client's close, if it sent one.
                let answer = tokio::time::timeout(CLOSING, self.stream.flush());
                let _ = Box::pin(answer).await;
            }
            End::Close(code) => close(&mut self.stream, code).await,
        }
    }

    async fn converse(&mut self) -> End {
        // After a broken message nothing more is read: the hub will close.
        let mut listening = true;
        loop {
            tokio::select! {
                outgoing = self.inbox.next() => {
                    let Some(outgoing) = outgoing else {
                        return End::Close(CloseCode::GoingAway);
                    };
                    if let Some(end) = self.write(outgoing).await {
                        return end;
                    }
                }
                incoming = self.stream.next(), if listening => {
                    match incoming {
                        Some(Ok(Message::Text(text))) => {
                            let command = self.encoder.decode(text.as_bytes());
                            self.hear(command, text.len()).await;
                        }
                        Some(Ok(Message::Binary(bytes))) => {
                            let command = self.encoder.decode(&bytes);
                            self.hear(command, bytes.len()).await;
                        }
                        Some(Ok(Message::Close(frame))) => {
                            return End::Gone(Some(frame.map_or(1005, |f| f.code.into())));
                        }
                        Some(Ok(_)) => {}
                        Some(Err(Error::Capacity(_) | Error::Utf8(_))) => {
                            listening = false;
                            self.hear(Err(CommandError::Undecodable), MESSAGE_BYTES_MAX).await;
                        }
                        Some(Err(_)) | None => return End::Gone(None),
                    }
                }
            }
        }
    }

    async fn hear(&mut self, command: Result<Command, CommandError>, bytes: usize) {
        let socket = self.socket;
        self.say(Input::Received {
            socket,
            command,
            bytes,
        })
        .await;
    }

    fn say(&mut self, input: Input) -> impl Future<Output = ()> {
        let from = FromSocket::Input(Box::new(input));
        // A hub that is gone closes the outbox, which ends the conversation.
        async move {
            let _ = self.hub.send(from).await;
        }
    }

    /// Writes what waits, as much at once as there is. Returns how the conversation ends, if so.
    async fn write(&mut self, first: Outgoing) -> Option<End> {
        let mut next = Some(first);
        let mut closing = None;
        while next.is_some() && closing.is_none() {
            let (mut count, mut cost) = (0, 0);
            while let Some(outgoing) = next {
                match outgoing {
                    Outgoing::Frame(frame) => {
                        count += 1;
                        cost += frame.cost();
                        self.encode(&frame);
                    }
                    Outgoing::Close(code) => {
                        closing = Some(End::Close(code));
                        break;
                    }
                }
                if self.buffer.len() >= WRITE_BYTES {
                    break;
                }
                next = self.inbox.try_next();
            }
            if self.send().await.is_err() {
                return Some(End::Gone(self.last_words().await));
            }
            self.inbox.written(count, cost);
            next = self.inbox.try_next().filter(|_| closing.is_none());
        }
        closing
    }

    /// The code of the close that the client sent before it hung up on what was written to it: who
    /// said goodbye ends the session, even if there was more to tell.
    async fn last_words(&mut self) -> Option<u16> {
        let words = async {
            loop {
                match self.stream.next().await? {
                    Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                    Ok(_) => {}
                    Err(_) => return None,
                }
            }
        };
        let words = Box::pin(tokio::time::timeout(CLOSING, words));
        words.await.unwrap_or_default()
    }

    fn encode(&mut self, frame: &Frame) {
        let encoder = &mut self.encoder;
        frames::message(&mut self.buffer, |out| encoder.encode(frame, out));
    }

    async fn send(&mut self) -> Result<(), Error> {
        // Tungstenite's own pongs must not end up inside our frames.
        self.stream.flush().await?;
        self.stream.get_mut().write_all(&self.buffer).await?;
        self.buffer.clear();
        if self.buffer.capacity() > KEPT_BYTES {
            self.buffer = Vec::new();
        }
        Ok(())
    }
}

/// Sends a close and waits a moment for its answer and for the client to hang up: closing the
/// connection with unread bytes would let the client see a reset instead. After a message that was
/// refused those bytes are no frames, and are passed over.
async fn close(stream: &mut WebSocketStream<Stream>, code: CloseCode) {
    let frame = CloseFrame {
        code: WireCode::from(code.number()),
        reason: code.reason().into(),
    };
    let farewell = async {
        if stream.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
            let raw = stream.get_mut();
            let _ = raw.shutdown().await;
            let mut rest = [0; 1024];
            while raw.read(&mut rest).await.is_ok_and(|count| count > 0) {}
        }
    };
    let _ = Box::pin(tokio::time::timeout(CLOSING, farewell)).await;
}
