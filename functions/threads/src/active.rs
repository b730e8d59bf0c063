//! The active threads of a guild.

use model::Channel;
use model::channel::kind;
use runtime::prelude::*;
use store::threads;

use crate::list::Threads;

function! {
    "/guilds/{guild_id}/threads/active"
    GET get_active_guild_threads
}

/// The active threads that the caller sees, the newest first: private ones as a member of them or a
/// moderator.
///
/// See [Discord Docs/List Active Guild Threads](https://discord.com/developers/docs/resources/guild#list-active-guild-threads).
async fn get_active_guild_threads(cx: &Cx, caller: InGuild) -> Result<Json<Threads>> {
    let reader = caller.caller.id();
    let mut found = cx.read(threads::active(caller.guild.id)).await?;
    found.retain(|thread| {
        let held = caller.permissions_in(thread, cx.now());
        held.allows(Permissions::VIEW_CHANNEL)
    });
    found.sort_unstable_by_key(|thread| std::cmp::Reverse(thread.id));
    let private = |thread: &Channel| thread.kind == kind::PRIVATE_THREAD;
    let ids: Vec<_> = found.iter().filter(|t| private(t)).map(|t| t.id).collect();
    let joined = cx.read(threads::memberships(reader, &ids)).await?;
    found.retain(|thread| {
        let held = caller.permissions_in(thread, cx.now());
        !private(thread)
            || held.allows(Permissions::MANAGE_THREADS)
            || joined.iter().any(|member| member.id == thread.id)
    });
    Threads::new(cx, reader, found, false).await.map(Json)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn everyone_sees_public_threads_and_members_their_private_ones() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let public = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let private = alice.create_thread(channel, kind::PRIVATE_THREAD);
        let asleep = alice.create_thread(channel, kind::PUBLIC_THREAD);
        alice.set_thread(asleep, true, false);
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/guilds/{guild}/threads/active");
        let seen = bob.get(&FUNCTION, &path).ok();
        assert_eq!(seen["threads"].as_array().unwrap().len(), 1);
        assert_eq!(seen["threads"][0]["id"], json!(public));
        assert_eq!(seen["members"], json!([]));
        bob.join_thread(guild, private);
        let seen = bob.get(&FUNCTION, &path).ok();
        assert_eq!(seen["threads"][0]["id"], json!(private));
        assert_eq!(seen["members"][0]["id"], json!(private));
        let carol = app.register("carol");
        carol.join(guild);
        carol.grant(guild, 1, MANAGE_THREADS);
        let seen = carol.get(&FUNCTION, &path).ok();
        assert_eq!(seen["threads"].as_array().unwrap().len(), 2);
    }
}
