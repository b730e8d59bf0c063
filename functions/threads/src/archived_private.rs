//! The archived private threads of a channel, the last archived first: for moderators.

use runtime::prelude::*;

use crate::list::{Page, Threads, archived};

function! {
    "/channels/{channel_id}/threads/archived/private"
    GET list_private_archived_threads
}

/// What the caller must be allowed.
const NEEDED: u64 = READ_MESSAGE_HISTORY | MANAGE_THREADS;

/// The archived private threads of a channel, the last archived first: for moderators.
///
/// See [Discord Docs/List Private Archived Threads](https://discord.com/developers/docs/resources/channel#list-private-archived-threads).
async fn list_private_archived_threads(
    cx: &Cx,
    caller: InChannel<NEEDED>,
    Query(page): Query<Page<Timestamp>>,
) -> Result<Json<Threads>> {
    archived(cx, &caller, true, page).await.map(Json)
}

#[cfg(test)]
mod tests {
    use model::channel::kind;
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn moderators_see_all_that_is_archived() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let thread = alice.create_thread(channel, kind::PRIVATE_THREAD);
        alice.set_thread(thread, true, false);
        let path = format!("/channels/{channel}/threads/archived/private");
        let bob = app.register("bob");
        bob.join(guild);
        bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
        bob.grant(guild, 1, MANAGE_THREADS);
        let page = bob.get(&FUNCTION, &path).ok();
        assert_eq!(page["threads"][0]["id"], json!(thread));
    }
}
