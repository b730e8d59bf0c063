//! Tokens do not go into the journal: what is kept has their hashes.

use model::gateway::Command;
use serde_json::Value;

use super::input::{Input, TokenHash};
use crate::hub::Question;
use crate::registry::hash;

/// The input as it is kept.
pub fn without_tokens(input: &Input) -> Input {
    match input {
        Input::Received {
            socket,
            text,
            bytes,
            token_hash: None,
        } => match without_token(text) {
            Some((text, hash)) => Input::Received {
                socket: *socket,
                text,
                bytes: *bytes,
                token_hash: Some(hash),
            },
            None => input.clone(),
        },
        Input::Answered {
            question:
                Question::Identify {
                    socket,
                    token: _,
                    counts,
                },
            status,
            body,
        } => Input::Answered {
            question: Question::Identify {
                socket: *socket,
                token: String::new(),
                counts: *counts,
            },
            status: *status,
            body: body.clone(),
        },
        other => other.clone(),
    }
}

/// An identify or a resume without its token, and the token's hash.
fn without_token(text: &str) -> Option<(String, TokenHash)> {
    let hash = match Command::from_json(text).ok()? {
        Command::Identify(identify) => hash(identify.bare_token()),
        Command::Resume(resume) => hash(resume.bare_token()),
        _ => return None,
    };
    let mut payload: Value = serde_json::from_str(text).ok()?;
    *payload.get_mut("d")?.get_mut("token")? = Value::from("");
    Some((payload.to_string(), hash))
}

#[cfg(test)]
mod tests {
    use super::super::input::command;
    use super::*;
    use crate::ids::SocketId;

    #[test]
    fn snapshots_hold_no_token() {
        for op in [2, 6] {
            let text =
                format!(r#"{{"op":{op},"d":{{"token":"Bot a.b.c","session_id":"x","seq":1}}}}"#);
            let received = Input::Received {
                socket: SocketId(1),
                bytes: text.len(),
                text,
                token_hash: None,
            };
            let kept = without_tokens(&received);
            assert!(!format!("{kept:?}").contains("a.b.c"), "{kept:?}");
            let Input::Received {
                text, token_hash, ..
            } = kept
            else {
                panic!()
            };
            let known = match command(&text, token_hash).unwrap() {
                Command::Identify(identify) => identify.token_hash,
                Command::Resume(resume) => resume.token_hash,
                other => panic!("{other:?}"),
            };
            assert_eq!(known, Some(hash("a.b.c")));
        }
        let question = Question::Identify {
            socket: SocketId(1),
            token: "a.b.c".to_owned(),
            counts: true,
        };
        let kept = without_tokens(&Input::Answered {
            question,
            status: 200,
            body: Vec::new(),
        });
        assert!(!format!("{kept:?}").contains("a.b.c"), "{kept:?}");
    }
}
