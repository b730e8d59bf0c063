//! `cargo xtask bench`: this system beside what bounds it, in one run, as ratios.
//!
//! The bound is the same work without us: an axum server in a process of its own that runs the
//! same SQL through the same writer, and a plain broadcast over tokio-tungstenite. Rounds of both
//! alternate, so that whatever else the machine does falls on both; the figure is the median of
//! the rounds' ratios. Absolute figures mean nothing on a shared machine.

mod bound;
mod broadcast;
mod community;
mod gateway;
mod load;
mod people;
mod report;
mod rest;
mod seed;
mod start;
mod storm;
mod system;

use std::sync::Arc;

use anyhow::{Context, Result, bail};

use report::Report;
use system::Server;

const HELP: &str = "\
cargo xtask bench [AREA…] [--json FILE]

  rest      requests: messages, reads, the first call of a function
  gateway   fan-out, identify storm, memory with its sockets
  sockets   memory of each of 10,000 idle sockets; needs 20,000 open files
  start     start with and without compiled functions, idle memory, size of functions
  community hundreds online, presences and typing: what a message costs, what grows
  history   a channel with a million messages: the last page, bytes a message
  build     a clone built from nothing; an edited route, until it runs

Without an area: rest, gateway, sockets, start and community.
";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    match args.first().map(String::as_str) {
        Some("bound") => {
            let data = args.get(1).context("no data folder")?;
            runtime.block_on(bound::serve(data))
        }
        Some("broadcast") => runtime.block_on(broadcast::serve()),
        Some("--help") => {
            print!("{HELP}");
            Ok(())
        }
        _ => runtime.block_on(measure(&args)),
    }
}

async fn measure(args: &[String]) -> Result<()> {
    let (areas, json) = match args {
        [areas @ .., flag, file] if flag == "--json" => (areas, Some(file)),
        areas => (areas, None),
    };
    let all = ["rest", "gateway", "sockets", "start", "community"].map(str::to_owned);
    let areas = if areas.is_empty() { &all } else { areas };
    let mut report = Report::default();
    for area in areas {
        match area.as_str() {
            "rest" => rest::measure(&mut report).await?,
            "gateway" => gateway::measure(&mut report).await?,
            "sockets" => gateway::idle(&mut report).await?,
            "start" => start::measure(&mut report).await?,
            "community" => community::measure(&mut report).await?,
            "history" => rest::history(&mut report).await?,
            other => bail!("there is no area {other:?}\n\n{HELP}"),
        }
    }
    report.print();
    json.map_or(Ok(()), |file| report.write(file))
}

/// A running system with a community, and the bound on a copy of its data.
async fn both() -> Result<(Server, Arc<load::Target>, Server, Arc<load::Target>)> {
    let system = Server::spacebar().await?;
    let ours = Arc::new(seed::community(&system).await?);
    let bound = Server::bound(&ours).await?;
    let authority = bound.authority.clone();
    let theirs = Arc::new(load::Target {
        authority,
        ..(*ours).clone()
    });
    Ok((system, ours, bound, theirs))
}
