//! What the gateway asks of internal functions, and what their answers mean.

use model::gateway::internal::{IdentifyRequest, MembersRequest, paths};
use model::id::marker;
use model::{Code, Id};
use serde::{Deserialize, Serialize};

use super::Input;
use crate::guild::LoadError;
use crate::ids::SocketId;
use crate::registry::{self, IdentifyError};

/// What only an internal function knows, or has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// Whose token this is.
    Identify {
        /// The connection that showed it.
        socket: SocketId,
        /// The token.
        token: String,
        /// Whether it counts as the start of a session.
        counts: bool,
    },
    /// What a guild is like now.
    Guild(Id<marker::Guild>),
    /// Which members a guild has.
    Members {
        /// The guild.
        guild: Id<marker::Guild>,
        /// To be repeated in the answer.
        request: u64,
        /// The body.
        body: MembersRequest,
    },
    /// That a user's last session ended.
    SessionsEnded(Id<marker::User>),
}

/// Why there is no answer.
enum Refusal {
    Unauthorized,
    NotFound,
    Failed,
}

impl Question {
    /// Whether an answer to the other is one to this.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Identify { socket, .. }, Self::Identify { socket: other, .. }) => {
                socket == other
            }
            (
                Self::Members { guild, request, .. },
                Self::Members {
                    guild: other,
                    request: number,
                    ..
                },
            ) => (guild, request) == (other, number),
            _ => self == other,
        }
    }

    /// Whether what it needs was not kept: a token.
    pub fn cannot_be_repeated(&self) -> bool {
        matches!(self, Self::Identify { token, .. } if token.is_empty())
    }

    /// `GET` or `POST`.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Guild(_) => "GET",
            Self::Identify { .. } | Self::Members { .. } | Self::SessionsEnded(_) => "POST",
        }
    }

    /// The internal function's path.
    pub fn path(&self) -> String {
        match self {
            Self::Identify { .. } => paths::IDENTIFY.to_owned(),
            Self::Guild(guild) => paths::guild(*guild),
            Self::Members { guild, .. } => paths::members(*guild),
            Self::SessionsEnded(user) => paths::sessions_ended(*user),
        }
    }

    /// JSON, or nothing.
    pub fn body(&self) -> Vec<u8> {
        match self {
            Self::Identify { token, counts, .. } => encode(&IdentifyRequest {
                token: token.clone(),
                counts: *counts,
            }),
            Self::Guild(_) | Self::SessionsEnded(_) => Vec::new(),
            Self::Members { body, .. } => encode(body),
        }
    }

    /// What an answer with this HTTP status tells the hub, if anything.
    pub fn answered(&self, status: u16, body: &[u8]) -> Option<Input> {
        Some(match *self {
            Self::Identify { socket, .. } => {
                let result = read(status, body).map_err(|refusal| match refusal {
                    Refusal::Unauthorized => IdentifyError::Unauthorized,
                    _ => IdentifyError::Failed,
                });
                Input::Registry(registry::Input::Identified { socket, result })
            }
            Self::Guild(guild) => {
                let result = read(status, body).map_err(|refusal| match refusal {
                    Refusal::NotFound => LoadError::Gone,
                    _ => LoadError::Failed,
                });
                Input::GuildLoaded { guild, result }
            }
            Self::Members { guild, request, .. } => Input::MembersLoaded {
                guild,
                request,
                page: read(status, body).ok(),
            },
            Self::SessionsEnded(_) => return None,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, Refusal> {
    match status {
        200..300 => serde_json::from_slice(body).map_err(|_| Refusal::Failed),
        _ if status == Code::Unauthorized.status() => Err(Refusal::Unauthorized),
        _ if status == Code::NotFound.status() => Err(Refusal::NotFound),
        _ => Err(Refusal::Failed),
    }
}

fn encode<T: Serialize>(body: &T) -> Vec<u8> {
    // Only maps with keys that are not text have no JSON, and these types have none.
    serde_json::to_vec(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_goes_to_whom_it_was_asked_for() {
        let (socket, token) = (SocketId(7), "a token".to_owned());
        let question = Question::Identify {
            socket,
            token,
            counts: true,
        };
        assert_eq!(question.body(), br#"{"token":"a token","counts":true}"#);
        let refused = |status| match question.answered(status, b"{}") {
            Some(Input::Registry(registry::Input::Identified { result, .. })) => {
                result.unwrap_err()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(401), IdentifyError::Unauthorized);
        assert_eq!(refused(503), IdentifyError::Failed);
        assert_eq!(
            refused(200),
            IdentifyError::Failed,
            "an answer without a user"
        );
    }

    #[test]
    fn a_guild_that_is_gone_is_told_from_one_that_failed() {
        let question = Question::Guild(Id::new(5));
        let answer = |status| match question.answered(status, b"") {
            Some(Input::GuildLoaded { result, .. }) => result.unwrap_err(),
            other => panic!("{other:?}"),
        };
        assert_eq!(answer(404), LoadError::Gone);
        assert_eq!(answer(500), LoadError::Failed);
    }
}
