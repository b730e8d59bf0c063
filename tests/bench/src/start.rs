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
    let idle = median(memory);
    report.figure("idle memory", idle, "MiB");
    let (one, others) = with_one_function().await?;
    let each = (idle - one) * 1024.0 / others as f64;
    let count = others as f64 + 1.0;
    report.figure("functions", count, "");
    report.figure("memory of a function that is loaded", each, "KiB");
    sizes(report)?;
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

/// The components, as they are released.
fn sizes(report: &mut Report) -> Result<()> {
    let manifest = std::fs::read_to_string("spin.toml")?;
    let sources = manifest.lines().filter_map(|line| {
        let source = line.strip_prefix("source = \"")?;
        source.strip_suffix('"')
    });
    let mut kb = Vec::new();
    for source in sources {
        kb.push(std::fs::metadata(source)?.len() as f64 / 1000.0);
    }
    report.figure("all functions together", kb.iter().sum(), "KB");
    report.figure("half of them have less than", median(kb), "KB");
    Ok(())
}

/// The idle memory in MiB with one function only, and how many others there are.
async fn with_one_function() -> Result<(f64, usize)> {
    let whole = std::fs::read_to_string("spin.toml")?;
    let few = one_function(&whole);
    let folder = TempDir::new_in(".")?;
    // Sources are named from the manifest's folder.
    let few_text = few.replace("source = \"target", "source = \"../target");
    let manifest = folder.path().join("spin.toml");
    std::fs::write(&manifest, few_text)?;
    let system = Server::spacebar_of(&manifest, &[]).await?;
    answer(&system).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let memory = system.resident_mib()?;
    Ok((memory, functions(&whole) - functions(&few)))
}

fn functions(manifest: &str) -> usize {
    manifest.matches("\nsource = ").count()
}

/// The manifest without every function but the one that [`answer`] asks.
fn one_function(manifest: &str) -> String {
    let mut parts = manifest.split("\n[[trigger.http]]");
    let head = parts.next().unwrap_or_default().to_owned();
    let kept = parts.filter(|part| part.contains("component = \"gateway-gateway\""));
    kept.fold(head, |text, part| text + "\n[[trigger.http]]" + part)
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
