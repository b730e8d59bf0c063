//! Reactions: which emoji a path names, and what is told of them.

use std::borrow::Cow;

use model::event::{MessageReactionAdd, MessageReactionRemove, NORMAL_REACTION};
use model::message::ReactionEmoji;
use model::unicode_emoji;
use runtime::prelude::*;
use store::messages::Stored;
use store::{Rejection, Statement, messages};

/// What the write says when there is no reaction to remove. Never answered: what was asked is done.
const NONE_THERE: Code = Code::BadRequest;

/// The emoji that a path segment names: a Unicode emoji, or `name:id` of a custom one. Whether the
/// custom one exists is not yet known.
///
/// # Errors
/// [`Code::UnknownEmoji`] for everything else.
pub fn emoji(segment: &str) -> Result<ReactionEmoji> {
    if let Some((name, id)) = segment.rsplit_once(':') {
        // Some libraries send the form that stands in texts: `a:name:id`.
        let (animated, name) = match name.strip_prefix("a:") {
            Some(name) => (true, name),
            None => (false, name),
        };
        let id = id.parse().map_err(|_| Code::UnknownEmoji)?;
        let name = (!name.is_empty()).then(|| name.to_owned());
        return Ok(ReactionEmoji {
            id: Some(id),
            name,
            animated,
        });
    }
    let name = unicode_emoji::find(segment).ok_or(Code::UnknownEmoji)?;
    Ok(ReactionEmoji {
        id: None,
        name: Some(name.to_owned()),
        animated: false,
    })
}

/// The message of the caller's channel with this id.
///
/// # Errors
/// [`Code::UnknownMessage`].
pub async fn message<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    id: Id<marker::Message>,
) -> Result<Stored> {
    let query = messages::by_id(caller.caller.id(), caller.channel.id, id);
    let row = cx
        .read_messages(caller.channel.id, query.optional())
        .await?;
    row.ok_or(Code::UnknownMessage.into())
}

/// The event that tells everyone who sees the channel of the caller's reaction.
pub fn added<const P: u64>(caller: &InChannel<P>, row: &Stored, emoji: &ReactionEmoji) -> Event {
    let membership = caller.membership.as_ref();
    let added = MessageReactionAdd {
        burst: false,
        channel_id: row.channel_id,
        emoji: Cow::Borrowed(emoji),
        guild_id: caller.channel.guild_id(),
        member: membership.map(|membership| Cow::Borrowed(&membership.member)),
        message_author_id: row.author_id,
        message_id: row.id,
        kind: NORMAL_REACTION,
        user_id: caller.caller.id(),
    };
    Event::new(caller.audience(), &added)
}

/// Removes a user's reaction to a message, and tells of it. Nothing happens when there is none.
///
/// # Errors
/// [`Code::UnknownMessage`]; the store's own.
pub async fn remove<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    id: Id<marker::Message>,
    emoji: &ReactionEmoji,
    user: Id<marker::User>,
) -> Result<()> {
    let row = message(cx, caller, id).await?;
    let removed = MessageReactionRemove {
        burst: false,
        channel_id: row.channel_id,
        emoji: Cow::Borrowed(emoji),
        guild_id: caller.channel.guild_id(),
        message_id: row.id,
        kind: NORMAL_REACTION,
        user_id: user,
    };
    let event = Event::new(caller.audience(), &removed);
    let statement = store::reactions::delete(row.channel_id, id, emoji, user);
    clear(cx, row.channel_id, statement, event).await
}

/// Removes a user's reaction of a type: `0`, or `1` for a super reaction, of which there are none.
///
/// # Errors
/// As for [`remove`], and [`Code::NotFound`] for other types.
pub async fn remove_of_type<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    id: Id<marker::Message>,
    emoji: &ReactionEmoji,
    kind: &str,
    user: Id<marker::User>,
) -> Result<()> {
    match kind {
        "0" => remove(cx, caller, id, emoji, user).await,
        "1" => message(cx, caller, id).await.map(drop),
        _ => Err(Code::NotFound.into()),
    }
}

/// Removes reactions to a message of a channel, and tells of it if there were any.
///
/// # Errors
/// The store's own.
pub async fn clear(
    cx: &Cx,
    channel: Id<marker::Channel>,
    statement: Statement,
    event: Event,
) -> Result<()> {
    let mut batch = Batch::messages(channel);
    batch.require_change(statement, NONE_THERE);
    batch.emit(event);
    match cx.write(batch).await {
        Ok(_) | Err(Rejection::Code(NONE_THERE)) => Ok(()),
        Err(rejection) => Err(rejection.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_unicode_or_a_custom_emoji() {
        let fire = emoji("🔥").expect("an emoji");
        assert_eq!((fire.id, fire.name.as_deref()), (None, Some("🔥")));
        let custom = emoji("blob:12").expect("an emoji");
        assert_eq!(
            (custom.id, custom.name.as_deref()),
            (Some(Id::new(12)), Some("blob"))
        );
        assert!(emoji("a:blob:12").is_ok_and(|emoji| emoji.animated));
        for text in ["", "fire", "blob:", "blob:x", ":", "12"] {
            assert!(
                matches!(emoji(text), Err(Error::Api(Code::UnknownEmoji))),
                "{text:?}"
            );
        }
    }
}
