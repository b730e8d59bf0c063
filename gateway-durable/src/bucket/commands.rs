//! What clients send.

use model::Timestamp;
use model::gateway::{Command, CommandError, GuildSubscription, RequestGuildMembers};

use super::{Bucket, Effect, GuildId};
use crate::connection::Connection;
use crate::guild;
use crate::ids::{SessionId, SocketId};
use crate::payload::Frame;

impl Bucket {
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
                if let Some((session, guild)) = self.sessions.get(&id).zip(update.guild_id)
                    && session.guilds.contains(&guild)
                {
                    let user = session.origin.user;
                    let session = id;
                    let input = guild::Input::Voice {
                        session,
                        user,
                        update,
                    };
                    effects.push(Effect::Guild { guild, input });
                }
            }
            (Command::RequestGuildMembers(request), Some(id)) => {
                self.request_members(id, &request, effects);
            }
            (Command::GuildSubscriptions(guilds), Some(id)) => self.show(id, guilds, effects),
            // Nothing is known yet that these would need.
            (Command::Other(_), _) | (_, None) => {}
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
                let input = guild::Input::Show {
                    session: id,
                    user: session.origin.user,
                    subscription,
                };
                effects.push(Effect::Guild { guild, input });
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
                let input = guild::Input::RequestMembers {
                    session: id,
                    user: session.origin.user,
                    request: request.clone(),
                };
                let guild = *guild;
                effects.push(Effect::Guild { guild, input });
            }
        }
    }
}
