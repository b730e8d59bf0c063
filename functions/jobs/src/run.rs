//! The work that is due.

use actions::{attachments, audit_log};
use runtime::host::log_error;
use runtime::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Store;
use store::jobs::{self, Job};

use crate::step::{Outcome, has_room};
use crate::{beginning, channel, images, invite, log, notice, sent_by, thread, welcome};

function! {
    at internal "/jobs/run"
    POST run_jobs
    uses blobs
}

/// Jobs that one call looks at.
const JOBS_MAX: u32 = 8;
/// How long a job waits after its first failure; each failure doubles it.
const WAIT_MS: i64 = 5_000;
/// The longest that a job waits.
const WAIT_MS_MAX: i64 = 3_600_000;

/// What one call did.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct JobsRun {
    /// Jobs that are done.
    done: u32,
    /// Files and entries that were removed.
    swept: usize,
    /// Whether to call again at once.
    more: bool,
}

/// Runs some of the jobs that are due. A step that runs twice changes nothing the second time, so
/// calls may overlap. `more` tells the caller to call again at once.
async fn run_jobs(cx: &Cx, _: Internal) -> Result<Json<JobsRun>> {
    let due = cx.read(jobs::due(cx.now(), JOBS_MAX).volatile()).await?;
    let mut done = 0;
    let mut more = due.len() as u32 == JOBS_MAX;
    for job in &due {
        if !has_room(cx) {
            more = true;
            break;
        }
        match run(cx, job).await {
            Ok(Outcome::Done) => {
                done += 1;
                finish(cx, jobs::delete(&job.id)).await?;
            }
            // It met somebody who changed the same, and goes on at once.
            Ok(Outcome::More) | Err(Error::Conflict) => more = true,
            Ok(Outcome::NotBefore(time)) => finish(cx, jobs::put_off(&job.id, time)).await?,
            Err(error) => {
                log_error(&format!("job {} ({}) failed: {error:?}", job.id, job.kind));
                finish(
                    cx,
                    jobs::postpone(&job.id, cx.now().plus_millis(wait_ms(job))),
                )
                .await?;
            }
        }
    }
    let mut swept = 0;
    for partition in cx.partitions() {
        // A job that did nothing so far goes on: the next call would come no further.
        if more || !has_room(cx) && (swept > 0 || !due.is_empty()) {
            more = true;
            break;
        }
        let files = attachments::sweep(cx, partition).await?;
        let entries = audit_log::sweep(cx, partition).await?;
        more = files == attachments::SWEEP_FILES_MAX || entries == audit_log::SWEEP_ENTRIES_MAX;
        swept += files + entries;
    }
    more |= trim_logs(cx).await?;
    Ok(Json(JobsRun { done, swept, more }))
}

/// Trims the log of one database, and of as many more as there is room for. Says whether there is
/// more to trim. Calls begin with different ones, so that none is always left out.
async fn trim_logs(cx: &Cx) -> Result<bool> {
    let logs = cx.partitions().map(Store::Messages);
    let mut logs: Vec<_> = std::iter::once(Store::Main).chain(logs).collect();
    let turn = cx.now().as_secs().rem_euclid(logs.len() as i64);
    logs.rotate_left(turn as usize);
    let mut more = false;
    for (number, log) in logs.into_iter().enumerate() {
        if number > 0 && !has_room(cx) {
            break;
        }
        more |= log::trim(cx, log).await?;
    }
    Ok(more)
}

async fn run(cx: &Cx, job: &Job) -> Result<Outcome> {
    loop {
        cx.forget_reads();
        match step(cx, job).await? {
            Outcome::More if has_room(cx) => {}
            left => return Ok(left),
        }
    }
}

async fn step(cx: &Cx, job: &Job) -> Result<Outcome> {
    match job.kind.as_str() {
        jobs::DELETE_CHANNEL_MESSAGES => channel::step(cx, read(job)?).await,
        jobs::DELETE_MESSAGES_BY_AUTHOR => sent_by::step(cx, read(job)?).await,
        jobs::EXPIRE_INVITE => invite::step(cx, read(job)?).await,
        jobs::ARCHIVE_THREAD => thread::step(cx, read(job)?).await,
        jobs::DELETE_IMAGES => images::step(cx, read(job)?).await,
        jobs::SAY_WHO_JOINED => welcome::step(cx, read(job)?).await,
        jobs::SEND_NOTICE => notice::step(cx, read(job)?).await,
        jobs::BEGIN_THREAD => beginning::from_message(cx, read(job)?).await,
        jobs::DELETE_EMPTY_POST => beginning::post(cx, read(job)?).await,
        // Written by a newer version, which will come to it.
        other => Err(anyhow::anyhow!("nobody knows how to do {other}").into()),
    }
}

fn read<T: DeserializeOwned>(job: &Job) -> Result<T> {
    Ok(serde_json::from_value(job.payload.clone()).map_err(anyhow::Error::from)?)
}

async fn finish(cx: &Cx, statement: store::Statement) -> Result<()> {
    let mut batch = Batch::main();
    batch.push(statement);
    cx.write(batch).await?;
    Ok(())
}

fn wait_ms(job: &Job) -> i64 {
    let doubled = WAIT_MS.saturating_mul(1 << job.attempts.min(16));
    doubled.min(WAIT_MS_MAX)
}

#[cfg(test)]
mod tests;
