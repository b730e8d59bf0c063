//! A thousand messages to every client while its sockets are cut at random: each is heard once and
//! in order.
//!
//! Clients reach the instance through a proxy that ends gateway connections at moments that a seed
//! chooses, half of them with a reset. `CUTS_SEED` chooses another one.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc};
use twilight_gateway::{ConfigBuilder, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
use twilight_model::gateway::event::Event;

use crate::support::{Actor, Instance, Options, root};

/// Messages.
const COUNT: u64 = 1000;

/// How long a connection lasts: some tenths at least, so that a client resumes before the next
/// cut even on a machine that others use.
const LASTS_MS: std::ops::Range<u64> = 300..1500;

/// How long everything may take.
const WITHIN: Duration = Duration::from_secs(200);

/// What clients say: nothing when they are ready, what they heard when they are done, and why they
/// ended before.
type Said = Result<Option<Heard>, String>;

/// What a client says when it is done.
struct Heard {
    client: String,
    messages: Vec<u64>,
    resumed: u64,
}

/// Passes connections on, and cuts those to the gateway once it is armed.
struct Proxy {
    armed: AtomicBool,
    dice: AtomicU64,
    cuts: AtomicU64,
}

impl Proxy {
    fn roll(&self, range: std::ops::Range<u64>) -> u64 {
        let next = |dice: u64| dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let before = self
            .dice
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |dice| {
                Some(next(dice))
            });
        range.start + (before.unwrap_or_else(|dice| dice) >> 33) % (range.end - range.start)
    }

    async fn serve(self: Arc<Self>, listener: TcpListener, to: String) {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(self.clone().pass(stream, to.clone()));
        }
    }

    async fn pass(self: Arc<Self>, mut client: TcpStream, to: String) -> std::io::Result<()> {
        let mut server = TcpStream::connect(to).await?;
        let is_socket = Notify::new();
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let up = async {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
                // A connection that carried requests may become a socket.
                if bytes[..count].starts_with(b"GET /gateway") {
                    is_socket.notify_one();
                }
                to_server.write_all(&bytes[..count]).await?;
            }
            to_server.shutdown().await
        };
        let down = async {
            copy(&mut from_server, &mut to_client).await?;
            to_client.shutdown().await
        };
        let cut = async {
            is_socket.notified().await;
            self.cut().await;
        };
        let is_cut = tokio::select! {
            ended = async { tokio::try_join!(up, down) } => ended.map(|_| false)?,
            () = cut => true,
        };
        if is_cut {
            self.cuts.fetch_add(1, Ordering::Relaxed);
            if self.roll(0..2) == 0 {
                client.set_zero_linger()?;
                server.set_zero_linger()?;
            }
        }
        Ok(())
    }

    /// Ends when the connection shall be cut.
    async fn cut(&self) {
        while !self.armed.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(self.roll(LASTS_MS))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_hears_every_message_once_while_its_sockets_are_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seed = std::env::var("CUTS_SEED").ok();
    let seed = seed.and_then(|text| text.parse().ok()).unwrap_or(7);
    let proxy = Arc::new(Proxy {
        armed: AtomicBool::new(false),
        dice: AtomicU64::new(seed),
        cuts: AtomicU64::new(0),
    });
    let public = String::leak(format!("server.public_url={url}"));
    let options = Options {
        settings: vec![public],
        ..Options::default()
    };
    let instance = Arc::new(Instance::start(&options).await.expect("an instance"));
    let to = instance.url.trim_start_matches("http://").to_owned();
    tokio::spawn(proxy.clone().serve(listener, to));
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let (said, mut says) = mpsc::unbounded_channel();
    let (_scripts, clients) = connect(&owner, &guild, &url, &said).await;
    let everything = async {
        for _ in 0..clients {
            let said = says.recv().await.expect("every client begins");
            said.unwrap_or_else(|ended| panic!("{ended}"));
        }
        proxy.armed.store(true, Ordering::Relaxed);
        for number in 0..COUNT {
            let body = json!({ "content": number.to_string() });
            let path = format!("/channels/{channel}/messages");
            owner.post(&path, body).await.ok();
        }
        let mut all = Vec::new();
        while all.len() < clients {
            let said = says.recv().await.expect("every client ends");
            all.extend(said.unwrap_or_else(|ended| panic!("{ended}")));
        }
        all
    };
    let all = tokio::time::timeout(WITHIN, everything).await;
    let all = all.unwrap_or_else(|_| panic!("seed {seed}: a client did not hear the last"));
    for heard in &all {
        let expected: Vec<u64> = (0..COUNT).collect();
        let wrong = heard.messages.iter().zip(&expected).find(|(a, b)| a != b);
        let what = format!("{}, seed {seed}: {wrong:?}", heard.client);
        assert_eq!(heard.messages.len(), expected.len(), "{what}");
        assert!(wrong.is_none(), "{what}");
        assert!(heard.resumed > 0, "{}: never cut", heard.client);
        println!("{}: {} resumes", heard.client, heard.resumed);
    }
    println!("{} cuts", proxy.cuts.load(Ordering::Relaxed));
}

/// Connects clients of every kind, each a bot in the guild: the scripts, which end when they are
/// dropped, and how many clients there are.
async fn connect(
    owner: &Actor,
    guild: &str,
    url: &str,
    said: &mpsc::UnboundedSender<Said>,
) -> (Vec<Child>, usize) {
    let (node, python) = ("bin/node", "python/bin/python");
    let mut scripts = Vec::new();
    for (program, script, shards, compress) in [
        (node, "cuts.mjs", "2", ""),
        (node, "cuts.mjs", "1", "payloads"),
        (node, "cuts_ws.mjs", "2", "zlib"),
        (python, "cuts.py", "1", "zlib"),
        (python, "cuts.py", "1", "zstd"),
    ] {
        let bot = invited(owner, guild).await;
        let mut command = Command::new(root().join("target/tools").join(program));
        command
            .arg(root().join("tests/clients").join(script))
            .env("URL", url)
            .env(
                "GATEWAY",
                format!("{}/gateway", url.replacen("http", "ws", 1)),
            )
            .env("TOKEN", bot)
            .env("GUILD", guild)
            .env("COUNT", COUNT.to_string())
            .env("PARTS", shards)
            .env("COMPRESS", compress);
        let name = format!("{script} {compress} {shards}");
        scripts.push(run(command, name, said.clone()));
    }
    let shards = [1, 3];
    for shards in shards {
        let bot = invited(owner, guild).await;
        tokio::spawn(twilight(
            url.to_owned(),
            bot,
            guild.to_owned(),
            shards,
            said.clone(),
        ));
    }
    let clients = scripts.len() + shards.len();
    (scripts, clients)
}

/// The token of a new bot in the guild.
async fn invited(owner: &Actor, guild: &str) -> String {
    let bot = owner.create_bot("listener").await;
    owner.add_bot(&bot, guild, 0).await;
    bot.token.trim_start_matches("Bot ").to_owned()
}

/// Starts a script; what it says goes to `said`.
fn run(mut command: Command, client: String, said: mpsc::UnboundedSender<Said>) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let mut child = command.spawn().expect("the script starts");
    let output = child.stdout.take().expect("an output");
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let Ok(line) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            let numbers = line["heard"].as_array().map(|heard| Heard {
                client: client.clone(),
                messages: heard.iter().filter_map(Value::as_u64).collect(),
                resumed: line["resumed"].as_u64().unwrap_or(0),
            });
            let done = numbers.is_some();
            // Without the test nobody listens.
            let _ = said.send(Ok(numbers));
            if done {
                return;
            }
        }
        let _ = said.send(Err(format!("{client} ended early")));
    });
    child
}

/// The shards of a bot with twilight, of which one has the guild.
async fn twilight(
    url: String,
    token: String,
    guild: String,
    shards: u32,
    said: mpsc::UnboundedSender<Said>,
) {
    let home = guild
        .parse::<u64>()
        .map_or(0, |id| (id >> 22) % u64::from(shards));
    for id in 0..shards {
        let config = ConfigBuilder::new(token.clone(), Intents::all())
            .proxy_url(format!("{}/gateway", url.replacen("http", "ws", 1)))
            .build();
        let mut shard = Shard::with_config(ShardId::new(id, shards), config);
        let said = said.clone();
        let is_home = u64::from(id) == home;
        tokio::spawn(async move {
            let mut heard = Heard {
                client: format!("twilight zstd {shards}"),
                messages: Vec::new(),
                resumed: 0,
            };
            while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
                match event {
                    Ok(Event::GuildCreate(_)) if is_home => drop(said.send(Ok(None))),
                    Ok(Event::Resumed) => heard.resumed += 1,
                    Ok(Event::MessageCreate(message)) => {
                        heard
                            .messages
                            .push(message.content.parse().unwrap_or(u64::MAX));
                    }
                    _ => {}
                }
                if heard.messages.last() == Some(&(COUNT - 1)) {
                    break;
                }
            }
            // A duplicate would arrive now.
            let more = async {
                while let Some(event) = shard.next_event(EventTypeFlags::MESSAGE_CREATE).await {
                    if let Ok(Event::MessageCreate(message)) = event {
                        heard
                            .messages
                            .push(message.content.parse().unwrap_or(u64::MAX));
                    }
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(1), more).await;
            if is_home {
                let _ = said.send(Ok(Some(heard)));
            }
        });
    }
}
