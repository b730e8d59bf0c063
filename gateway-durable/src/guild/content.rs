//! Messages without what they say, for bots that may not read it.
//!
//! See [Discord Docs/Message Content Intent](https://discord.com/developers/docs/events/gateway#message-content-intent).

use model::Id;
use model::id::marker;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::ids::SessionId;
use crate::messages::Audience;

type UserId = Id<marker::User>;

/// Whom a message concerns so that they may read it.
#[derive(Deserialize)]
struct Concerned {
    #[serde(default)]
    author: Option<Person>,
    #[serde(default)]
    mentions: Vec<Person>,
}

#[derive(Deserialize)]
struct Person {
    id: UserId,
}

/// The sessions that get a message as it is, and those that get it without content, with its JSON.
///
/// `blind` are the sessions that may not read content, sorted, with their users: they read what
/// they wrote themselves and what mentions them all the same.
pub fn split(
    to: Audience,
    blind: &[(SessionId, UserId)],
    data: &str,
) -> (Audience, Option<(Audience, String)>) {
    if blind.is_empty() {
        return (to, None);
    }
    let Ok(concerned) = serde_json::from_str::<Concerned>(data) else {
        return (to, None);
    };
    let concerns = |user: UserId| {
        let mut people = concerned.author.iter().chain(&concerned.mentions);
        people.any(|person| person.id == user)
    };
    let strip = |session: &SessionId| {
        let found = blind.binary_search_by_key(session, |(blind, _)| *blind);
        let user = found.ok().and_then(|at| blind.get(at));
        user.is_some_and(|(_, user)| !concerns(*user))
    };
    let (stripped, full): (Vec<SessionId>, Vec<SessionId>) = to.iter().copied().partition(strip);
    if stripped.is_empty() {
        return (to, None);
    }
    let json = without_content(data);
    (full.into(), json.map(|json| (stripped.into(), json)))
}

fn without_content(data: &str) -> Option<String> {
    let mut message: Map<String, Value> = serde_json::from_str(data).ok()?;
    strip(&mut message);
    if let Some(Value::Object(referenced)) = message.get_mut("referenced_message") {
        strip(referenced);
    }
    if let Some(Value::Array(snapshots)) = message.get_mut("message_snapshots") {
        for snapshot in snapshots {
            if let Some(Value::Object(message)) = snapshot.get_mut("message") {
                strip(message);
            }
        }
    }
    serde_json::to_string(&message).ok()
}

fn strip(message: &mut Map<String, Value>) {
    for (field, empty) in [
        ("content", json!("")),
        ("embeds", json!([])),
        ("attachments", json!([])),
        ("components", json!([])),
    ] {
        if let Some(value) = message.get_mut(field) {
            *value = empty;
        }
    }
    message.remove("poll");
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"id":"9","author":{"id":"1"},"content":"hello","embeds":[{}],
        "attachments":[{}],"components":[{}],"poll":{},"mentions":[{"id":"2"}],
        "referenced_message":{"content":"secret","author":{"id":"3"}}}"#;

    fn session(user: u64) -> (SessionId, UserId) {
        (SessionId(user.into()), Id::new(user))
    }

    #[test]
    fn the_author_and_the_mentioned_read_it_and_others_do_not() {
        let blind = [session(1), session(2), session(4)];
        let to = [SessionId(1), SessionId(2), SessionId(4), SessionId(5)];
        let (full, stripped) = split(to.into(), &blind, MESSAGE);
        assert_eq!(*full, [SessionId(1), SessionId(2), SessionId(5)]);
        let (to, json) = stripped.unwrap();
        assert_eq!(*to, [SessionId(4)]);
        let message: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(message["content"], "");
        for field in ["embeds", "attachments", "components"] {
            assert_eq!(message[field], json!([]), "{field}");
        }
        assert!(message.get("poll").is_none());
        assert_eq!(message["referenced_message"]["content"], "");
        assert_eq!(message["id"], "9");
    }

    #[test]
    fn nothing_is_parsed_when_everyone_may_read() {
        let (full, stripped) = split([SessionId(1)].into(), &[], "not even JSON");
        assert_eq!(*full, [SessionId(1)]);
        assert!(stripped.is_none());
    }
}
