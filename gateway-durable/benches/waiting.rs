//! What sessions that wait for a resume cost each message: `cargo bench --package gateway-durable`.

#![allow(clippy::unwrap_used, reason = "it measures what it made itself")]

#[path = "../tests/it"]
#[allow(dead_code, unused_imports, reason = "tests need more of it")]
mod it {
    pub mod support;
}

use gateway_durable::hub::Input;
use model::Audience;
use model::event::EventKind;
use serde_json::json;

use it::support::World;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Messages that are sent: more than a session may miss.
const MESSAGES: u64 = 4_000;

/// KiB of memory that the process has.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4
}

/// Nanoseconds of the processor that the process used.
fn used() -> u64 {
    let used = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    used.split(' ').next().unwrap().parse().unwrap()
}

/// Sends messages to a guild where so many sessions wait and so many are connected.
fn measure(waiting: usize, connected: usize) {
    let (mut world, guild, owner, channel) = World::with_guild();
    let mut sockets = Vec::new();
    for _ in 0..waiting + connected {
        let user = world.user();
        world.enter(guild, user);
        sockets.push(user);
    }
    let sockets: Vec<_> = sockets
        .into_iter()
        .map(|it| world.connect_user(it))
        .collect();
    for socket in &sockets[..waiting] {
        world.drop_socket(*socket, None);
    }
    world
        .clients
        .values_mut()
        .for_each(|it| it.received = Vec::new());
    let mut inputs = Vec::new();
    for first in 0..MESSAGES {
        let data = json!({
            "id": world.fresh().to_string(), "channel_id": channel, "guild_id": guild,
            "content": "a message of usual length, which says something that is worth its bytes",
            "author": {"id": owner, "username": "somebody", "discriminator": "0"},
            "mentions": [], "embeds": [], "attachments": [],
        });
        let audience = Audience::Channel { guild, channel };
        let events = vec![it::support::event(
            EventKind::MessageCreate,
            audience,
            &data,
        )];
        inputs.push(Input::Published { first, events });
    }
    let (kib, began) = (resident(), used());
    let mut effects = Vec::new();
    for input in inputs {
        world.hub.handle(input, world.now, &mut effects);
        assert_eq!(effects.len(), connected);
        effects.clear();
    }
    let each = (used() - began) as f64 / 1e3 / MESSAGES as f64;
    let kept = resident().saturating_sub(kib);
    println!("{waiting} wait, {connected} are connected: {each:.2} µs a message, {kept} KiB more");
}

fn main() {
    for (waiting, connected) in [(0, 1), (500, 1), (2_000, 1), (0, 2_000), (2_000, 2_000)] {
        measure(waiting, connected);
    }
}
