//! From the start of the process to its first answer.

use std::time::{Duration, Instant};

use anyhow::Result;
use http::Method;
use tempfile::TempDir;

use crate::load::{self, Target};
use crate::report::{Report, median};
use crate::system::Server;

/// Warm starts.
const STARTS: usize = 5;

/// Starts on compiled functions, and one that compiles them all.
pub async fn measure(report: &mut Report) -> Result<()> {
    let mut times = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let system = Server::spacebar().await?;
        answer(&system).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_secs(2)).await;
        memory.push(system.resident_mib()?);
    }
    report.figure("start to first answer", median(times), "ms");
    report.figure("idle memory", median(memory), "MiB");
    let cache = TempDir::new()?;
    let began = Instant::now();
    let system =
        Server::spacebar_with(&[&format!("storage.cache={}", cache.path().display())]).await?;
    answer(&system).await?;
    report.figure(
        "start with nothing compiled",
        began.elapsed().as_secs_f64(),
        "s",
    );
    Ok(())
}

async fn answer(system: &Server) -> Result<()> {
    let target = Target {
        authority: system.authority.clone(),
        ..Target::default()
    };
    let mut sender = load::connect(&target.authority).await?;
    load::send(&mut sender, &target, Method::GET, "/api/v10/gateway", "").await?;
    Ok(())
}
