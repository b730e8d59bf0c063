//! Messages without what they say, for bots that may not read it.
//!
//! See [Discord Docs/Message Content Intent](https://discord.com/developers/docs/events/gateway#message-content-intent).

use std::collections::BTreeMap;

use model::event::message_of;
use model::id::marker;
use model::message::content::Readable;
use model::{Event, Id};

use crate::ids::SessionId;
use crate::messages::Audience;

type UserId = Id<marker::User>;

/// Those of `to` that get a message as it is, and the others with the JSON that each group of them
/// gets.
///
/// `blind` are the sessions that may not read content, sorted, with their users.
///
/// # Errors
/// When one of them hears of it and the event's data is no message.
pub fn split(
    to: Audience,
    blind: &[(SessionId, UserId)],
    event: &Event,
) -> Result<(Audience, Vec<(Audience, String)>), serde_json::Error> {
    let reader = |session: &SessionId| {
        let found = blind.binary_search_by_key(session, |(blind, _)| *blind);
        let (_, user) = blind.get(found.ok()?)?;
        Some(*user)
    };
    if blind.is_empty() || !to.iter().any(|session| reader(session).is_some()) {
        return Ok((to, Vec::new()));
    }
    let message = message_of(event)?;
    let mut full = Vec::new();
    let mut groups: BTreeMap<Readable, Vec<SessionId>> = BTreeMap::new();
    for session in to.iter() {
        match reader(session) {
            None => full.push(*session),
            Some(user) => {
                let readable = message.readable_by(user);
                groups.entry(readable).or_default().push(*session);
            }
        }
    }
    let concealed = groups.into_iter().map(|(readable, sessions)| {
        let mut message = message.clone();
        message.conceal(readable);
        Ok((sessions.into(), serde_json::to_string(&message)?))
    });
    Ok((full.into(), concealed.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use model::event::EventKind;
    use serde_json::{Value, json};

    use super::*;

    fn message() -> Event {
        let user =
            |id: &str| json!({ "id": id, "username": "u", "discriminator": "0", "flags": 0 });
        let mut message = json!({
            "id": "9", "channel_id": "8", "author": user("1"), "type": 0, "content": "hello",
            "timestamp": "2026-01-01T00:00:00+00:00", "tts": false, "mention_everyone": false,
            "mentions": [user("2")], "mention_roles": [], "attachments": [], "embeds": [],
            "components": [{}], "pinned": false, "flags": 0, "guild_id": "7",
        });
        let mut answered = message.clone();
        answered["author"] = user("3");
        answered["mentions"] = json!([]);
        message["referenced_message"] = answered;
        event(message.to_string())
    }

    fn event(data: String) -> Event {
        Event {
            audience: model::Audience::Users(Vec::new()),
            kind: EventKind::MessageCreate,
            data,
        }
    }

    fn session(user: u64) -> (SessionId, UserId) {
        (SessionId(user.into()), Id::new(user))
    }

    #[test]
    fn each_bot_reads_what_concerns_it() {
        let blind = [1, 2, 3, 4].map(session);
        let to = [1, 2, 3, 4, 5].map(SessionId);
        let (full, concealed) = split(to.into(), &blind, &message()).unwrap();
        assert_eq!(*full, [SessionId(5)]);
        let mut heard = Vec::new();
        for (to, json) in &concealed {
            let message: Value = serde_json::from_str(json).unwrap();
            assert_eq!(
                (&message["id"], &message["guild_id"]),
                (&json!("9"), &json!("7"))
            );
            let reads = message["content"] == "hello";
            assert_eq!(message["components"] == json!([{}]), reads);
            let referenced = message["referenced_message"]["content"] == "hello";
            heard.extend(to.iter().map(|session| (*session, reads, referenced)));
        }
        heard.sort_unstable();
        let of = |user, reads, referenced| (SessionId(user), reads, referenced);
        assert_eq!(
            heard,
            [
                of(1, true, false),
                of(2, true, false),
                of(3, false, true),
                of(4, false, false),
            ]
        );
    }

    #[test]
    fn only_what_somebody_may_not_read_is_parsed() {
        let nonsense = event("not even JSON".to_owned());
        let (full, concealed) = split([SessionId(1)].into(), &[session(2)], &nonsense).unwrap();
        assert_eq!(*full, [SessionId(1)]);
        assert!(concealed.is_empty());
        assert!(split([SessionId(2)].into(), &[session(2)], &nonsense).is_err());
    }
}
