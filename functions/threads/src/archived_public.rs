//! The archived public threads of a channel, the last archived first.

use runtime::prelude::*;

use crate::list::{Page, Threads, archived};

function! {
    "/channels/{channel_id}/threads/archived/public"
    GET list_public_archived_threads
}

/// The archived public threads of a channel, the last archived first.
///
/// See [Discord Docs/List Public Archived Threads](https://discord.com/developers/docs/resources/channel#list-public-archived-threads).
async fn list_public_archived_threads(
    cx: &Cx,
    caller: InChannel<READ_MESSAGE_HISTORY>,
    Query(page): Query<Page<Timestamp>>,
) -> Result<Json<Threads>> {
    archived(cx, &caller, false, page).await.map(Json)
}

#[cfg(test)]
mod tests {
    use model::channel::kind;
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_archived_come_first_and_by_pages() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let first = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let private = alice.create_thread(channel, kind::PRIVATE_THREAD);
        app.advance(1000);
        let second = alice.create_thread(channel, kind::PUBLIC_THREAD);
        for thread in [first, second, private] {
            alice.set_thread(thread, true, false);
        }
        let path = format!("/channels/{channel}/threads/archived/public");
        let page = alice.get(&FUNCTION, &format!("{path}?limit=1")).ok();
        assert_eq!(page["threads"][0]["id"], json!(second));
        assert_eq!(page["has_more"], true);
        assert_eq!(page["members"][0]["user_id"], json!(alice.id));
        let before = page["threads"][0]["thread_metadata"]["archive_timestamp"]
            .as_str()
            .unwrap();
        let before = before.replace('+', "%2B");
        let page = alice
            .get(&FUNCTION, &format!("{path}?before={before}"))
            .ok();
        assert_eq!(page["threads"][0]["id"], json!(first));
        assert_eq!(page["has_more"], false);
        let odd = alice.get(&FUNCTION, &format!("{path}?before=yesterday"));
        assert_eq!(odd.field_error(&["before"]), "DATE_TIME_TYPE_PARSE");
    }
}
