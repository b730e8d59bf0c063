//! Work that functions put off, which the object of the sessions has done.

use std::rc::Rc;

use gateway_durable::durable::Address;
use http::Method;
use model::gateway::internal::paths::JOBS_RUN;
use runtime::host::{Host, log_error};

use super::Shell;
use crate::gateway_storage::Mark;
use crate::internal_calls;

/// When work is looked for that was put off, in milliseconds after something was written.
const JOBS_LATER_MS: i64 = 70 * 60 * 1000;
/// The same where functions do not tell of jobs that are to be done at once.
const JOBS_SOON_MS: i64 = 30_000;

impl Shell {
    /// Something was written, so there may be work later.
    pub fn note_jobs(self: &Rc<Self>) {
        if self.address == Address::Sessions && self.storage.mark(Mark::Jobs) == 0 {
            let at = self.host.now().as_millis() + self.jobs_later_ms();
            self.storage.set_mark(Mark::Jobs, at);
            self.schedule();
        }
    }

    /// Has work done whose time has come.
    pub async fn work_if_due(self: &Rc<Self>) {
        let jobs = self.storage.mark(Mark::Jobs);
        if jobs != 0 && jobs <= self.host.now().as_millis() {
            self.storage.set_mark(Mark::Jobs, 0);
            self.work().await;
        }
    }

    fn jobs_later_ms(&self) -> i64 {
        match internal_calls::functions(self.host.env()) {
            Some(_) => JOBS_SOON_MS,
            None => JOBS_LATER_MS,
        }
    }

    /// Has some jobs done. What is left is for the next alarm, since what one event may ask has a
    /// limit.
    pub async fn work(self: &Rc<Self>) {
        let answer = internal_calls::call(&self.host, Method::POST, JOBS_RUN, b"{}".to_vec()).await;
        let again_ms = match answer {
            Ok((200, body)) => {
                let done: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
                (done["more"] == true).then_some(0)
            }
            other => {
                log_error(&format!(
                    "jobs were not done; they are tried again: {other:?}"
                ));
                Some(self.jobs_later_ms())
            }
        };
        if let Some(again_ms) = again_ms {
            let at = self.host.now().as_millis() + again_ms;
            self.storage.set_mark(Mark::Jobs, at);
            self.schedule();
        }
    }
}
