//! The caller's own reaction to a message.

use actions::{blocks, reactions, threads};
use model::message::ReactionEmoji;
use runtime::prelude::*;
use store::{Rejection, emojis, messages};

function! {
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"
    PUT add_my_message_reaction, 4 per 1_000 ms
        requires ADD_REACTIONS when "nobody reacted so before"
        requires USE_EXTERNAL_EMOJIS when "the emoji is another guild's"
    DELETE delete_my_message_reaction, 4 per 1_000 ms
}

type Place = (Id<marker::Channel>, Id<marker::Message>, String);

/// What the write says of a reaction that is there already. Never answered: what was asked is done.
const DONE_BEFORE: Code = Code::BadRequest;

/// Reacts to the message. The first with an emoji needs ADD_REACTIONS; everyone may join in.
///
/// See [Discord Docs/Create Reaction](https://discord.com/developers/docs/resources/message#create-reaction).
async fn add_my_message_reaction(
    cx: &Cx,
    caller: InChannel<READ_MESSAGE_HISTORY>,
    Path((channel, id, emoji)): Path<Place>,
) -> Result<NoContent> {
    threads::require_active(&caller.channel)?;
    let named = reactions::emoji(&emoji)?;
    refuse_the_timed_out(cx, &caller)?;
    let user = caller.caller.id();
    let used = store::reactions::of_emoji(id, &named, user).optional();
    let query = (messages::by_id(user, channel, id).optional(), used);
    let (row, used) = cx.read_messages(channel, query).await?;
    let row = row.ok_or(Code::UnknownMessage)?;
    blocks::require_reaction(cx, &caller, row.author_id).await?;
    let emoji = match used {
        Some((_, true)) => return Ok(NoContent),
        Some((emoji, false)) => emoji,
        None => {
            caller.require(ADD_REACTIONS)?;
            usable(cx, &caller, named).await?
        }
    };
    let max = cx.config().limits.reactions_per_message_max;
    let mut batch = Batch::messages(channel);
    batch.require(messages::exists(channel, id), Code::UnknownMessage);
    batch.require(
        store::reactions::room_for(id, &emoji, max),
        Code::TooManyReactions,
    );
    store::reactions::insert(
        &mut batch,
        (channel, id),
        &emoji,
        user,
        cx.now(),
        DONE_BEFORE,
    );
    batch.emit(reactions::added(&caller, &row, &emoji));
    match cx.write(batch).await {
        Ok(_) | Err(Rejection::Code(DONE_BEFORE)) => Ok(NoContent),
        Err(rejection) => Err(rejection.into()),
    }
}

/// [`Code::MissingPermissions`] for who is timed out: they may not even join in.
fn refuse_the_timed_out<const P: u64>(cx: &Cx, caller: &InChannel<P>) -> Result<()> {
    let quiet = caller.membership.as_ref().is_some_and(|membership| {
        let exempt = membership.permissions.contains(Permissions::ADMINISTRATOR);
        membership.member.timed_out(cx.now()) && !exempt
    });
    match quiet {
        true => Err(Code::MissingPermissions.into()),
        false => Ok(()),
    }
}

/// The emoji as it is now, if the caller may use it here.
async fn usable<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    named: ReactionEmoji,
) -> Result<ReactionEmoji> {
    let Some(id) = named.id else {
        return Ok(named);
    };
    let found = cx
        .read(emojis::usable_by(id, caller.caller.id()).optional())
        .await?;
    let (guild, emoji) = found.ok_or(Code::UnknownEmoji)?;
    if Some(guild) != caller.channel.guild_id() {
        caller.require(USE_EXTERNAL_EMOJIS)?;
    } else if let Some(membership) = &caller.membership {
        let held = &membership.member.roles;
        if !emoji.roles.is_empty() && !emoji.roles.iter().any(|role| held.contains(role)) {
            return Err(Code::UnknownEmoji.into());
        }
    }
    Ok(ReactionEmoji {
        id: Some(id),
        name: Some(emoji.name),
        animated: emoji.animated,
    })
}

/// Takes the reaction back. Nothing happens when there is none.
///
/// See [Discord Docs/Delete Own Reaction](https://discord.com/developers/docs/resources/message#delete-own-reaction).
async fn delete_my_message_reaction(
    cx: &Cx,
    caller: InChannel,
    Path((_, id, emoji)): Path<Place>,
) -> Result<NoContent> {
    let emoji = reactions::emoji(&emoji)?;
    reactions::remove(cx, &caller, id, &emoji, caller.caller.id()).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, App};
    use serde_json::{Value, json};

    use super::*;
    use crate::message::FUNCTION as MESSAGE;
    use crate::messages::FUNCTION as MESSAGES;

    const FIRE: &str = "%F0%9F%94%A5";

    fn say(actor: &Actor<'_>, channel: Id<marker::Channel>) -> String {
        let path = format!("/channels/{channel}/messages");
        let message = actor.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
        format!("{path}/{}", message["id"].as_str().expect("an id"))
    }

    #[test]
    fn a_reaction_is_counted_told_and_taken_back() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let message = say(&alice, channel);
        app.events();
        let path = format!("{message}/reactions/{FIRE}/@me");
        alice.put(&FUNCTION, &path, json!({})).no_content();
        let event = app.emitted(EventKind::MessageReactionAdd);
        assert_eq!(event.audience, Audience::Channel { guild, channel });
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        assert_eq!(data["emoji"], json!({ "id": null, "name": "🔥" }));
        assert_eq!(data["message_author_id"], json!(alice.id));
        assert_eq!(data["member"]["user"]["username"], "alice");
        assert_eq!((&data["burst"], &data["type"]), (&json!(false), &json!(0)));
        alice.put(&FUNCTION, &path, json!({})).no_content();
        assert!(app.events().is_empty());
        let reactions = alice.get(&MESSAGE, &message).ok()["reactions"].clone();
        let expected = json!([{
            "emoji": { "id": null, "name": "🔥" },
            "count": 1,
            "count_details": { "burst": 0, "normal": 1 },
            "me": true,
            "me_burst": false,
            "burst_colors": [],
        }]);
        assert_eq!(reactions, expected);
        alice.delete(&FUNCTION, &path).no_content();
        app.emitted(EventKind::MessageReactionRemove);
        assert!(
            alice
                .get(&MESSAGE, &message)
                .ok()
                .get("reactions")
                .is_none()
        );
    }

    #[test]
    fn users_whom_the_author_blocked_cannot_react() {
        use model::relationship::kind::BLOCKED;

        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("{}/reactions/{FIRE}/@me", say(&alice, channel));
        let mut batch = Batch::main();
        batch.push(store::relationships::set(
            alice.id,
            bob.id,
            BLOCKED,
            app.now(),
        ));
        app.write(batch);
        bob.put(&FUNCTION, &path, json!({}))
            .is(Code::ReactionBlocked);
        alice.put(&FUNCTION, &path, json!({})).no_content();
        let hers = format!("{}/reactions/{FIRE}/@me", say(&bob, channel));
        alice.put(&FUNCTION, &hers, json!({})).no_content();
    }

    #[test]
    fn joining_a_reaction_requires_no_add_reactions() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let overwrite = model::permissions::Overwrite {
            id: guild.cast(),
            kind: model::permissions::OverwriteKind::Role,
            allow: Permissions::empty(),
            deny: Permissions::ADD_REACTIONS,
        };
        let channel = app.create_channel(guild, &[overwrite]);
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("{}/reactions/{FIRE}/@me", say(&alice, channel));
        bob.put(&FUNCTION, &path, json!({}))
            .is(Code::MissingPermissions);
        alice.put(&FUNCTION, &path, json!({})).no_content();
        let time_out = |until| {
            let mut batch = Batch::main();
            batch.push(store::members::set_timeout(guild, bob.id, until));
            app.write(batch);
        };
        time_out(Some(app.now().plus_millis(60_000)));
        bob.put(&FUNCTION, &path, json!({}))
            .is(Code::MissingPermissions);
        time_out(None);
        bob.put(&FUNCTION, &path, json!({})).no_content();
    }

    #[test]
    fn only_emoji_that_exist_and_not_too_many() {
        let app = App::new();
        app.configure(|config| config.limits.reactions_per_message_max = 1);
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let message = say(&alice, channel);
        let react = |emoji: &str| {
            alice.put(
                &FUNCTION,
                &format!("{message}/reactions/{emoji}/@me"),
                json!({}),
            )
        };
        react("fire").is(Code::UnknownEmoji);
        react("blob:12").is(Code::UnknownEmoji);
        let emoji = model::Emoji {
            id: Id::new(12),
            name: "blob".to_owned(),
            roles: Vec::new(),
            user: None,
            require_colons: true,
            managed: false,
            animated: true,
            available: true,
        };
        let mut batch = Batch::main();
        batch.push(emojis::insert(guild, &emoji, alice.id));
        app.write(batch);
        react("another%20name:12").no_content();
        let shown = alice.get(&MESSAGE, &message).ok()["reactions"][0]["emoji"].clone();
        assert_eq!(
            shown,
            json!({ "id": "12", "name": "blob", "animated": true })
        );
        react(FIRE).is(Code::TooManyReactions);
        let gone = format!("/channels/{channel}/messages/9/reactions/{FIRE}/@me");
        alice
            .put(&FUNCTION, &gone, json!({}))
            .is(Code::UnknownMessage);
        alice.delete(&FUNCTION, &gone).is(Code::UnknownMessage);
    }
}
