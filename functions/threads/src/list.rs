//! Lists of threads.

use actions::channel_state;
use model::Channel;
use model::thread::ThreadMember;
use runtime::prelude::*;
use serde::Serialize;
use store::threads;

/// Threads in a page at most, and when the caller does not say how many: one list has that many.
const LIMIT: std::ops::RangeInclusive<i64> = 1..=100;
const LIMIT_DEFAULT: i64 = 50;

/// A list of threads, with the reader as a member of those that they joined.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub(crate) struct Threads {
    threads: Vec<Channel>,
    members: Vec<ThreadMember>,
    has_more: bool,
}

impl Threads {
    /// What a list answers that found these.
    pub(crate) async fn new(
        cx: &Cx,
        reader: Id<marker::User>,
        mut threads: Vec<Channel>,
        has_more: bool,
    ) -> Result<Self> {
        channel_state::fill(cx, &mut threads).await?;
        let ids: Vec<_> = threads.iter().map(|thread| thread.id).collect();
        let members = cx.read(threads::memberships(reader, &ids)).await?;
        for thread in &mut threads {
            let own = members.iter().find(|member| member.id == thread.id);
            if let (Some(thread), Some(own)) = (thread.thread_mut(), own) {
                thread.member = Some(own.clone());
            }
        }
        Ok(Self {
            threads,
            members,
            has_more,
        })
    }

    /// The first `limit` of threads that were asked for with one more.
    pub(crate) async fn page(
        cx: &Cx,
        reader: Id<marker::User>,
        mut threads: Vec<Channel>,
        limit: u32,
    ) -> Result<Self> {
        let has_more = threads.len() > limit as usize;
        threads.truncate(limit as usize);
        Self::new(cx, reader, threads, has_more).await
    }
}

/// Which part of a list: `T` is a time or an id.
pub(crate) struct Page<T> {
    pub(crate) before: Option<T>,
    pub(crate) limit: u32,
}

impl<T: runtime::fields::FromField> Form for Page<T> {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            before: fields.get("before"),
            limit: fields.int("limit", LIMIT).unwrap_or(LIMIT_DEFAULT) as u32,
        }
    }
}

/// Archived threads of the caller's channel, private ones or the others.
pub(crate) async fn archived<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    private: bool,
    page: Page<Timestamp>,
) -> Result<Threads> {
    let before = page.before.unwrap_or(Timestamp::from_millis(i64::MAX));
    let query = threads::archived(caller.channel.id, private, before, page.limit + 1);
    let found = cx.read(query).await?;
    Threads::page(cx, caller.caller.id(), found, page.limit).await
}
