//! The work that is due.

use actions::{attachments, audit_log};
use runtime::host::log_error;
use runtime::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::jobs::{self, Job};

use crate::{channel, images, invite, sent_by, thread, welcome};

function! {
    at internal "/jobs/run"
    POST run_jobs
    uses blobs
}

/// Jobs that one call looks at.
const JOBS_MAX: u32 = 8;
/// Steps that one call does, so that it ends in time.
const STEPS_MAX: usize = 16;
/// How long a job waits after its first failure; each failure doubles it.
const WAIT_MS: i64 = 5_000;
/// The longest that a job waits.
const WAIT_MS_MAX: i64 = 3_600_000;

/// What is left of a job after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Something,
    Nothing,
    /// All of it, since it is not yet time.
    Until(Timestamp),
}

/// Does some of the work that is due. What is done twice changes nothing the second time, so calls
/// may overlap. `more` asks to be called again at once.
async fn run_jobs(cx: &Cx, _: Internal) -> Result<Json<Value>> {
    let due = cx.read(jobs::due(cx.now(), JOBS_MAX)).await?;
    let mut steps = 0;
    let mut done = 0;
    for job in &due {
        match run(cx, job, &mut steps).await {
            Ok(Left::Nothing) => {
                done += 1;
                finish(cx, jobs::delete(&job.id)).await?;
            }
            Ok(Left::Something) => {}
            Ok(Left::Until(time)) => finish(cx, jobs::put_off(&job.id, time)).await?,
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
    let swept = attachments::sweep(cx).await?;
    audit_log::sweep(cx).await?;
    let more = due.len() as u32 == JOBS_MAX || steps >= STEPS_MAX;
    Ok(Json(json!({ "done": done, "swept": swept, "more": more })))
}

async fn run(cx: &Cx, job: &Job, steps: &mut usize) -> Result<Left> {
    while *steps < STEPS_MAX {
        *steps += 1;
        match step(cx, job).await? {
            Left::Something => {}
            left => return Ok(left),
        }
    }
    Ok(Left::Something)
}

async fn step(cx: &Cx, job: &Job) -> Result<Left> {
    match job.kind.as_str() {
        jobs::DELETE_CHANNEL_MESSAGES => channel::step(cx, read(job)?).await,
        jobs::DELETE_MESSAGES_BY_AUTHOR => sent_by::step(cx, read(job)?).await,
        jobs::EXPIRE_INVITE => invite::step(cx, read(job)?).await,
        jobs::ARCHIVE_THREAD => thread::step(cx, read(job)?).await,
        jobs::DELETE_IMAGES => images::step(cx, read(job)?).await,
        jobs::SAY_WHO_JOINED => welcome::step(cx, read(job)?).await,
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
