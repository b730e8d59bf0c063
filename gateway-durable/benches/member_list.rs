//! What the member list of a guild of 100,000 costs: `cargo bench --package gateway-durable`.

#![allow(clippy::unwrap_used, reason = "it measures what it made itself")]

#[path = "../tests/it"]
#[allow(dead_code, unused_imports, reason = "tests need more of it")]
mod it {
    pub mod support;
}

use std::time::Instant;

use gateway_durable::SessionId;
use gateway_durable::guild::{Effect, Guild, Input};
use gateway_durable::messages::{Layout, Listener, ToGuild, ToSessions};
use gateway_durable::presence::{Presence, SessionPresence};
use gateway_durable::wants::Wants;
use model::gateway::{ClientKind, GuildSubscription, RowRange};
use model::{Id, Timestamp};

use it::support::{ChannelId, GuildId, UserId, World};

const MEMBERS: u64 = 100_000;

struct Hall {
    guild: Guild,
    now: Timestamp,
}

impl Hall {
    /// Takes an input and says how long it took and how many bytes it sent.
    fn take(&mut self, input: Input) -> (f64, usize) {
        let mut effects = Vec::new();
        let begin = Instant::now();
        self.guild.handle(input, self.now, &mut effects);
        let micros = begin.elapsed().as_secs_f64() * 1e6;
        let bytes = effects.iter().map(|effect| match effect {
            Effect::Tell(ToSessions::Deliver(delivery)) => delivery.payload.len(),
            _ => 0,
        });
        (micros, bytes.sum())
    }

    fn tell(&mut self, message: ToGuild) -> (f64, usize) {
        self.take(Input::Told(message))
    }

    fn look(&mut self, user: u64, channel: ChannelId, first: u32) -> (f64, usize) {
        let ranges = vec![RowRange(first, first + 99)];
        self.tell(ToGuild::Show {
            session: SessionId(user.into()),
            user: Id::new(user),
            subscription: GuildSubscription {
                channels: Some([(channel, ranges)].into()),
                ..GuildSubscription::default()
            },
        })
    }

    fn presence(&mut self, user: u64, status: Option<&str>) -> (f64, usize) {
        let user: UserId = Id::new(user);
        let presence = status.and_then(|status| presence(user, status));
        self.tell(ToGuild::Presence { user, presence })
    }
}

fn presence(user: UserId, status: &str) -> Option<std::sync::Arc<Presence>> {
    let update = serde_json::from_str(&format!(r#"{{"status":"{status}"}}"#)).unwrap();
    let session = SessionPresence::new(
        ClientKind::Desktop,
        Some(update),
        false,
        Timestamp::from_millis(0),
    );
    Presence::of(user, [session].iter())
}

/// A guild of which everybody is online.
fn hall() -> (Hall, GuildId, ChannelId) {
    let (mut world, id, owner, channel) = World::with_guild();
    let template = world.member(owner);
    let mut snapshot = world.stored(id).snapshot();
    snapshot.member_count = MEMBERS as u32;
    snapshot.members.clear();
    let guild = Guild::new(id);
    let now = world.now;
    let mut hall = Hall { guild, now };
    for user in 1..=MEMBERS {
        let mut member = template.clone();
        let account = member.user.as_mut().unwrap();
        account.id = Id::new(user);
        account.username = format!("member{user:06}");
        let wants = Wants {
            bot: false,
            intents: None,
        };
        let layout = Layout::User {
            properties: true,
            dedupe: true,
        };
        let listener = Listener {
            session: SessionId(user.into()),
            user: Id::new(user),
            wants,
            layout,
            large_threshold: 250,
        };
        hall.tell(ToGuild::Subscribe {
            listener,
            member: Box::new(member),
            as_of: now,
            presence: presence(Id::new(user), "online"),
            friends: Vec::new(),
            joined: false,
        });
        if user == 1 {
            hall.take(Input::Loaded(Ok(Box::new(snapshot.clone()))));
        }
    }
    (hall, id, channel)
}

fn main() {
    let begin = Instant::now();
    let (mut hall, _, channel) = hall();
    let each = begin.elapsed().as_secs_f64() * 1e6 / MEMBERS as f64;
    println!("to subscribe a session: {each:.1} µs");
    let print = |what: &str, (micros, bytes): (f64, usize)| {
        println!("{what}: {micros:.0} µs, {bytes} bytes");
    };
    print(
        "the first SYNC, which builds the list",
        hall.look(1, channel, 0),
    );
    print("a SYNC of the first rows", hall.look(2, channel, 0));
    print(
        "a SYNC of rows in the middle",
        hall.look(3, channel, 50_000),
    );
    for (watchers, first) in [(3, 4), (1_000, 1_000), (10_000, 10_000)] {
        for user in first..first + watchers {
            hall.look(user, channel, 0);
        }
        let mut total = (0.0, 0);
        let changes = 200;
        for i in 0..changes {
            let status = ["idle", "dnd"][i as usize % 2];
            let (micros, bytes) = hall.presence(50 + i / 2, Some(status));
            total = (
                total.0 + micros / f64::from(changes as u32),
                total.1 + bytes,
            );
        }
        print(&format!("a presence changes, {watchers} more look"), total);
        let mut total = 0.0;
        for user in 60_000..60_100 {
            total += hall.presence(user, None).0;
            total += hall.presence(user, Some("online")).0;
        }
        println!("a member goes or comes: {:.0} µs", total / 200.0);
    }
}
