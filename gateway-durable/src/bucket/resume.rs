//! Continuing a session on another connection.

use model::Timestamp;
use model::gateway::{CloseCode, Resume};

use super::{Bucket, Effect};
use crate::compression::Compression;
use crate::connection::Stage;
use crate::ids::{SessionId, SocketId};
use crate::payload::Frame;
use crate::session::{Link, ResumeError};

use super::identify::hash;

impl Bucket {
    /// Resumes the session, or answers that it is not there. A wrong token is answered like a
    /// wrong session, so that nobody learns which sessions exist.
    pub(super) fn resume(
        &mut self,
        socket: SocketId,
        resume: &Resume,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
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
        let session = self.sessions.get_mut(&id).ok_or(ResumeError::Forgotten)?;
        let connection = self
            .connections
            .get_mut(&socket)
            .ok_or(ResumeError::Forgotten)?;
        let known = session.origin.token_hash == hash(resume.bare_token());
        if !known || session.waiting.is_some() || session.expired(now) {
            return Err(ResumeError::Forgotten);
        }
        let before = session.link;
        let frames = session.resume(socket, resume.seq, now)?;
        session.zlib = connection.transport.compression == Compression::ZlibStream;
        let bot = session.origin.wants.bot;
        let user = session.origin.user;
        let hidden = !std::mem::replace(&mut session.shown, true);
        connection.stage = Stage::Live { session: id, bot };
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
