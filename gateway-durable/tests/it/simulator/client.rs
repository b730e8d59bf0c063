//! A client that loses its connection and resumes, and what it believes of the guild.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gateway_durable::SocketId;
use model::Permissions;
use model::permissions::Overwrite;
use serde_json::Value;

use super::naive::list_id;
use crate::lists::Lists;
use crate::support::{ChannelId, GuildId, UserId};

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
    pub events: Vec<Rc<Value>>,
    /// Guilds that it knows now. Only right for one that never lost a connection.
    pub guilds: BTreeSet<GuildId>,
    /// What it shows of the guild: channels and ranges.
    pub looks_at: Vec<(ChannelId, Vec<(usize, usize)>)>,
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
            looks_at: Vec::new(),
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
    pub fn take(&mut self, received: &[Rc<Value>]) {
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
                self.looks_at.clear();
            }
            _ => {}
        }
    }

    /// The connection is lost, and with it the last events that were on the way.
    pub fn lose(&mut self, frames: usize) {
        // A session without READY cannot resume.
        let kept = self.events.len().saturating_sub(frames).max(1);
        self.events.truncate(kept);
        self.lost = true;
    }

    pub fn resumed(&mut self, socket: SocketId) {
        self.socket = socket;
        self.lost = false;
        self.taken = 0;
    }

    /// The member lists that the events make, each of a channel that is known when it comes.
    pub fn lists(&self) -> Lists {
        let mut lists = Lists::default();
        let mut channels = BTreeMap::<&str, Vec<Overwrite>>::new();
        let mut everyone = Permissions::empty();
        for event in &self.events {
            let d = &event["d"];
            match event["t"].as_str().unwrap() {
                "READY" | "GUILD_CREATE" => {
                    let ready = d["guilds"].as_array();
                    for guild in ready.map_or(std::slice::from_ref(d), Vec::as_slice) {
                        let known = guild["channels"].as_array().into_iter().flatten();
                        channels = known.map(|c| (name(c), overwrites(c))).collect();
                        let roles = guild["roles"].as_array().into_iter().flatten();
                        let own = roles.filter(|role| role["id"] == guild["id"]);
                        everyone = own.map(permissions).next().unwrap_or(everyone);
                    }
                }
                "GUILD_DELETE" => {
                    channels.clear();
                    lists = Lists::default();
                }
                "GUILD_ROLE_UPDATE" if d["role"]["id"] == d["guild_id"] => {
                    everyone = permissions(&d["role"]);
                }
                "CHANNEL_CREATE" | "CHANNEL_UPDATE" => {
                    channels.insert(name(d), overwrites(d));
                }
                "CHANNEL_DELETE" => {
                    channels.remove(name(d));
                }
                "GUILD_MEMBER_LIST_UPDATE" => {
                    let guild = d["guild_id"].as_str().unwrap();
                    let mut ids = channels
                        .values()
                        .map(|overwrites| list_id(guild, everyone, overwrites));
                    let known = ids.any(|id| d["id"] == *id);
                    assert!(known, "lists are of visible channels: {d}");
                    lists.update(d);
                }
                _ => {}
            }
        }
        lists
    }

    /// What it received, but for what a lost connection or the name of a session makes different.
    pub fn story(&self) -> Vec<(&str, &Value)> {
        let events = self.events.iter().filter(|event| {
            let name = event["t"].as_str().unwrap();
            !matches!(
                name,
                "RESUMED" | "SESSIONS_REPLACE" | "GUILD_MEMBER_LIST_UPDATE"
            )
        });
        events
            .map(|event| {
                let name = event["t"].as_str().unwrap();
                let data = match name {
                    "READY" => &event["d"]["guilds"],
                    _ => &event["d"],
                };
                (name, data)
            })
            .collect()
    }

    /// The messages that came, by their ids: how often, and what they said.
    pub fn messages(&self) -> BTreeMap<&str, (usize, &str)> {
        let mut messages = BTreeMap::new();
        for event in self.events.iter().filter(|e| e["t"] == "MESSAGE_CREATE") {
            let d = &event["d"];
            let content = d["content"].as_str().unwrap();
            let id = d["id"].as_str().unwrap();
            messages.entry(id).or_insert((0, content)).0 += 1;
        }
        messages
    }

    /// The guilds and channels that the events tell of.
    pub fn known(&self) -> BTreeMap<GuildId, BTreeSet<&str>> {
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
                    assert!(channels.contains(name(d)), "what changes is known");
                }
                "CHANNEL_DELETE" => {
                    let channels = known.get_mut(&id(&d["guild_id"])).expect("a known guild");
                    assert!(channels.remove(name(d)), "what goes was known");
                }
                "MESSAGE_CREATE" => {
                    let channels = known.get(&id(&d["guild_id"])).expect("a known guild");
                    // A thread's message names the channel that the thread is in.
                    let channel = d["nonce"].as_str();
                    let channel = channel.unwrap_or(d["channel_id"].as_str().unwrap());
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

impl Client {
    /// The active threads that the events tell of.
    pub fn threads(&self) -> BTreeMap<&str, Thread<'_>> {
        let mut known = BTreeMap::new();
        let own = self.user.to_string();
        for event in &self.events {
            let d = &event["d"];
            match event["t"].as_str().unwrap() {
                "READY" => {
                    let guilds = d["guilds"].as_array().unwrap().iter();
                    known.extend(guilds.flat_map(|guild| threads(&guild["threads"])));
                }
                "GUILD_CREATE" => known.extend(threads(&d["threads"])),
                "THREAD_LIST_SYNC" => {
                    let homes = d["channel_ids"].as_array().unwrap();
                    known.retain(|_, it: &mut Thread<'_>| !homes.iter().any(|h| h == it.parent));
                    known.extend(threads(&d["threads"]));
                }
                "GUILD_DELETE" => known.clear(),
                "CHANNEL_DELETE" => known.retain(|_, it| it.parent != name(d)),
                "THREAD_CREATE" => {
                    let before = known.insert(name(d), Thread::of(d));
                    // Joining a private thread sends it, whatever a late snapshot had.
                    let again = before.is_none_or(|before| before.private);
                    assert!(again, "a thread is made known once");
                }
                "THREAD_MEMBERS_UPDATE" => {
                    let added = d["added_members"].as_array().into_iter().flatten();
                    let removed = d["removed_member_ids"].as_array().into_iter().flatten();
                    if let Some(thread) = known.get_mut(name(d)) {
                        thread.left |= thread.private && removed.into_iter().any(|id| *id == *own);
                        thread.left &= !added.into_iter().any(|it| it["user_id"] == *own);
                    }
                }
                "THREAD_UPDATE" if d["thread_metadata"]["archived"] == true => {
                    known.remove(name(d));
                }
                "THREAD_UPDATE" => {
                    known.insert(name(d), Thread::of(d));
                }
                "THREAD_DELETE" => {
                    known.remove(name(d));
                }
                _ => {}
            }
        }
        known
    }
}

/// A thread that a client knows of.
pub struct Thread<'a> {
    /// The channel that it is in.
    parent: &'a str,
    private: bool,
    /// Whether it is private and the user left it. Whether they still see it is for the client to
    /// compute: nothing tells it.
    pub left: bool,
}

impl<'a> Thread<'a> {
    fn of(thread: &'a Value) -> Self {
        Self {
            parent: thread["parent_id"].as_str().unwrap(),
            private: thread["type"] == 12,
            left: false,
        }
    }
}

fn threads(list: &Value) -> impl Iterator<Item = (&str, Thread<'_>)> {
    let list = list.as_array().into_iter().flatten();
    list.map(|thread| (name(thread), Thread::of(thread)))
}

fn learn<'a>(known: &mut BTreeMap<GuildId, BTreeSet<&'a str>>, guild: &'a Value) {
    if guild["unavailable"] != true {
        let channels = guild["channels"].as_array().unwrap();
        known.insert(id(&guild["id"]), channels.iter().map(name).collect());
    }
}

fn overwrites(channel: &Value) -> Vec<Overwrite> {
    serde_json::from_value(channel["permission_overwrites"].clone()).unwrap()
}

fn permissions(role: &Value) -> Permissions {
    serde_json::from_value(role["permissions"].clone()).unwrap()
}

fn name(channel: &Value) -> &str {
    channel["id"].as_str().unwrap()
}

fn id(value: &Value) -> GuildId {
    value.as_str().unwrap().parse().unwrap()
}
