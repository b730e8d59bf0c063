//! The archived private threads that the caller is a member of.

use runtime::prelude::*;
use store::threads;

use crate::list::{Page, Threads};

function! {
    "/channels/{channel_id}/users/@me/threads/archived/private"
    GET list_my_private_archived_threads
}

/// The archived private threads of a channel that the caller is a member of, the newest first.
///
/// See [Discord Docs/List Joined Private Archived Threads](https://discord.com/developers/docs/resources/channel#list-joined-private-archived-threads).
async fn list_my_private_archived_threads(
    cx: &Cx,
    caller: InChannel<READ_MESSAGE_HISTORY>,
    Query(page): Query<Page<Id<marker::Channel>>>,
) -> Result<Json<Threads>> {
    let guild = caller.membership()?.guild.id;
    let (channel, user) = (caller.channel.id, caller.caller.id());
    let before = page.before.map_or(u64::MAX, Id::get);
    let query = threads::joined_archived(guild, channel, user, before, page.limit + 1);
    let found = cx.read(query).await?;
    Threads::page(cx, user, found, page.limit).await.map(Json)
}

#[cfg(test)]
mod tests {
    use model::channel::kind;
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_sees_those_that_they_joined() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let joined = alice.create_thread(channel, kind::PRIVATE_THREAD);
        let other = alice.create_thread(channel, kind::PRIVATE_THREAD);
        let bob = app.register("bob");
        bob.join(guild);
        bob.join_thread(guild, joined);
        for thread in [joined, other] {
            alice.set_thread(thread, true, false);
        }
        let path = format!("/channels/{channel}/users/@me/threads/archived/private");
        let page = bob.get(&FUNCTION, &path).ok();
        assert_eq!(page["threads"].as_array().unwrap().len(), 1);
        assert_eq!(page["threads"][0]["id"], json!(joined));
        let earlier = bob.get(&FUNCTION, &format!("{path}?before={joined}")).ok();
        assert_eq!(earlier["threads"], json!([]));
    }
}
