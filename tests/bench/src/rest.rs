//! Requests: the system beside the same work in native handlers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use http::Method;

use crate::load::{self, Load, Target};
use crate::report::{Report, median};
use crate::system::Server;

/// Rounds of each measure. The median of an odd number is one of them.
const ROUNDS: usize = 5;
/// How long one side is measured in a round.
const ROUND: Duration = Duration::from_secs(2);
/// Messages of the measure `history`.
const HISTORY: u64 = 1_000_000;

/// Everything about requests.
pub async fn measure(report: &mut Report) -> Result<()> {
    let (system, ours, bound, theirs) = crate::both().await?;
    let sides = Sides {
        system: &system,
        ours: &ours,
        bound: &bound,
        theirs: &theirs,
    };
    for concurrency in [1, 16, 64] {
        let name = format!("message create, {concurrency} at once");
        sides
            .compare(report, &name, &Load::create(concurrency))
            .await?;
    }
    let (guild, channel) = (&ours.guild, &ours.channel);
    for (name, path) in [
        ("users/@me", "/api/v10/users/@me".to_owned()),
        (
            "guild's channels",
            format!("/api/v10/guilds/{guild}/channels"),
        ),
        (
            "messages, a page of 50",
            format!("/api/v10/channels/{channel}/messages?limit=50"),
        ),
    ] {
        sides.compare(report, name, &Load::get(16, path)).await?;
    }
    cold(report, &ours).await?;
    report.figure("memory after the load", system.resident_mib()?, "MiB");
    Ok(())
}

/// Two servers and their data.
struct Sides<'a> {
    system: &'a Server,
    ours: &'a Arc<Target>,
    bound: &'a Server,
    theirs: &'a Arc<Target>,
}

impl Sides<'_> {
    /// Rounds of ours and of the bound, in turns.
    async fn compare(&self, report: &mut Report, name: &str, load: &Load) -> Result<()> {
        // The first calls of a function map its code and make its instances.
        load::run(self.ours, load, ROUND / 4).await?;
        load::run(self.theirs, load, ROUND / 4).await?;
        let mut rounds = Vec::new();
        let mut costs = Vec::new();
        for _ in 0..ROUNDS {
            let (ours, cpu) = self
                .system
                .cpu_us_of(load::run(self.ours, load, ROUND))
                .await?;
            let (theirs, bound) = self
                .bound
                .cpu_us_of(load::run(self.theirs, load, ROUND))
                .await?;
            costs.push(cpu / ours.count as f64 - bound / theirs.count as f64);
            rounds.push((ours, theirs));
        }
        report.compare(name, "requests/s", &rounds);
        report.figure(
            &format!("{name}: processor over native"),
            median(costs),
            "µs a request",
        );
        Ok(())
    }
}

/// The first request of functions that nothing has called since the start, beside their second.
async fn cold(report: &mut Report, target: &Target) -> Result<()> {
    let (guild, channel) = (&target.guild, &target.channel);
    let mut over = Vec::new();
    for path in [
        format!("/guilds/{guild}/roles"),
        format!("/guilds/{guild}/bans"),
        format!("/guilds/{guild}/emojis"),
        format!("/guilds/{guild}/audit-logs"),
        format!("/guilds/{guild}/preview"),
        format!("/channels/{channel}/pins"),
        format!("/channels/{channel}/invites"),
        "/users/@me/settings".to_owned(),
        "/gateway".to_owned(),
    ] {
        let mut sender = load::connect(&target.authority).await?;
        let path = format!("/api/v10{path}");
        let mut times = Vec::new();
        for _ in 0..6 {
            let began = Instant::now();
            load::send(&mut sender, target, Method::GET, &path, "").await?;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        over.push(times[0] - median(times[1..].to_vec()));
    }
    report.figure("first call of a function, over warm", median(over), "ms");
    Ok(())
}

/// A channel with a million messages beside one with fifty, and what a message costs on disk.
pub async fn history(report: &mut Report) -> Result<()> {
    let (system, ours, _bound, _) = crate::both().await?;
    let page = |channel: &str| Load::get(4, format!("/api/v10/channels/{channel}/messages"));
    let short = crate::seed::channel(&ours, 50).await?;
    let before = system.data_bytes()?;
    let began = Instant::now();
    load::create(&ours, 64, HISTORY).await?;
    let seconds = began.elapsed().as_secs_f64();
    report.figure("messages written", HISTORY as f64 / seconds, "a second");
    let bytes = system.data_bytes()?.saturating_sub(before);
    report.figure("disk", bytes as f64 / HISTORY as f64, "bytes a message");
    report.figure(
        "memory after a million messages",
        system.resident_mib()?,
        "MiB",
    );
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let long = load::run(&ours, &page(&ours.channel), ROUND).await?;
        rounds.push((long, load::run(&ours, &page(&short), ROUND).await?));
    }
    report.compare("last 50 of a million, to of fifty", "requests/s", &rounds);
    Ok(())
}
