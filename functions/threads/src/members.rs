//! Who is in a thread.

use std::collections::BTreeMap;

use actions::threads::require_thread;
use model::thread::ThreadMember;
use runtime::prelude::*;
use store::{members, threads};

use crate::member::WithMember;

function! {
    "/channels/{channel_id}/thread-members"
    GET list_thread_members
}

/// Members in a page at most, and when the caller does not say how many.
const LIMIT_MAX: i64 = 100;

struct Page {
    with_member: WithMember,
    after: Option<Id<marker::User>>,
    limit: u32,
}

impl Form for Page {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            with_member: WithMember::read(fields),
            after: fields.get("after"),
            limit: fields.int("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT_MAX) as u32,
        }
    }
}

/// Members of the thread, in the order of their ids.
///
/// See [Discord Docs/List Thread Members](https://discord.com/developers/docs/resources/channel#list-thread-members).
async fn list_thread_members(
    cx: &Cx,
    caller: InChannel,
    Query(page): Query<Page>,
) -> Result<Json<Vec<ThreadMember>>> {
    require_thread(&caller.channel)?;
    let after = page.after.map_or(0, Id::get);
    let query = threads::members(caller.channel.id, after, page.limit);
    let mut found = cx.read(query).await?;
    if page.with_member.0 {
        let guild = caller.membership()?.guild.id;
        let ids: Vec<_> = found.iter().map(|member| member.user_id).collect();
        let members = cx.read(members::among(guild, &ids)).await?;
        let mut by_id: BTreeMap<_, _> = members
            .into_iter()
            .filter_map(|member| Some((member.user.as_ref()?.id, member)))
            .collect();
        for member in &mut found {
            member.member = by_id.remove(&member.user_id);
        }
    }
    Ok(Json(found))
}

#[cfg(test)]
mod tests {
    use model::channel::kind;
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_come_by_pages() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let thread = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let bob = app.register("bob");
        bob.join(guild);
        bob.join_thread(guild, thread);
        let path = format!("/channels/{thread}/thread-members");
        let all = bob.get(&FUNCTION, &path).ok();
        assert_eq!(all.as_array().unwrap().len(), 2);
        assert!(all[0].get("member").is_none());
        let next = format!("{path}?limit=1&after={}&with_member=true", alice.id);
        let next = bob.get(&FUNCTION, &next).ok();
        assert_eq!(next[0]["user_id"], json!(bob.id));
        assert_eq!(next[0]["member"]["user"]["username"], "bob");
        let none = bob.get(&FUNCTION, &format!("{path}?limit=0"));
        assert_eq!(none.field_error(&["limit"]), "NUMBER_TYPE_MIN");
        bob.get(&FUNCTION, &format!("/channels/{channel}/thread-members"))
            .is(Code::CannotExecuteOnChannelType);
    }
}
