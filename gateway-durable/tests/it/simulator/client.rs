//! A client that loses its connection and resumes, and what it believes of the guild.

use std::collections::{BTreeMap, BTreeSet};

use gateway_durable::SocketId;
use serde_json::Value;

use crate::support::{GuildId, UserId};

/// A client over all its connections.
#[derive(Debug)]
pub struct Client {
    pub user: UserId,
    /// The connection it has or had last.
    pub socket: SocketId,
    /// The connection over which it identified.
    pub first: SocketId,
    /// Whether the connection is lost and not resumed yet.
    pub lost: bool,
    /// Whether it said goodbye.
    pub over: bool,
    /// All events that it received, in order.
    pub events: Vec<Value>,
    /// Guilds that it knows now. Only right for one that never lost a connection.
    pub guilds: BTreeSet<GuildId>,
    /// Payloads of the current connection that were looked at.
    taken: usize,
}

impl Client {
    pub fn new(user: UserId, socket: SocketId) -> Self {
        Self {
            user,
            socket,
            first: socket,
            lost: false,
            over: false,
            events: Vec::new(),
            guilds: BTreeSet::new(),
            taken: 0,
        }
    }

    /// The last sequence number it received.
    pub fn seq(&self) -> u64 {
        self.events
            .last()
            .map_or(0, |event| event["s"].as_u64().unwrap())
    }

    pub fn is_ready(&self) -> bool {
        !self.events.is_empty()
    }

    /// Looks at what came since the last time.
    pub fn take(&mut self, received: &[Value]) {
        for payload in &received[self.taken..] {
            if payload["op"] == 0 {
                let seq = payload["s"].as_u64().unwrap();
                assert_eq!(seq, self.seq() + 1, "sequence numbers have no gaps");
                self.note_guilds(payload);
                self.events.push(payload.clone());
            } else {
                assert_ne!(payload["op"], 9, "sessions can be resumed");
            }
        }
        self.taken = received.len();
    }

    fn note_guilds(&mut self, payload: &Value) {
        let d = &payload["d"];
        match payload["t"].as_str() {
            Some("READY") => {
                let guilds = d["guilds"].as_array().unwrap().iter();
                let here = guilds.filter(|guild| guild["unavailable"] != true);
                self.guilds.extend(here.map(|guild| id(&guild["id"])));
            }
            Some("GUILD_CREATE") => {
                self.guilds.insert(id(&d["id"]));
            }
            Some("GUILD_DELETE") => {
                self.guilds.remove(&id(&d["id"]));
            }
            _ => {}
        }
    }

    /// The connection is lost, and with it the last events that were on the way.
    pub fn lose(&mut self, frames: usize) {
        // Who did not even get READY cannot resume.
        let kept = self.events.len().saturating_sub(frames).max(1);
        self.events.truncate(kept);
        self.lost = true;
    }

    pub fn resumed(&mut self, socket: SocketId) {
        self.socket = socket;
        self.lost = false;
        self.taken = 0;
    }

    /// What it received, but for what a lost connection or the name of a session makes different.
    pub fn story(&self) -> Vec<(String, Value)> {
        let events = self.events.iter().filter(|event| {
            let name = event["t"].as_str().unwrap();
            !matches!(name, "RESUMED" | "SESSIONS_REPLACE")
        });
        events
            .map(|event| {
                let name = event["t"].as_str().unwrap().to_owned();
                let data = match &*name {
                    "READY" => event["d"]["guilds"].clone(),
                    _ => event["d"].clone(),
                };
                (name, data)
            })
            .collect()
    }

    /// How often a message came, and what it said.
    pub fn message(&self, id: &str) -> (usize, Option<&str>) {
        let mut found = self
            .events
            .iter()
            .filter(|event| event["t"] == "MESSAGE_CREATE" && event["d"]["id"] == id);
        let first = found.next();
        let content = first.and_then(|event| event["d"]["content"].as_str());
        (usize::from(first.is_some()) + found.count(), content)
    }

    /// The guilds and channels that the events tell of.
    pub fn known(&self) -> BTreeMap<GuildId, BTreeSet<String>> {
        let mut known = BTreeMap::new();
        for event in &self.events {
            let d = &event["d"];
            match event["t"].as_str().unwrap() {
                "READY" => {
                    for guild in d["guilds"].as_array().unwrap() {
                        learn(&mut known, guild);
                    }
                }
                "GUILD_CREATE" => learn(&mut known, d),
                "GUILD_DELETE" => {
                    known.remove(&id(&d["id"]));
                }
                "CHANNEL_CREATE" => {
                    let channels = known.get_mut(&id(&d["guild_id"])).expect("a known guild");
                    assert!(channels.insert(name(d)), "a channel is made known once");
                }
                "CHANNEL_UPDATE" => {
                    let channels = known.get(&id(&d["guild_id"])).expect("a known guild");
                    assert!(channels.contains(&name(d)), "what changes is known");
                }
                "CHANNEL_DELETE" => {
                    let channels = known.get_mut(&id(&d["guild_id"])).expect("a known guild");
                    assert!(channels.remove(&name(d)), "what goes was known");
                }
                "MESSAGE_CREATE" => {
                    let channels = known.get(&id(&d["guild_id"])).expect("a known guild");
                    let channel = d["channel_id"].as_str().unwrap();
                    assert!(
                        channels.contains(channel),
                        "messages come from known channels"
                    );
                }
                _ => {}
            }
        }
        known
    }
}

fn learn(known: &mut BTreeMap<GuildId, BTreeSet<String>>, guild: &Value) {
    if guild["unavailable"] != true {
        let channels = guild["channels"].as_array().unwrap();
        known.insert(id(&guild["id"]), channels.iter().map(name).collect());
    }
}

fn name(channel: &Value) -> String {
    channel["id"].as_str().unwrap().to_owned()
}

fn id(value: &Value) -> GuildId {
    serde_json::from_value(value.clone()).unwrap()
}
