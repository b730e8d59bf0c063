//! Continuing a session on another connection.

use model::Timestamp;
use model::event::EventKind;
use model::gateway::{CloseCode, Resume};

use super::{Effect, IdentifyError, SessionRegistry};
use crate::connection::Stage;
use crate::ids::{SessionId, SocketId};
use crate::payload::{Frame, Payload};
use crate::session::{Link, ResumeError};

use super::identify::{denied, hash};

/// The `d` of RESUMED.
const RESUMED: &str = r#"{"_trace":["[\"gateway\",{\"micros\":0}]"]}"#;

impl SessionRegistry {
    /// Resumes the session, or answers that it is not there. A wrong token is answered like a
    /// wrong session, so that nobody learns which sessions exist.
    pub(super) fn resume(
        &mut self,
        socket: SocketId,
        resume: &Resume,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if self.is_unverified(resume) {
            return self.verify(socket, resume, effects);
        }
        let result = self.try_resume(socket, resume, now, effects);
        match result {
            Ok(frames) => {
                effects.extend(
                    frames
                        .into_iter()
                        .map(|frame| Effect::Send { socket, frame }),
                );
            }
            Err(ResumeError::NeverSent) => {
                self.close(socket, CloseCode::InvalidSequence, now, effects);
            }
            Err(ResumeError::Forgotten) => {
                let frame = Frame::InvalidSession { resumable: false };
                effects.push(Effect::Send { socket, frame });
            }
        }
    }

    /// Whether the session comes from another process. A wrong token need not be looked up.
    fn is_unverified(&self, resume: &Resume) -> bool {
        let id = resume.session_id.parse::<SessionId>();
        let session = id.ok().and_then(|id| self.sessions.get(&id));
        session.is_some_and(|session| {
            session.unverified && session.origin.token_hash == hash_of(resume)
        })
    }

    /// Asks whether the token is still good.
    fn verify(&mut self, socket: SocketId, resume: &Resume, effects: &mut Vec<Effect>) {
        if let Some(connection) = self.connections.get_mut(&socket) {
            let token = resume.bare_token().to_owned();
            let resume = Box::new(resume.clone());
            connection.stage = Stage::Verifying { resume };
            effects.push(Effect::Identify {
                socket,
                token,
                counts: false,
            });
        }
    }

    /// Resumes the session now that its token is known to be good, with the flags of its
    /// application, or ends it.
    pub(super) fn verified(
        &mut self,
        socket: SocketId,
        resume: &Resume,
        result: Result<u64, IdentifyError>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let id = resume.session_id.parse::<SessionId>().ok();
        match (id, result) {
            (_, Err(IdentifyError::Failed)) => {
                let frame = Frame::InvalidSession { resumable: true };
                effects.push(Effect::Send { socket, frame });
            }
            (Some(id), Err(IdentifyError::Unauthorized)) => {
                self.end(id, now, effects);
                self.resume(socket, resume, now, effects);
            }
            (id, Ok(flags)) => {
                let session = id.and_then(|id| self.sessions.get_mut(&id));
                if let Some(session) = session {
                    session.unverified = false;
                    let (id, wants) = (session.origin.id, session.origin.wants);
                    let denied = wants.bot && wants.has_any(denied(flags));
                    if denied {
                        self.end(id, now, effects);
                        return self.close(socket, CloseCode::DisallowedIntents, now, effects);
                    }
                }
                self.resume(socket, resume, now, effects);
            }
            (None, Err(IdentifyError::Unauthorized)) => self.resume(socket, resume, now, effects),
        }
    }

    fn try_resume(
        &mut self,
        socket: SocketId,
        resume: &Resume,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Result<Vec<Frame>, ResumeError> {
        let id: SessionId = resume
            .session_id
            .parse()
            .map_err(|_| ResumeError::Forgotten)?;
        let next = self.history.next();
        let session = self.sessions.get(&id).ok_or(ResumeError::Forgotten)?;
        let connection = self
            .connections
            .get_mut(&socket)
            .ok_or(ResumeError::Forgotten)?;
        let known = session.origin.token_hash == hash_of(resume);
        if !known || session.waiting.is_some() || session.expired(now) {
            return Err(ResumeError::Forgotten);
        }
        let before = session.link;
        let from = session.missed_from(resume.seq, next);
        let heard = self.history.heard(session, from);
        let session = self.sessions.get_mut(&id).ok_or(ResumeError::Forgotten)?;
        let mut frames = session.resume(socket, resume.seq, heard, next)?;
        // RESUMED has a number too and may itself be missed.
        let resumed = Payload::shared(RESUMED);
        let number = self.history.number();
        let last = session.dispatch(number, EventKind::Resumed, resumed, now);
        frames.extend(last.map(|(_, frame)| frame));
        session.zlib = connection.transport.shares_deflated_json();
        let bot = session.origin.wants.bot;
        let user = session.origin.user;
        let hidden = !std::mem::replace(&mut session.shown, true);
        connection.stage = Stage::Live { session: id, bot };
        self.attend(id, before);
        if let Link::Attached(socket) = before {
            // The client noticed before us that its connection is dead.
            self.connections.remove(&socket);
            let code = CloseCode::Superseded;
            effects.push(Effect::Close { socket, code });
        }
        if hidden {
            self.show_user(user, now, effects);
        }
        Ok(frames)
    }
}

fn hash_of(resume: &Resume) -> [u8; 32] {
    let known = resume.token_hash;
    known.unwrap_or_else(|| hash(resume.bare_token()))
}
