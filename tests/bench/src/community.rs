//! What a community costs the host: hundreds online beside others who wait for a resume, one
//! message at a time as well as many, with presences and typing among them.
//!
//! All rounds of a community are in one process, several times over: what grows shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt};
use http::Method;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::load::{self, Load, Target};
use crate::people;
use crate::report::Report;
use crate::system::Server;

/// A community's sizes: members, of them online, and sessions that wait for a resume.
const SIZES: [(usize, usize, usize); 2] = [(500, 200, 500), (5_000, 500, 2_000)];
/// Times that all rounds are run in one process.
const TIMES: usize = 3;
/// How long a round is measured.
const ROUND: Duration = Duration::from_secs(2);
/// How long one waits until nothing more is delivered.
const QUIET: Duration = Duration::from_millis(500);
/// Clients that connect at the same time.
const AT_ONCE: usize = 20;

/// Everything about communities.
pub async fn measure(report: &mut Report) -> Result<()> {
    for (members, online, waiting) in SIZES {
        let system = Server::spacebar().await?;
        let target = Arc::new(crate::seed::community(&system).await?);
        let folder = system.stop().await?;
        let tokens = people::join(&target, members).await?;
        let system = Server::spacebar_in(folder, &[]).await?;
        let target = Arc::new(Target {
            authority: system.authority.clone(),
            ..(*target).clone()
        });
        let mut community = Community {
            system,
            target,
            tokens,
            members,
        };
        community.rounds(report, online, waiting).await?;
    }
    Ok(())
}

/// A running system with a guild, and who may use it.
struct Community {
    system: Server,
    target: Arc<Target>,
    tokens: Vec<String>,
    members: usize,
}

impl Community {
    async fn rounds(&mut self, report: &mut Report, online: usize, waiting: usize) -> Result<()> {
        // The first calls of a function map its code and make its instances.
        load::run(&self.target, &Load::create(16), ROUND).await?;
        for time in 1..=TIMES {
            let name = |what: &str| format!("{} members, {what}", self.members);
            self.messages(report, &name("nobody online")).await?;
            let dropped = Online::connect(&self.target, &self.tokens, waiting).await?;
            drop(dropped);
            tokio::time::sleep(QUIET).await;
            let what = format!("{waiting} wait for a resume");
            self.messages(report, &name(&what)).await?;
            let there = Online::connect(&self.target, &self.tokens, online).await?;
            let what = format!("{online} online, {waiting} wait");
            self.messages(report, &name(&what)).await?;
            self.life(report, &name(&what), &there).await?;
            there.leave().await?;
            let name = name(&format!("memory after all of it, time {time}"));
            report.figure(&name, self.system.resident_mib()?, "MiB");
        }
        Ok(())
    }

    /// Messages one at a time, and sixteen at once.
    async fn messages(&self, report: &mut Report, name: &str) -> Result<()> {
        for concurrency in [1, 16] {
            let load = Load::create(concurrency);
            let work = async {
                let round = load::run(&self.target, &load, ROUND).await?;
                tokio::time::sleep(QUIET).await;
                Ok(round)
            };
            let (round, cpu) = self.system.cpu_us_of(work).await?;
            let name = format!("{name}, {concurrency} at once");
            report.figure(&name, cpu / round.count as f64, "µs a message");
        }
        Ok(())
    }

    /// Messages one at a time, before each of which somebody types and somebody else goes idle or
    /// comes back.
    async fn life(&self, report: &mut Report, name: &str, there: &Online) -> Result<()> {
        let before = there.heard();
        let work = async {
            let began = Instant::now();
            let mut count = 0_usize;
            let mut api = load::connect(&self.target.authority).await?;
            let channel = format!("/api/v10/channels/{}", self.target.channel);
            let (messages, typing) = (format!("{channel}/messages"), format!("{channel}/typing"));
            while began.elapsed() < ROUND {
                there.change_presence(count).await?;
                let typist = Target {
                    token: self.tokens[count % self.tokens.len()].clone(),
                    ..(*self.target).clone()
                };
                load::send(&mut api, &typist, Method::POST, &typing, "").await?;
                load::send(
                    &mut api,
                    &self.target,
                    Method::POST,
                    &messages,
                    load::MESSAGE,
                )
                .await?;
                count += 1;
            }
            tokio::time::sleep(QUIET).await;
            Ok(count)
        };
        let (count, cpu) = self.system.cpu_us_of(work).await?;
        let each = cpu / count as f64;
        report.figure(
            &format!("{name}, typing, a presence and a message"),
            each,
            "µs",
        );
        let heard = (there.heard() - before) as f64 / count as f64;
        report.figure(&format!("{name}, deliveries of these"), heard, "");
        Ok(())
    }
}

/// Sessions that are connected; dropped, their sockets end without a word.
struct Online {
    heard: Arc<AtomicU64>,
    /// What each is to send; `None` closes it.
    speak: Vec<mpsc::Sender<Option<String>>>,
    sockets: JoinSet<Result<()>>,
}

impl Online {
    /// Connects `count` sessions, of each account in turn.
    async fn connect(target: &Target, tokens: &[String], count: usize) -> Result<Self> {
        let mut all = Self {
            heard: Arc::default(),
            speak: Vec::new(),
            sockets: JoinSet::new(),
        };
        let (ready, mut is_ready) = mpsc::channel(AT_ONCE);
        for number in 0..count {
            if number >= AT_ONCE {
                is_ready.recv().await.context("no session is ready")?;
            }
            let (speak, spoken) = mpsc::channel(16);
            all.speak.push(speak);
            all.sockets.spawn(session(
                target.authority.clone(),
                tokens[number % tokens.len()].clone(),
                target.guild.clone(),
                spoken,
                (ready.clone(), all.heard.clone()),
            ));
        }
        for _ in 0..count.min(AT_ONCE) {
            is_ready.recv().await.context("no session is ready")?;
        }
        tokio::time::sleep(QUIET).await;
        ensure!(all.sockets.try_join_next().is_none(), "a session has ended");
        Ok(all)
    }

    /// Messages that all of them received so far.
    fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// One of them, another each time, goes idle or comes back.
    async fn change_presence(&self, count: usize) -> Result<()> {
        let status = ["idle", "online"][count / self.speak.len() % 2];
        let presence = json!({ "op": 3, "d": {
            "since": null, "activities": [], "status": status, "afk": false,
        }});
        let speak = &self.speak[count % self.speak.len()];
        Ok(speak.send(Some(presence.to_string())).await?)
    }

    /// Closes the sockets in order, so that no session waits.
    async fn leave(mut self) -> Result<()> {
        for speak in &self.speak {
            speak.send(None).await?;
        }
        while let Some(ended) = self.sockets.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// One session, which looks at the guild as a person's client does.
async fn session(
    authority: String,
    token: String,
    guild: String,
    mut spoken: mpsc::Receiver<Option<String>>,
    (ready, heard): (mpsc::Sender<()>, Arc<AtomicU64>),
) -> Result<()> {
    let url = format!("ws://{authority}/gateway/?v=9&encoding=json");
    let (mut socket, _) = connect_async(url).await?;
    let identify = json!({ "op": 2, "d": {
        "token": token,
        "capabilities": 0,
        "properties": { "os": "linux", "browser": "bench", "device": "" },
    }});
    socket.send(Message::text(identify.to_string())).await?;
    let looks = json!({ "op": 14, "d": { "guild_id": guild, "typing": true, "activities": true } });
    socket.send(Message::text(looks.to_string())).await?;
    for _ in 0..2 {
        socket.next().await.context("the server closed")??;
    }
    ready.send(()).await?;
    loop {
        tokio::select! {
            frame = socket.next() => {
                let frame = frame.context("the server closed")??;
                ensure!(!frame.is_close(), "the server closed: {frame:?}");
                heard.fetch_add(1, Ordering::Relaxed);
            }
            said = spoken.recv() => match said.flatten() {
                Some(text) => socket.send(Message::text(text)).await?,
                None => return Ok(socket.close(None).await?),
            },
        }
    }
}
