//! The caller's own membership of a thread.

use actions::threads::{self as acts, require_thread};
use model::thread::ThreadMember;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/thread-members/@me"
    GET get_my_thread_member
    PUT join_thread, 5 per 5_000 ms
    DELETE leave_thread, 5 per 5_000 ms
}

/// The caller as a member of the thread.
///
/// See [Discord Docs/Get Thread Member](https://discord.com/developers/docs/resources/channel#get-thread-member).
async fn get_my_thread_member(_: &Cx, caller: InChannel) -> Result<Json<ThreadMember>> {
    let thread = require_thread(&caller.channel)?;
    let member = thread.member.clone().ok_or(Code::UnknownMember)?;
    Ok(Json(member))
}

/// Adds the caller to the thread.
///
/// See [Discord Docs/Join Thread](https://discord.com/developers/docs/resources/channel#join-thread).
async fn join_thread(cx: &Cx, caller: InChannel) -> Result<NoContent> {
    let thread = require_thread(&caller.channel)?;
    acts::require_active(&caller.channel)?;
    if thread.member.is_none() {
        let mut batch = Batch::main();
        let member = &caller.membership()?.member;
        acts::join(&mut batch, &mut caller.channel.clone(), member, cx.now());
        cx.write(batch).await?;
    }
    Ok(NoContent)
}

/// Removes the caller from the thread.
///
/// See [Discord Docs/Leave Thread](https://discord.com/developers/docs/resources/channel#leave-thread).
async fn leave_thread(cx: &Cx, caller: InChannel) -> Result<NoContent> {
    let thread = require_thread(&caller.channel)?;
    acts::require_active(&caller.channel)?;
    if thread.member.is_some() {
        let mut batch = Batch::main();
        acts::leave(&mut batch, &mut caller.channel.clone(), caller.caller.id());
        cx.write(batch).await?;
    }
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use model::channel::kind;
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn joining_lasts_until_leaving() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let thread = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/channels/{thread}/thread-members/@me");
        bob.get(&FUNCTION, &path).is(Code::UnknownMember);
        bob.put(&FUNCTION, &path, json!({})).no_content();
        let told = app.emitted(EventKind::ThreadMembersUpdate);
        assert_eq!(
            told.audience,
            Audience::Channel {
                guild,
                channel: thread
            }
        );
        let told: serde_json::Value = serde_json::from_str(&told.data).unwrap();
        assert_eq!(told["member_count"], 2);
        assert_eq!(
            told["added_members"][0]["member"]["user"]["username"],
            "bob"
        );
        assert_eq!(bob.get(&FUNCTION, &path).ok()["user_id"], json!(bob.id));
        bob.put(&FUNCTION, &path, json!({})).no_content();
        assert!(app.events().is_empty());
        bob.delete(&FUNCTION, &path).no_content();
        let told = app.emitted(EventKind::ThreadMembersUpdate);
        assert!(told.data.contains(r#""removed_member_ids""#));
        bob.get(&FUNCTION, &path).is(Code::UnknownMember);
    }

    #[test]
    fn a_private_or_an_archived_thread_cannot_be_joined() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let private = alice.create_thread(channel, kind::PRIVATE_THREAD);
        let public = alice.create_thread(channel, kind::PUBLIC_THREAD);
        alice.set_thread(public, true, false);
        let bob = app.register("bob");
        bob.join(guild);
        let join = |id| {
            let path = format!("/channels/{id}/thread-members/@me");
            bob.put(&FUNCTION, &path, json!({}))
        };
        join(private).is(Code::MissingAccess);
        join(public).is(Code::ThreadArchived);
        join(channel).is(Code::CannotExecuteOnChannelType);
    }
}
