//! Typing indicators.
//!
//! See [Discord Docs/Trigger Typing Indicator](https://discord.com/developers/docs/resources/channel#trigger-typing-indicator).

use std::borrow::Cow;

use actions::blocks::{self, Act};
use model::event::TypingStart;
use runtime::prelude::*;
use store::channels;

function! {
    "/channels/{channel_id}/typing"
    POST trigger_typing_indicator, 5 per 5_000 ms
}

/// Tells everyone who can see the channel that the caller is typing. In a private conversation,
/// only those who have it open.
async fn trigger_typing_indicator(cx: &Cx, caller: InChannel<SEND_MESSAGES>) -> Result<NoContent> {
    if !caller.channel.is_text() {
        return Err(Code::CannotExecuteOnChannelType.into());
    }
    blocks::require_unblocked(cx, &caller, Act::Type).await?;
    let membership = caller.membership.as_ref();
    let typing = TypingStart {
        channel_id: caller.channel.id,
        guild_id: membership.map(|membership| membership.guild.id),
        member: membership.map(|membership| Cow::Borrowed(&membership.member)),
        timestamp: cx.now().as_secs(),
        user_id: caller.caller.id(),
    };
    let mut audience = caller.audience();
    if let Audience::Private { users, .. } = &mut audience {
        let closed = cx.read(channels::closed_for(caller.channel.id)).await?;
        users.retain(|user| !closed.contains(user));
    }
    cx.publish(Event::new(audience, &typing)).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use model::channel::kind;
    use model::relationship::kind::BLOCKED;
    use runtime::testing::App;
    use serde_json::json;
    use store::relationships;

    use super::*;
    use crate::channel::tests::conversation;

    #[test]
    fn everyone_in_the_channel_hears_of_it() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        alice
            .post(&FUNCTION, &format!("/channels/{channel}/typing"), json!({}))
            .no_content();
        let event = app.emitted(EventKind::TypingStart);
        assert_eq!(event.audience, Audience::Channel { guild, channel });
        assert!(event.data.contains(r#""username":"alice""#));
    }

    #[test]
    fn nobody_hears_it_of_a_conversation_that_they_have_not_open() {
        let app = App::new();
        let (mallory, bob) = (app.register("mallory"), app.register("bob"));
        let channel = conversation(&app, kind::DM, &[&mallory, &bob]);
        let path = format!("/channels/{channel}/typing");
        let hears = || match app.emitted(EventKind::TypingStart).audience {
            Audience::Private { users, .. } => users.contains(&bob.id),
            other => panic!("{other:?}"),
        };
        mallory.post(&FUNCTION, &path, json!({})).no_content();
        assert!(hears());
        let mut batch = Batch::main();
        batch.push(channels::close(channel, bob.id));
        app.write(batch);
        mallory.post(&FUNCTION, &path, json!({})).no_content();
        assert!(!hears());
    }

    #[test]
    fn a_block_ends_typing_to_each_other() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let channel = conversation(&app, kind::DM, &[&alice, &bob]);
        let group = conversation(&app, kind::GROUP_DM, &[&alice, &bob]);
        let mut batch = Batch::main();
        batch.push(relationships::set(bob.id, alice.id, BLOCKED, app.now()));
        app.write(batch);
        app.events();
        for one in [&alice, &bob] {
            one.post(&FUNCTION, &format!("/channels/{channel}/typing"), json!({}))
                .is(Code::CannotMessageUser);
            assert!(app.events().is_empty(), "nobody hears of who is blocked");
            one.post(&FUNCTION, &format!("/channels/{group}/typing"), json!({}))
                .no_content();
            app.emitted(EventKind::TypingStart);
        }
    }

    #[test]
    fn a_stranger_cannot_type() {
        let app = App::new();
        let (_, channel) = app.register("alice").create_guild();
        let path = format!("/channels/{channel}/typing");
        app.register("mallory")
            .post(&FUNCTION, &path, json!({}))
            .is(Code::MissingAccess);
        app.nobody()
            .post(&FUNCTION, &path, json!({}))
            .is(Code::Unauthorized);
    }
}
