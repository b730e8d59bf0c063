//! Many clients identify at once, beside a server that writes each the same bytes.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::broadcast::{self, Compression, Listeners};
use crate::load::Target;
use crate::report::{Report, Round};
use crate::system::Server;

/// Sockets of the storm, and the guilds whose bots they are.
const SOCKETS: usize = 1000;
const GUILDS: usize = 10;
/// Sockets that connect at the same time.
const AT_ONCE: usize = 50;
/// Rounds of both sides in turns.
const ROUNDS: usize = 3;

/// Sessions that are ready, and sockets that were written as much.
pub async fn measure(
    report: &mut Report,
    system: &Server,
    ours: &Arc<Target>,
    plain: &Server,
) -> Result<()> {
    let mut bots = vec![ours.clone()];
    for _ in 1..GUILDS {
        bots.push(Arc::new(crate::seed::another(ours).await?));
    }
    let lengths = broadcast::greeting(ours).await?;
    let mut memory = 0.0;
    for (name, compression) in broadcast::COMPRESSIONS {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let (sockets, round) = identify(&bots, compression, SOCKETS).await?;
            memory = system.resident_mib()?;
            leave(sockets).await;
            let (sockets, bound) = greeted(&plain.authority, lengths).await?;
            leave(sockets).await;
            rounds.push((round, bound));
        }
        let name = format!("identify, {SOCKETS} in {GUILDS} guilds, {name}");
        report.compare(&name, "sockets/s", &rounds);
    }
    report.figure(&format!("memory with {SOCKETS} sockets"), memory, "MiB");
    Ok(())
}

/// Sessions of several bots, as many of each.
pub async fn identify(
    bots: &[Arc<Target>],
    compression: Compression,
    count: usize,
) -> Result<(Vec<Listeners>, Round)> {
    let each = count / AT_ONCE;
    let connect = |at: usize| {
        let bot = bots[at % bots.len()].clone();
        async move { broadcast::listen_to_gateway(&bot, each, compression).await }
    };
    all(connect, count).await
}

/// Sockets that were greeted with as many bytes.
async fn greeted(authority: &str, lengths: [usize; 3]) -> Result<(Vec<Listeners>, Round)> {
    let connect = |_| {
        let authority = authority.to_owned();
        async move { broadcast::be_greeted(&authority, SOCKETS / AT_ONCE, lengths).await }
    };
    all(connect, SOCKETS).await
}

async fn all<F>(connect: impl Fn(usize) -> F, count: usize) -> Result<(Vec<Listeners>, Round)>
where
    F: Future<Output = Result<Listeners>> + Send + 'static,
{
    let began = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE).map(|at| tokio::spawn(connect(at))).collect();
    let (mut sockets, mut latencies) = (Vec::new(), Vec::new());
    for task in tasks {
        let mut some = task.await.context("a task was cancelled")??;
        latencies.append(&mut some.ready_us);
        sockets.push(some);
    }
    ensure!(latencies.len() == count, "{} sockets", latencies.len());
    let round = Round::new(latencies, began.elapsed().as_secs_f64());
    Ok((sockets, round))
}

/// Closes sockets, and waits: the next measure must not pay for it.
async fn leave(sockets: Vec<Listeners>) {
    drop(sockets);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
}
