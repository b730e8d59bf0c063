//! Somebody's membership of a thread.

use actions::system_message::{self, Notice};
use actions::threads::{self as acts, require_thread};
use model::channel::kind;
use model::message::kind as message_kind;
use model::thread::ThreadMember;
use runtime::prelude::*;
use store::{members, threads};

function! {
    "/channels/{channel_id}/thread-members/{user_id}"
    GET get_thread_member
    PUT add_thread_member, 5 per 5_000 ms
        requires MANAGE_THREADS when "members cannot invite to the thread"
    DELETE delete_thread_member, 5 per 5_000 ms
        requires MANAGE_THREADS when "the thread is not the caller's own private one"
}

type Place = (Id<marker::Channel>, Id<marker::User>);

/// Whether the answer has members of the guild too.
pub(crate) struct WithMember(pub(crate) bool);

impl Form for WithMember {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(fields.get("with_member").unwrap_or_default())
    }
}

/// A member of the thread.
///
/// See [Discord Docs/Get Thread Member](https://discord.com/developers/docs/resources/channel#get-thread-member).
async fn get_thread_member(
    cx: &Cx,
    caller: InChannel,
    Path((id, user)): Path<Place>,
    Query(WithMember(with_member)): Query<WithMember>,
) -> Result<Json<ThreadMember>> {
    require_thread(&caller.channel)?;
    let guild = caller.membership()?.guild.id;
    let found = (
        threads::member(id, user).optional(),
        members::one(guild, user).optional(),
    );
    let (found, member) = cx.read(found).await?;
    let mut found = found.ok_or(Code::UnknownMember)?;
    found.member = member.filter(|_| with_member);
    Ok(Json(found))
}

/// Adds a member of the guild who sees the channel to the thread, and says so in it.
///
/// See [Discord Docs/Add Thread Member](https://discord.com/developers/docs/resources/channel#add-thread-member).
async fn add_thread_member(
    cx: &Cx,
    caller: InChannel<SEND_MESSAGES>,
    Path((id, user)): Path<Place>,
) -> Result<NoContent> {
    require_thread(&caller.channel)?;
    acts::require_active(&caller.channel)?;
    if acts::is_closed(&caller.channel) {
        caller.require(MANAGE_THREADS)?;
    }
    let membership = caller.membership()?;
    let (there, member) = cx
        .read((
            threads::member(id, user).optional(),
            members::one(membership.guild.id, user).optional(),
        ))
        .await?;
    let member = member.ok_or(Code::UnknownMember)?;
    let held = membership.permissions_of(&member, &caller.channel, cx.now());
    if !held.allows(Permissions::VIEW_CHANNEL) {
        return Err(Code::MissingAccess.into());
    }
    if there.is_none() {
        let mut batch = Batch::main();
        acts::join(&mut batch, &mut caller.channel.clone(), &member, cx.now());
        write(cx, batch, &caller, message_kind::RECIPIENT_ADD, user).await?;
    }
    Ok(NoContent)
}

/// Removes a member from the thread. Moderators may remove anyone; the creator of a private thread
/// may remove its members.
///
/// See [Discord Docs/Remove Thread Member](https://discord.com/developers/docs/resources/channel#remove-thread-member).
async fn delete_thread_member(
    cx: &Cx,
    caller: InChannel,
    Path((id, user)): Path<Place>,
) -> Result<NoContent> {
    let thread = require_thread(&caller.channel)?;
    acts::require_active(&caller.channel)?;
    let private = caller.channel.kind == kind::PRIVATE_THREAD;
    if !(private && thread.owner_id == caller.caller.id()) {
        caller.require(MANAGE_THREADS)?;
    }
    let there = cx.read(threads::member(id, user).optional()).await?;
    there.ok_or(Code::UnknownMember)?;
    let mut batch = Batch::main();
    acts::leave(&mut batch, &mut caller.channel.clone(), user);
    write(cx, batch, &caller, message_kind::RECIPIENT_REMOVE, user).await?;
    Ok(NoContent)
}

/// Writes the batch, and says in the thread whom it adds or removes, unless they did so themselves.
async fn write<const P: u64>(
    cx: &Cx,
    mut batch: Batch,
    caller: &InChannel<P>,
    kind: u8,
    user: Id<marker::User>,
) -> Result<()> {
    if user == caller.caller.id() {
        cx.write(batch).await?;
        return Ok(());
    }
    let notice = Notice {
        channel: caller.channel.id,
        audience: caller.audience(),
        kind,
        author: caller.caller.id(),
        mentions: vec![user],
        content: String::new(),
        reference: None,
    };
    let promised = system_message::promise(cx, &mut batch, notice);
    cx.write(batch).await?;
    promised.keep(cx).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_of_a_private_thread_see_it() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let thread = alice.create_thread(channel, kind::PRIVATE_THREAD);
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/channels/{thread}/thread-members/{}", bob.id);
        bob.get(&FUNCTION, &path).is(Code::MissingAccess);
        alice.put(&FUNCTION, &path, json!({})).no_content();
        let events = app.events();
        assert_eq!(events[0].kind, EventKind::ThreadMembersUpdate);
        assert_eq!(events[1].kind, EventKind::MessageCreate);
        assert!(events[1].data.contains(r#""type":1"#));
        let member = bob.get(&FUNCTION, &format!("{path}?with_member=true")).ok();
        assert_eq!(member["member"]["user"]["username"], "bob");
        alice.delete(&FUNCTION, &path).no_content();
        bob.get(&FUNCTION, &path).is(Code::MissingAccess);
        alice.delete(&FUNCTION, &path).is(Code::UnknownMember);
    }

    #[test]
    fn members_cannot_remove_others_nor_add_strangers() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let thread = alice.create_thread(channel, kind::PUBLIC_THREAD);
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/channels/{thread}/thread-members/{}", alice.id);
        bob.delete(&FUNCTION, &path).is(Code::MissingPermissions);
        let stranger = app.register("stranger");
        let path = format!("/channels/{thread}/thread-members/{}", stranger.id);
        bob.put(&FUNCTION, &path, json!({})).is(Code::UnknownMember);
    }
}
