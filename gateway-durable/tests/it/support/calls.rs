//! The internal functions, as they answer the gateway.

use gateway_durable::SocketId;
use gateway_durable::guild::LoadError;
use gateway_durable::hub::Input;
use gateway_durable::registry::{self, IdentifyError};
use model::gateway::internal::{
    Identified, IdentifiedApplication, MembersPage, MembersRequest, OwnGuild,
};
use model::relationship::{self, Relationship};
use serde_json::Map;

use super::stored::StoredGuild;
use super::{GuildId, UserId, World};

/// A call of an internal function that is not answered yet.
#[derive(Debug, Clone)]
pub enum Call {
    Identify {
        socket: SocketId,
        token: String,
    },
    Guild(GuildId),
    Members {
        guild: GuildId,
        request: u64,
        body: MembersRequest,
    },
}

impl World {
    /// Answers every call, and those that the answers cause.
    pub fn answer_all(&mut self) {
        while let Some(call) = self.calls.pop_front() {
            let input = self.answer(&call);
            self.input(input);
        }
    }

    /// What the internal function says now.
    pub fn answer(&self, call: &Call) -> Input {
        match call {
            Call::Identify { socket, token } => Input::Registry(registry::Input::Identified {
                socket: *socket,
                result: self.identified(token).map(Box::new),
            }),
            Call::Guild(id) => Input::GuildLoaded {
                guild: *id,
                result: match self.guilds.get(id) {
                    Some(stored) => Ok(Box::new(stored.snapshot())),
                    None => Err(LoadError::Gone),
                },
            },
            Call::Members {
                guild,
                request,
                body,
            } => Input::MembersLoaded {
                guild: *guild,
                request: *request,
                page: self.guilds.get(guild).map(|stored| page(stored, body)),
            },
        }
    }

    fn identified(&self, token: &str) -> Result<Identified, IdentifyError> {
        let id = token.strip_prefix("token-").and_then(|id| id.parse().ok());
        let (user, flags) = id
            .and_then(|id| self.users.get(&id))
            .ok_or(IdentifyError::Unauthorized)?;
        let id = user.user.id;
        let guilds = self.guilds.values().filter_map(|stored| {
            let member = stored.members.get(&id)?.without_user();
            let id = stored.guild.id;
            Some(OwnGuild { id, member })
        });
        Ok(Identified {
            user: user.clone(),
            session_id_hash: format!("hash-{id}"),
            application: user.user.bot.then_some(IdentifiedApplication {
                id: id.cast(),
                flags: *flags,
            }),
            guilds: guilds.collect(),
            private_channels: Vec::new(),
            read_states: Vec::new(),
            settings: model::settings::user_settings(&Map::new()),
            settings_proto: None,
            guild_settings: Vec::new(),
            relationships: self.relationships(id),
        })
    }

    fn relationships(&self, user: UserId) -> Vec<Relationship> {
        let own = self.friends.iter().filter(|(of, _)| *of == user);
        own.map(|(_, friend)| self.relationship(*friend)).collect()
    }

    pub(super) fn relationship(&self, friend: UserId) -> Relationship {
        Relationship {
            id: friend,
            kind: relationship::kind::FRIEND,
            nickname: None,
            since: self.now,
            user: self.users[&friend].0.user.clone(),
        }
    }
}

/// The token of a user, which the function knows.
pub fn token(user: UserId) -> String {
    format!("token-{user}")
}

fn page(stored: &StoredGuild, body: &MembersRequest) -> MembersPage {
    let members = stored.members.iter().filter(|(id, member)| {
        let name = &member.user.as_ref().unwrap().username;
        let asked = body.user_ids.is_empty() || body.user_ids.contains(id);
        asked && name.starts_with(&body.query) && body.after.is_none_or(|after| **id > after)
    });
    let members = members.map(|(_, member)| member.clone());
    MembersPage {
        members: members.take(body.limit as usize).collect(),
        member_count: stored.members.len() as u32,
    }
}
