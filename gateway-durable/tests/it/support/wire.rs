//! What clients send and receive.

use std::rc::Rc;

use gateway_durable::compression::Compression;
use gateway_durable::encoding::{Encoding, json as as_json};
use gateway_durable::registry;
use gateway_durable::transport::Transport;
use gateway_durable::{Frame, SessionId, SocketId};
use model::Timestamp;
use model::gateway::{CloseCode, Command, CommandError, Intents};
use serde_json::{Value, json};

use super::calls::token;
use super::{UserId, World, objects};

/// One connection as its client has it.
#[derive(Debug, Default)]
pub struct Client {
    /// Every payload that came, decoded.
    pub received: Vec<Rc<Value>>,
    /// The code it was closed with.
    pub closed: Option<CloseCode>,
    /// Whether the client is gone.
    pub(super) gone: bool,
    /// When it was heard, if it is silent since.
    pub heard: Option<Timestamp>,
}

impl World {
    /// Opens a connection.
    pub fn open(&mut self) -> SocketId {
        self.open_with(Compression::None)
    }

    pub fn open_with(&mut self, compression: Compression) -> SocketId {
        self.next_socket += 1;
        let socket = SocketId(self.next_socket);
        self.clients.insert(socket, Client::default());
        let transport = Transport {
            version: 10,
            encoding: Encoding::Json,
            compression,
        };
        self.give(registry::Input::Opened {
            socket,
            transport,
            session_id: SessionId(socket.0.into()),
        });
        socket
    }

    /// Sends a payload.
    pub fn send(&mut self, socket: SocketId, payload: Value) {
        self.send_text(socket, &payload.to_string());
    }

    pub fn send_text(&mut self, socket: SocketId, text: &str) {
        if self.objects.is_some() {
            return self.tell_sessions(objects::received(socket, text));
        }
        let command: Result<Command, CommandError> = Command::from_json(text);
        let bytes = text.len();
        self.give(registry::Input::Received {
            socket,
            command,
            bytes,
        });
    }

    /// A connection that has received READY, and GUILD_CREATE where it wants them.
    pub fn connect(&mut self, user: UserId, intents: Intents) -> SocketId {
        self.connect_with(user, json!({"intents": intents.bits()}))
    }

    /// A user account's connection that has received READY.
    pub fn connect_user(&mut self, user: UserId) -> SocketId {
        self.connect_with(user, json!({}))
    }

    pub fn connect_with(&mut self, user: UserId, fields: Value) -> SocketId {
        let socket = self.open();
        self.identify(socket, user, fields);
        self.answer_all();
        socket
    }

    pub fn identify(&mut self, socket: SocketId, user: UserId, fields: Value) {
        let mut d = json!({"token": token(user), "properties": {"os": "linux"}});
        if let (Value::Object(d), Value::Object(fields)) = (&mut d, fields) {
            d.extend(fields);
        }
        self.send(socket, json!({"op": 2, "d": d}));
    }

    /// The connection is gone, without or with a close code of the client.
    pub fn drop_socket(&mut self, socket: SocketId, code: Option<u16>) {
        self.clients.get_mut(&socket).unwrap().gone = true;
        self.give(registry::Input::Closed { socket, code });
    }

    /// Resumes `before` on a new connection.
    pub fn resume(&mut self, before: SocketId, user: UserId, seq: u64) -> SocketId {
        let session_id = self.session_of(before);
        let socket = self.open();
        let d = json!({"token": token(user), "session_id": session_id, "seq": seq});
        self.send(socket, json!({"op": 6, "d": d}));
        socket
    }

    pub fn session_of(&self, socket: SocketId) -> String {
        let ready = &self.events(socket, "READY")[0];
        ready["session_id"].as_str().unwrap().to_owned()
    }

    pub(super) fn receive(&mut self, socket: SocketId, frame: &Frame) {
        let mut message = Vec::new();
        as_json::encode(frame, &mut message);
        let payload = serde_json::from_slice(&message).unwrap();
        let client = self.clients.get_mut(&socket).unwrap();
        assert!(client.closed.is_none(), "nothing is sent after a close");
        client.received.push(Rc::new(payload));
    }

    /// The `d` of all events of a name that came over a connection.
    pub fn events(&self, socket: SocketId, name: &str) -> Vec<Value> {
        let received = &self.clients[&socket].received;
        let named = received.iter().filter(|payload| payload["t"] == name);
        named.map(|payload| payload["d"].clone()).collect()
    }

    /// The names of all events that came over a connection.
    pub fn names(&self, socket: SocketId) -> Vec<String> {
        let received = &self.clients[&socket].received;
        let names = received.iter().filter_map(|payload| payload["t"].as_str());
        names.map(str::to_owned).collect()
    }

    /// The last sequence number that came over a connection.
    pub fn seq(&self, socket: SocketId) -> u64 {
        let received = self.clients[&socket].received.iter().rev();
        received
            .filter_map(|payload| payload["s"].as_u64())
            .next()
            .unwrap_or(0)
    }

    pub fn closed(&self, socket: SocketId) -> Option<CloseCode> {
        self.clients[&socket].closed
    }

    /// Forgets what a client received, so that a test sees only what comes next.
    pub fn clear(&mut self, socket: SocketId) {
        self.clients.get_mut(&socket).unwrap().received.clear();
    }
}
