//! The gateway beside a server that only sends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::broadcast::{self, Compression, Listeners};
use crate::load::Target;
use crate::report::Report;
use crate::system::Server;

/// Rounds of each measure.
const ROUNDS: usize = 5;
/// How long one side is measured in a round.
const ROUND: Duration = Duration::from_secs(2);
/// Sockets of the storm.
const STORM: usize = 1000;
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
    for sockets in [1, 50, 500] {
        fan_out(report, &ours, &plain, sockets).await?;
    }
    compressed(report, &ours).await?;
    storm(report, &ours, &plain).await
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

/// Many identify at once.
async fn storm(report: &mut Report, ours: &Arc<Target>, plain: &Server) -> Result<()> {
    for (name, compression) in COMPRESSIONS {
        let began = Instant::now();
        let listeners = connect_all(ours, compression, STORM).await?;
        let rate = STORM as f64 / began.elapsed().as_secs_f64();
        report.figure(&format!("identify, {name}"), rate, "a second");
        drop(listeners);
        // The next measure must not pay for closing these.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let began = Instant::now();
    let _sockets = broadcast::listen(&plain.authority, STORM).await?;
    let rate = STORM as f64 / began.elapsed().as_secs_f64();
    report.figure("connect without identify, bound", rate, "a second");
    Ok(())
}

/// What each of many idle sockets keeps, in a process of its own for every compression.
pub async fn idle(report: &mut Report) -> Result<()> {
    for (name, compression) in COMPRESSIONS {
        // They send no heartbeats.
        let patient = ["gateway.heartbeat_interval_ms=600000"];
        let system = Server::spacebar_with(&patient).await?;
        let target = Arc::new(crate::seed::community(&system).await?);
        drop(connect_all(&target, compression, 50).await?);
        let before = system.resident_mib()?;
        let listeners = connect_all(&target, compression, IDLE).await?;
        // Buffers of what came with READY are given back as they are written.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let kib = (system.resident_mib()? - before) * 1024.0 / IDLE as f64;
        report.figure(&format!("one of {IDLE} idle sockets, {name}"), kib, "KiB");
        drop(listeners);
        ensure!(kib <= IDLE_KIB_MAX, "more than {IDLE_KIB_MAX} KiB");
    }
    Ok(())
}

/// Every compression by its name.
const COMPRESSIONS: [(&str, Compression); 3] = [
    ("plain", Compression::None),
    ("zlib", Compression::Zlib),
    ("zstd", Compression::Zstd),
];

async fn connect_all(
    target: &Arc<Target>,
    compression: Compression,
    count: usize,
) -> Result<Vec<Listeners>> {
    let each = count / 50;
    let tasks = (0..50).map(|_| {
        let target = target.clone();
        tokio::spawn(async move { broadcast::listen_to_gateway(&target, each, compression).await })
    });
    let mut listeners = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        listeners.push(task.await??);
    }
    Ok(listeners)
}
