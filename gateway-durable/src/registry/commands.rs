//! What clients send.

use model::Timestamp;
use model::event::StreamDelete;
use model::gateway::{
    Command, CommandError, GuildSubscription, RequestGuildMembers, StreamCommand, StreamKey,
    UpdateVoiceState,
};

use super::{Effect, GuildId, SessionRegistry, UserId};
use crate::connection::Connection;
use crate::ids::{SessionId, SocketId};
use crate::messages::ToGuild;
use crate::payload::Frame;

impl SessionRegistry {
    /// Carries out what a client sent, or closes its connection.
    pub(super) fn received(
        &mut self,
        socket: SocketId,
        command: Result<Command, CommandError>,
        bytes: usize,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(connection) = self.connections.get_mut(&socket) else {
            return;
        };
        match connection.admit(command, bytes, now) {
            Ok(Some(command)) => self.carry_out(socket, command, bytes, now, effects),
            Ok(None) => {}
            Err(code) => self.close(socket, code, now, effects),
        }
    }

    /// Carries out a command that was admitted.
    pub(super) fn carry_out(
        &mut self,
        socket: SocketId,
        command: Command,
        bytes: usize,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let session = self.connections.get(&socket).and_then(Connection::session);
        match (command, session) {
            (Command::Heartbeat(seq), _) => {
                let frame = Frame::HeartbeatAck;
                effects.push(Effect::Send { socket, frame });
                let session = session.and_then(|id| self.sessions.get_mut(&id));
                if let (Some(seq), Some(session)) = (seq, session) {
                    session.acknowledge(seq, now);
                }
            }
            (Command::Identify(identify), _) => {
                self.identify(socket, identify, bytes, now, effects);
            }
            (Command::Resume(resume), _) => self.resume(socket, &resume, now, effects),
            (Command::PresenceUpdate(update), Some(id)) => {
                self.update_presence(id, update, now, effects);
            }
            (Command::VoiceStateUpdate(update), Some(id)) => {
                self.update_voice(id, &update, effects);
            }
            (Command::Inquire(guilds, inquiry), Some(id)) => {
                self.tell_guilds(id, guilds, effects, |session, user| ToGuild::Inquire {
                    session,
                    user,
                    inquiry,
                });
            }
            (Command::Stream(command), Some(id)) => self.stream(id, &command, now, effects),
            (Command::RequestGuildMembers(request), Some(id)) => {
                self.request_members(id, &request, effects);
            }
            (Command::GuildSubscriptions(guilds), Some(id)) => self.show(id, guilds, effects),
            // There are no calls in private conversations, so none is found; nothing else is known
            // yet that these would need.
            (Command::Other(_), _) | (_, None) => {}
        }
    }

    /// Passes on where a session wants to be in voice. Naming no guild and no channel, as user
    /// clients do, it leaves wherever it is.
    fn update_voice(&self, id: SessionId, update: &UpdateVoiceState, effects: &mut Vec<Effect>) {
        let guilds = match (update.guild_id, update.channel_id) {
            (Some(guild), _) => vec![guild],
            (None, Some(_)) => Vec::new(),
            (None, None) => {
                let session = self.sessions.get(&id);
                session.map_or_else(Vec::new, |it| it.guilds.iter().copied().collect())
            }
        };
        self.tell_guilds(id, guilds, effects, |session, user| ToGuild::Voice {
            session,
            user,
            update: update.clone(),
        });
    }

    /// Passes on what a session does about a stream, to the guild that its key names.
    fn stream(
        &mut self,
        id: SessionId,
        command: &StreamCommand,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let guild = match (command, command.key()) {
            (StreamCommand::Create(create), _) => create.guild_id,
            (_, None) => None,
            (_, Some(key)) => match key.parse::<StreamKey>() {
                Ok(key) => Some(key.guild),
                Err(_) => {
                    let ended = StreamDelete {
                        stream_key: key.into(),
                        reason: "parse_failed".into(),
                    };
                    return self.send(id, &ended, now, effects);
                }
            },
        };
        self.tell_guilds(id, guild, effects, |session, user| ToGuild::Stream {
            session,
            user,
            command: command.clone(),
        });
    }

    /// Tells something to those of these guilds that the session hears of.
    fn tell_guilds(
        &self,
        id: SessionId,
        guilds: impl IntoIterator<Item = GuildId>,
        effects: &mut Vec<Effect>,
        message: impl Fn(SessionId, UserId) -> ToGuild,
    ) {
        if let Some(session) = self.sessions.get(&id) {
            let guilds = guilds.into_iter();
            let heard = guilds.filter(|guild| session.guilds.contains(guild));
            effects.extend(heard.map(|guild| Effect::Guild {
                guild,
                message: message(id, session.origin.user),
            }));
        }
    }

    fn show(
        &self,
        id: SessionId,
        guilds: Vec<(GuildId, GuildSubscription)>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get(&id) else {
            return;
        };
        for (guild, subscription) in guilds {
            if session.guilds.contains(&guild) {
                let message = ToGuild::Show {
                    session: id,
                    user: session.origin.user,
                    subscription,
                };
                effects.push(Effect::Guild { guild, message });
            }
        }
    }

    fn request_members(
        &self,
        id: SessionId,
        request: &RequestGuildMembers,
        effects: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get(&id) else {
            return;
        };
        // Bots may ask one guild at a time.
        let most = if session.origin.wants.bot {
            1
        } else {
            usize::MAX
        };
        for guild in request.guild_id.as_slice().iter().take(most) {
            if session.guilds.contains(guild) {
                let message = ToGuild::RequestMembers {
                    session: id,
                    user: session.origin.user,
                    request: request.clone(),
                };
                let guild = *guild;
                effects.push(Effect::Guild { guild, message });
            }
        }
    }
}
