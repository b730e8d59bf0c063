//! Deleting many messages at once.

use actions::audit_log::{self, Entry};
use actions::delete_messages::delete_messages;
use runtime::extract::Reason;
use runtime::prelude::*;
use store::messages;

function! {
    "/channels/{channel_id}/messages/bulk-delete"
    POST bulk_delete_messages, 1 per 1_000 ms
}

/// Messages that can be deleted at once.
const MESSAGES: std::ops::RangeInclusive<usize> = 2..=100;
/// How old they may be, in milliseconds: two weeks.
const AGE_MS_MAX: i64 = 14 * 24 * 60 * 60 * 1000;

struct BulkDelete {
    messages: Vec<Id<marker::Message>>,
}

impl Form for BulkDelete {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("messages");
        let messages: Vec<Id<_>> = fields.list("messages", usize::MAX).unwrap_or_default();
        let mut once = messages.clone();
        once.sort_unstable();
        once.dedup();
        if once.len() < messages.len() {
            let message = "The set already contains this value";
            fields.error("messages", "SET_TYPE_ALREADY_CONTAINS_VALUE", message);
        }
        Self { messages }
    }
}

/// Deletes 2 to 100 messages of the last two weeks; those that do not exist are passed over. For
/// bots in channels of guilds.
///
/// See [Discord Docs/Bulk Delete Messages](https://discord.com/developers/docs/resources/message#bulk-delete-messages).
async fn bulk_delete_messages(
    cx: &Cx,
    caller: InChannel<MANAGE_MESSAGES>,
    Body(form): Body<BulkDelete>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let guild = caller.membership()?.guild.id;
    if !caller.caller.user().bot {
        return Err(Code::OnlyBotsAllowed.into());
    }
    if !MESSAGES.contains(&form.messages.len()) {
        return Err(Code::BulkDeleteCount.into());
    }
    let is_old = |id: &Id<_>| cx.now().since_millis(id.created_at()) > AGE_MS_MAX;
    if form.messages.iter().any(is_old) {
        return Err(Code::MessageTooOldToBulkDelete.into());
    }
    let channel = caller.channel.id;
    let query = messages::by_ids(caller.caller.id(), channel, &form.messages);
    let rows = cx.read_messages(channel, query).await?;
    if rows.is_empty() {
        return Ok(NoContent);
    }
    let entry = Entry::new(guild, caller.caller.id(), audit_log::MESSAGE_BULK_DELETE)
        .target(channel)
        .option("count", rows.len())
        .reason(reason);
    delete_messages(cx, &caller, &rows, Some(entry)).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::{Value, json};

    use super::*;
    use crate::messages::FUNCTION as MESSAGES;

    #[test]
    fn a_bot_deletes_many_at_once() {
        let app = App::new();
        let (guild, channel) = app.register("alice").create_guild();
        let bot = app.bot("bot");
        bot.join(guild);
        bot.grant(guild, 1, MANAGE_MESSAGES);
        let path = format!("/channels/{channel}/messages");
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(bot.post(&MESSAGES, &path, json!({ "content": "a" })).ok()["id"].clone());
        }
        app.events();
        let delete = |ids: &[Value]| {
            let body = json!({ "messages": ids });
            bot.post(&FUNCTION, &format!("{path}/bulk-delete"), body)
        };
        delete(&ids[..1]).is(Code::BulkDeleteCount);
        let twice = delete(&[ids[0].clone(), ids[0].clone()]);
        assert_eq!(
            twice.field_error(&["messages"]),
            "SET_TYPE_ALREADY_CONTAINS_VALUE"
        );
        delete(&[json!("1"), json!("2")]).is(Code::MessageTooOldToBulkDelete);
        delete(&ids[..2]).no_content();
        let events = app.events();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                EventKind::MessageDeleteBulk,
                EventKind::GuildAuditLogEntryCreate
            ]
        );
        assert_eq!(events[0].audience, Audience::Channel { guild, channel });
        let left = bot.get(&MESSAGES, &path).ok();
        assert_eq!(left[0]["id"], ids[2]);
        assert_eq!(left.as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn people_and_who_may_not_moderate_are_refused() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/messages/bulk-delete");
        let body = json!({ "messages": ["1", "2"] });
        alice
            .post(&FUNCTION, &path, body.clone())
            .is(Code::OnlyBotsAllowed);
        let bot = app.bot("bot");
        bot.join(guild);
        bot.post(&FUNCTION, &path, body)
            .is(Code::MissingPermissions);
    }
}
