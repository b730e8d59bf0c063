//! A gateway that is put away between inputs, as a Durable Object is.

use gateway_durable::SocketId;
use gateway_durable::bucket::{self, IdentifyError};
use gateway_durable::calls::Question;
use gateway_durable::durable::{self, Durable};
use gateway_durable::encoding::Encoding;
use gateway_durable::guild::LoadError;
use gateway_durable::hub::{Effect, Input};
use model::gateway::internal::MembersRequest;
use model::{Code, Timestamp};
use serde::Serialize;

use super::settings;

/// A gateway and what is stored of it.
#[derive(Debug)]
pub struct Asleep {
    gateway: Durable,
    whole: Option<Vec<u8>>,
    journal: Vec<Vec<u8>>,
    /// Whether the last input was stored.
    stored: bool,
}

impl Asleep {
    pub fn new() -> Self {
        Self {
            gateway: Durable::new(settings()),
            whole: None,
            journal: Vec::new(),
            stored: true,
        }
    }

    pub fn handle(&mut self, input: durable::Input, now: Timestamp, effects: &mut Vec<Effect>) {
        let is_tick = matches!(input, durable::Input::Tick);
        let due = self.gateway.hub().due(now);
        let row = self.gateway.handle(input, now, effects);
        if is_tick && !effects.is_empty() {
            assert!(
                due.is_some_and(|due| due <= now),
                "a host knows when to tick: {effects:?}"
            );
        }
        self.stored = row.is_some();
        self.journal.extend(row);
    }

    /// The memory is gone, and is made again of what was stored: of all that anybody noticed.
    pub fn put_away(&mut self, compact: bool, now: Timestamp) {
        if compact && let Some(whole) = self.gateway.whole(now) {
            self.whole = Some(whole);
            self.journal.clear();
            self.stored = true;
        }
        let revived = Durable::revive(settings(), self.whole.as_deref(), &self.journal);
        let revived = revived.expect("what was stored can be read");
        if self.stored {
            let (before, after) = (self.gateway.hub(), revived.hub());
            let text = |bytes: Option<Vec<u8>>| bytes.map(|it| String::from_utf8(it).unwrap());
            assert_eq!(
                text(before.snapshot(now)),
                text(after.snapshot(now)),
                "the same inputs make the same state"
            );
        }
        assert_eq!(
            names(self.gateway.unanswered()),
            names(revived.unanswered()),
            "what was asked is known"
        );
        self.gateway = revived;
        self.stored = true;
    }
}

fn names(questions: &[Question]) -> Vec<String> {
    let path = |question: &Question| match question {
        Question::Identify { socket, .. } => format!("{socket:?}"),
        other => format!("{other:?}"),
    };
    questions.iter().map(path).collect()
}

/// The input as a host gives it.
pub fn heard(input: Input) -> durable::Input {
    match input {
        Input::Published { first, events } => durable::Input::Published { first, events },
        Input::GuildLoaded { guild, result } => {
            let result = result.map_err(|error| match error {
                LoadError::Gone => Code::NotFound.status(),
                LoadError::Failed => 500,
            });
            answered(Question::Guild(guild), result)
        }
        Input::MembersLoaded {
            guild,
            request,
            page,
        } => {
            let body = MembersRequest::default();
            let question = Question::Members {
                guild,
                request,
                body,
            };
            answered(question, page.ok_or(500))
        }
        Input::Bucket(bucket::Input::Identified { socket, result }) => {
            let question = Question::Identify {
                socket,
                token: String::new(),
                counts: false,
            };
            let result = result.map_err(|error| match error {
                IdentifyError::Unauthorized => 401,
                IdentifyError::Failed => 500,
            });
            answered(question, result)
        }
        Input::Bucket(bucket::Input::Opened {
            socket,
            transport,
            session_id,
        }) => durable::Input::Opened {
            socket,
            transport,
            session_id,
        },
        Input::Bucket(bucket::Input::Closed { socket, code }) => {
            durable::Input::Closed { socket, code }
        }
        Input::Bucket(bucket::Input::Tick) => durable::Input::Tick,
        other => panic!("no host gives {other:?}"),
    }
}

/// What a client sent.
pub fn received(socket: SocketId, text: &str) -> durable::Input {
    durable::Input::received(socket, Encoding::Json, text.as_bytes())
}

fn answered(question: Question, result: Result<impl Serialize, u16>) -> durable::Input {
    let (status, body) = match result {
        Ok(body) => (200, serde_json::to_vec(&body).unwrap()),
        Err(status) => (status, Vec::new()),
    };
    durable::Input::Answered {
        question,
        status,
        body,
    }
}
