//! The gateway beside a server that only sends.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::broadcast::{self, COMPRESSIONS, Compression};
use crate::load::Target;
use crate::report::Report;
use crate::storm::{self, identify};
use crate::system::Server;

/// Rounds of each measure.
const ROUNDS: usize = 5;
/// How long one side is measured in a round.
const ROUND: Duration = Duration::from_secs(2);
/// Sockets of the measure of memory.
const IDLE: usize = 10_000;
/// KiB that an idle socket may take.
const IDLE_KIB_MAX: f64 = 12.0;
/// Sockets of the measure of compression.
const COMPRESSED: usize = 500;

/// Everything about sockets.
pub async fn measure(report: &mut Report) -> Result<()> {
    let system = Server::spacebar().await?;
    let ours = Arc::new(crate::seed::community(&system).await?);
    let plain = Server::broadcast().await?;
    for sockets in [1, 50, 500, 5000] {
        fan_out(report, &ours, &plain, sockets).await?;
    }
    compressed(report, &ours).await?;
    storm::measure(report, &system, &ours, &plain).await
}

/// One message to many sockets, ours and a broadcast of as many bytes.
async fn fan_out(
    report: &mut Report,
    ours: &Arc<Target>,
    plain: &Server,
    sockets: usize,
) -> Result<()> {
    let mut heard = broadcast::listen_to_gateway(ours, sockets, Compression::None).await?;
    let mut bound = broadcast::listen(&plain.authority, sockets).await?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let ours = broadcast::messages(ours, &mut heard, ROUND).await?;
        rounds.push((
            ours,
            broadcast::plain(&plain.authority, &mut bound, ROUND).await?,
        ));
    }
    report.compare(
        &format!("fan-out to {sockets} sockets"),
        "deliveries/s",
        &rounds,
    );
    Ok(())
}

/// The same messages to compressed sockets, beside ours without compression.
async fn compressed(report: &mut Report, target: &Arc<Target>) -> Result<()> {
    for (name, compression) in [("zlib", Compression::Zlib), ("zstd", Compression::Zstd)] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let small = round(target, compression).await?;
            rounds.push((small, round(target, Compression::None).await?));
        }
        let name = format!("fan-out to {COMPRESSED}, {name} to plain");
        report.compare(&name, "deliveries/s", &rounds);
    }
    Ok(())
}

async fn round(target: &Arc<Target>, compression: Compression) -> Result<crate::report::Round> {
    let mut heard = broadcast::listen_to_gateway(target, COMPRESSED, compression).await?;
    broadcast::messages(target, &mut heard, ROUND).await
}

/// What each of many idle sockets keeps, in a process of its own for every compression.
pub async fn idle(report: &mut Report) -> Result<()> {
    for (name, compression) in COMPRESSIONS {
        // They send no heartbeats.
        let patient = ["gateway.heartbeat_interval_ms=600000"];
        let system = Server::spacebar_with(&patient).await?;
        let target = Arc::new(crate::seed::community(&system).await?);
        let bots = [target];
        drop(identify(&bots, compression, 50).await?);
        let before = system.resident_mib()?;
        let listeners = identify(&bots, compression, IDLE).await?;
        // Buffers of what came with READY are given back as they are written.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let kib = (system.resident_mib()? - before) * 1024.0 / IDLE as f64;
        report.figure(&format!("one of {IDLE} idle sockets, {name}"), kib, "KiB");
        drop(listeners);
        ensure!(kib <= IDLE_KIB_MAX, "more than {IDLE_KIB_MAX} KiB");
    }
    Ok(())
}
