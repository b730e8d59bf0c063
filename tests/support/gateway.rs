//! A gateway connection as a client has it.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long an expected event may take.
const EVENT_WITHIN: Duration = Duration::from_secs(15);
/// How long nothing must come for it to count as nothing.
const SILENCE: Duration = Duration::from_millis(400);

/// A gateway connection. Sequence numbers are checked for gaps as they come.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The session, for resuming.
    pub session_id: String,
    /// The last sequence number.
    pub seq: u64,
    /// READY's data.
    pub ready: Value,
    waiting: VecDeque<Value>,
}

impl Socket {
    /// Connects and reads HELLO.
    pub async fn open(url: &str) -> Self {
        let url = url.replacen("http", "ws", 1) + "/gateway/?v=10&encoding=json";
        let (stream, _) = connect_async(url).await.expect("a socket");
        let mut socket = Self {
            stream,
            session_id: String::new(),
            seq: 0,
            ready: Value::Null,
            waiting: VecDeque::new(),
        };
        let hello = socket.receive().await.expect("HELLO");
        assert_eq!(hello["op"], 10, "{hello}");
        socket
    }

    /// Connects, identifies with all intents and reads READY.
    pub async fn ready(url: &str, token: &str) -> Self {
        Self::identify(url, token, json!({ "intents": (1 << 26) - 1 })).await
    }

    /// Connects, identifies with further fields and reads READY.
    pub async fn identify(url: &str, token: &str, fields: Value) -> Self {
        let mut socket = Self::open(url).await;
        let mut identify = json!({
            "token": token.trim_start_matches("Bot "),
            "properties": { "os": "linux", "browser": "tests", "device": "tests" },
        });
        for (name, value) in fields.as_object().into_iter().flatten() {
            identify[name] = value.clone();
        }
        socket.send(2, identify).await;
        socket.ready = socket.event("READY").await;
        socket.session_id = socket.ready["session_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        socket
    }

    /// Connects and resumes a session; events that were missed follow.
    pub async fn resume(url: &str, token: &str, session_id: &str, seq: u64) -> Self {
        let mut socket = Self::open(url).await;
        let token = token.trim_start_matches("Bot ");
        let resume = json!({ "token": token, "session_id": session_id, "seq": seq });
        socket.send(6, resume).await;
        session_id.clone_into(&mut socket.session_id);
        socket.seq = seq;
        socket
    }

    /// Sends a command.
    pub async fn send(&mut self, op: u8, data: Value) {
        let text = json!({ "op": op, "d": data }).to_string();
        self.stream
            .send(Message::text(text))
            .await
            .expect("an open socket");
    }

    /// Sends a message of so many bytes, or what of it the server takes.
    pub async fn send_bytes(&mut self, count: usize) {
        let text = "[".repeat(count);
        let _ = self.stream.send(Message::text(text)).await;
    }

    /// Waits until the connection is closed.
    pub async fn ends(&mut self) {
        let ended = async { while self.receive().await.is_some() {} };
        let ended = tokio::time::timeout(EVENT_WITHIN, ended).await;
        ended.expect("the server closes");
    }

    /// The data of the next event of this name. Others stay for later.
    #[track_caller]
    pub fn event(&mut self, name: &str) -> impl Future<Output = Value> {
        self.event_where(name, |_| true)
    }

    /// The data of the next event of this name that fulfils a condition.
    pub async fn event_where(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let matches = |event: &Value| event["t"] == name && wanted(&event["d"]);
        if let Some(at) = self.waiting.iter().position(matches) {
            return self
                .waiting
                .remove(at)
                .map(|mut event| event["d"].take())
                .unwrap_or_default();
        }
        let found = tokio::time::timeout(EVENT_WITHIN, async {
            loop {
                let Some(mut event) = self.receive().await else {
                    panic!("the socket closed while {name} was expected");
                };
                if event["op"] == 0 && matches(&event) {
                    return event["d"].take();
                }
                self.waiting.push_back(event);
            }
        });
        match found.await {
            Ok(data) => data,
            Err(_) => panic!(
                "no {name} within {EVENT_WITHIN:?}; seen: {:#?}",
                self.names()
            ),
        }
    }

    /// Asserts that no event of this name comes for a while.
    pub async fn silent_on(&mut self, name: &str) {
        let quiet = tokio::time::timeout(SILENCE, async {
            while let Some(event) = self.receive().await {
                self.waiting.push_back(event);
            }
        });
        let _ = quiet.await;
        let seen = self.waiting.iter().find(|event| event["t"] == name);
        assert!(seen.is_none(), "{name} was not for this session: {seen:?}");
    }

    /// Whether an event of this name that fulfils a condition comes within a while.
    pub async fn waiting_for(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> bool {
        let quiet = tokio::time::timeout(SILENCE, async {
            while let Some(event) = self.receive().await {
                self.waiting.push_back(event);
            }
        });
        let _ = quiet.await;
        let mut seen = self.waiting.iter();
        seen.any(|event| event["t"] == name && wanted(&event["d"]))
    }

    /// The code with which the server closes the connection.
    pub async fn close_code(&mut self) -> u16 {
        let closed = tokio::time::timeout(EVENT_WITHIN, async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                    Some(Ok(_)) => {}
                    other => panic!("no close frame: {other:?}"),
                }
            }
        });
        closed.await.expect("the server closes")
    }

    /// The code with which the server closes the connection, though the client does all that keeps
    /// it open.
    pub async fn close_code_of_a_living(&mut self) -> u16 {
        for _ in 0..30 {
            let next = tokio::time::timeout(Duration::from_secs(1), self.stream.next()).await;
            match next {
                Ok(Some(Ok(Message::Close(Some(frame))))) => return frame.code.into(),
                Ok(Some(Ok(_))) => {}
                Ok(other) => panic!("no close frame: {other:?}"),
                Err(_) => self.send(1, json!(self.seq)).await,
            }
        }
        panic!("the connection stays open");
    }

    /// Says goodbye, which ends the session too.
    pub async fn leave(mut self) {
        let goodbye = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        // The server may be gone by now, and the session with it.
        let _ = self.stream.close(Some(goodbye)).await;
    }

    /// Cuts the connection without a goodbye.
    pub fn cut(self) -> (String, u64) {
        (self.session_id, self.seq)
    }

    fn names(&self) -> Vec<&str> {
        self.waiting
            .iter()
            .filter_map(|event| event["t"].as_str())
            .collect()
    }

    /// The next payload, `None` when the socket is closed. Pings of the protocol are passed over.
    pub async fn receive(&mut self) -> Option<Value> {
        loop {
            match self.stream.next().await? {
                Ok(Message::Text(text)) => {
                    let event: Value = serde_json::from_str(&text).expect("JSON");
                    self.count(&event);
                    return Some(event);
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    #[track_caller]
    fn count(&mut self, event: &Value) {
        if event["op"] == 0 {
            let seq = event["s"].as_u64().expect("a sequence number");
            assert_eq!(seq, self.seq + 1, "a gap before {}", event["t"]);
            self.seq = seq;
        }
    }
}
