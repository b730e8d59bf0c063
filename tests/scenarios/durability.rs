//! Acknowledged writes survive `kill -9`, and nothing is half written.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Actor, Instance, Options};

/// Kills in one run, where an instance starts at once, and where it takes its time.
const KILLS: u64 = 30;
const KILLS_OF_SLOW: u64 = 2;
/// Milliseconds of writing before the first of them, likewise.
const WRITES_MS: u64 = 100;
const WRITES_OF_SLOW_MS: u64 = 2_000;
/// Messages that are acknowledged before them at least, likewise.
const MESSAGES_MIN: usize = 100;
const MESSAGES_OF_SLOW_MIN: usize = 6;
/// Writers at once.
const WRITERS: usize = 8;
/// Roles in one run: a guild has room for 250.
const ROLES: usize = 200;

/// What was acknowledged, as ids.
#[derive(Default)]
struct Acknowledged {
    messages: Vec<String>,
    /// Messages that have a reaction.
    reactions: Vec<String>,
    /// Roles that were made, each with its entry in the audit log.
    roles: Vec<String>,
    /// Roles that the owner was given.
    held: Vec<String>,
}

impl Acknowledged {
    fn extend(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.reactions.extend(other.reactions);
        self.roles.extend(other.roles);
        self.held.extend(other.held);
    }
}

/// A person who writes, and where.
#[derive(Clone)]
struct Writer {
    owner: Actor,
    guild: String,
    channel: String,
    stop: Arc<AtomicBool>,
    roles_left: Arc<AtomicUsize>,
}

impl Writer {
    /// Writes until the instance dies.
    async fn write_until_death(self) -> Acknowledged {
        let mut acknowledged = Acknowledged::default();
        while !self.stop.load(Ordering::Relaxed) && self.write(&mut acknowledged).await.is_some() {}
        acknowledged
    }

    /// One message with a reaction, and sometimes a role; nothing once the instance is dead.
    async fn write(&self, acknowledged: &mut Acknowledged) -> Option<()> {
        let messages = format!("/channels/{}/messages", self.channel);
        let content = format!("number {}", acknowledged.messages.len());
        let message = self
            .call(Method::POST, &messages, json!({ "content": content }))
            .await?;
        let message = id(&message);
        acknowledged.messages.push(message.clone());
        let reaction = format!("{messages}/{message}/reactions/%F0%9F%91%8D/@me");
        self.call(Method::PUT, &reaction, json!({})).await?;
        acknowledged.reactions.push(message);
        let left = |left: usize| left.checked_sub(1);
        if self
            .roles_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left)
            .is_ok()
        {
            let roles = format!("/guilds/{}/roles", self.guild);
            let role = id(&self
                .call(Method::POST, &roles, json!({ "name": "kept" }))
                .await?);
            acknowledged.roles.push(role.clone());
            let held = format!(
                "/guilds/{}/members/{}/roles/{role}",
                self.guild, self.owner.id
            );
            self.call(Method::PUT, &held, json!({})).await?;
            acknowledged.held.push(role);
        }
        Some(())
    }

    /// The answer to a call that succeeded. Writers that meet are tried again by the function, as
    /// often as its host answers: where that is seldom the client is told to, as clients then do.
    async fn call(&self, method: Method, path: &str, body: Value) -> Option<Value> {
        let path = format!("/api/v10{path}");
        let send = || self.owner.request(method.clone(), &path).json(&body).send();
        let mut response = send().await.ok()?;
        while response.status() == StatusCode::SERVICE_UNAVAILABLE && !Instance::starts_at_once() {
            response = send().await.ok()?;
        }
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        let body = response.bytes().await.ok()?;
        Some(serde_json::from_slice(&body).unwrap_or_default())
    }
}

fn id(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_kills() {
    let options = Options::default();
    let mut instance = Arc::new(Instance::start(&options).await.expect("an instance"));
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let (token, user) = (owner.token.clone(), owner.id.clone());
    drop(owner);

    let mut acknowledged = Acknowledged::default();
    let (kills, writes_ms, messages_min) = match Instance::starts_at_once() {
        true => (KILLS, WRITES_MS, MESSAGES_MIN),
        false => (KILLS_OF_SLOW, WRITES_OF_SLOW_MS, MESSAGES_OF_SLOW_MIN),
    };
    for round in 0..kills {
        let stop = Arc::new(AtomicBool::new(false));
        let mut owner = Actor::new(instance.clone(), token.clone());
        owner.id = user.clone();
        let (guild, channel) = (guild.clone(), channel.clone());
        // Some in every round.
        let roles_left = Arc::new(AtomicUsize::new(ROLES / kills as usize));
        let writer = Writer {
            owner,
            guild,
            channel,
            stop: stop.clone(),
            roles_left,
        };
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| tokio::spawn(writer.clone().write_until_death()))
            .collect();
        // Never the same moment of a commit twice.
        tokio::time::sleep(Duration::from_millis(writes_ms + 7 * round)).await;
        instance.kill();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            acknowledged.extend(writer.await.expect("a writer ends"));
        }
        drop(writer);
        let dead = Arc::into_inner(instance).expect("nobody holds the dead instance");
        instance = Arc::new(dead.restart(&options).await.expect("it starts again"));
    }

    let owner = Actor::new(instance.clone(), token);
    assert!(
        acknowledged.messages.len() > messages_min,
        "{} messages",
        acknowledged.messages.len()
    );
    let (messages, reactions) = history(&owner, &channel).await;
    nothing_lost("messages", &acknowledged.messages, &messages);
    nothing_lost("reactions", &acknowledged.reactions, &reactions);
    let roles = owner.get(&format!("/guilds/{guild}/roles")).await.ok();
    let roles: HashSet<_> = roles.as_array().expect("a list").iter().map(id).collect();
    nothing_lost("roles", &acknowledged.roles, &roles);
    let member = owner
        .get(&format!("/guilds/{guild}/members/{user}"))
        .await
        .ok();
    let held = member["roles"].as_array().expect("a list").iter();
    let held = held
        .map(|id| id.as_str().expect("an id").to_owned())
        .collect();
    nothing_lost("roles held", &acknowledged.held, &held);
    // Half of a write would be a role without its entry, or an entry without its role.
    let mut logged = audited(&owner, &guild, 30).await;
    logged.insert(guild);
    assert_eq!(logged, roles, "the audit log and the roles");
}

/// Every message of a channel, and those that have a reaction.
async fn history(owner: &Actor, channel: &str) -> (HashSet<String>, HashSet<String>) {
    let (mut messages, mut reactions) = (HashSet::new(), HashSet::new());
    let mut before = String::from("9223372036854775807");
    loop {
        let path = format!("/channels/{channel}/messages?limit=100&before={before}");
        let page = owner.get(&path).await.ok();
        let page = page.as_array().expect("a list");
        let Some(last) = page.last() else {
            return (messages, reactions);
        };
        before = id(last);
        messages.extend(page.iter().map(id));
        let reacted = page
            .iter()
            .filter(|message| message["reactions"][0]["count"] == 1);
        reactions.extend(reacted.map(id));
    }
}

/// The targets of all entries of one kind.
async fn audited(owner: &Actor, guild: &str, action: u8) -> HashSet<String> {
    let mut targets = HashSet::new();
    let mut before = String::from("9223372036854775807");
    loop {
        let query = format!("action_type={action}&limit=100&before={before}");
        let log = owner
            .get(&format!("/guilds/{guild}/audit-logs?{query}"))
            .await
            .ok();
        let entries = log["audit_log_entries"].as_array().expect("a list").clone();
        let Some(last) = entries.last() else {
            return targets;
        };
        before = id(last);
        let target = |entry: &Value| entry["target_id"].as_str().expect("a target").to_owned();
        targets.extend(entries.iter().map(target));
    }
}

fn nothing_lost(what: &str, acknowledged: &[String], found: &HashSet<String>) {
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|id| !found.contains(*id))
        .collect();
    let all = acknowledged.len();
    assert!(
        lost.is_empty(),
        "{} of {all} {what} were lost: {lost:?}",
        lost.len()
    );
}
