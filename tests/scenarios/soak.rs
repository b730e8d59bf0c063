//! The same work again and again takes no more memory.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;

use crate::support::{Actor, Instance, Options};

/// Rounds until caches are full and every function has its instances.
const WARM_UP: usize = 4;
/// Rounds in which memory must not grow, each of about a second. The variable
/// `SPACEBAR_SOAK_ROUNDS` says otherwise: 3600 are an hour.
const ROUNDS: usize = 10;
/// People who work at once, each of them so often in a round.
const PEOPLE: usize = 6;
const TURNS: usize = 40;
/// What it may come to in half of those rounds, in KiB. A burst may take one more instance of a
/// function, of up to 2.5 MiB; what is kept of every socket or request takes more than this.
const GROWTH_MAX: u64 = 4_096;

/// One person's round: they write, read, listen and leave.
async fn work(person: Actor, channel: String) {
    let messages = format!("/channels/{channel}/messages");
    for turn in 0..TURNS {
        let sent = person.say(&channel, "the same again").await;
        let id = sent["id"].as_str().expect("an id");
        person.get(&format!("{messages}?limit=10")).await.ok();
        person.get("/users/@me").await.ok();
        if turn % 10 == 0 {
            let mut socket = person.connect().await;
            let edit = serde_json::json!({ "content": "otherwise" });
            person.patch(&format!("{messages}/{id}"), edit).await.ok();
            socket.event("MESSAGE_UPDATE").await;
            socket.leave().await;
        }
        person.delete(&format!("{messages}/{id}")).await.ok();
    }
}

/// Memory of the process that no file backs, in KiB.
fn anonymous_kib(id: u32) -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status"));
    let status = status.expect("a running process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a number of KiB")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_work_takes_no_more_memory() {
    let instance = Instance::start(&Options::default()).await;
    let instance = Arc::new(instance.expect("an instance"));
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let rounds = std::env::var("SPACEBAR_SOAK_ROUNDS").ok();
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let mut memory = Vec::new();
    for _ in 0..WARM_UP + rounds {
        join_all((0..PEOPLE).map(|_| work(owner.clone(), channel.clone()))).await;
        memory.push(anonymous_kib(instance.id()));
    }
    // The median of the last rounds beside that of the first: a single peak is no growth.
    let median = |rounds: &[u64]| {
        let mut rounds = rounds.to_vec();
        rounds.sort_unstable();
        rounds[rounds.len() / 2]
    };
    let (first, last) = memory[WARM_UP..].split_at(rounds / 2);
    let growth = median(last).saturating_sub(median(first));
    println!("anonymous memory after each round, in KiB: {memory:?}");
    assert!(growth < GROWTH_MAX, "{growth} KiB more");
}
