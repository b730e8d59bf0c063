//! What waits to be written to a socket: bounded, so that who reads slowly costs little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gateway_durable::Frame;
use model::gateway::CloseCode;
use tokio::sync::mpsc;

/// Frames that may wait: all that a resume can bring, and more.
pub const FRAMES_MAX: usize = 4096;

/// Bytes that may wait, counted as if no body were shared. One frame may always wait, however long.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Something for a socket.
#[derive(Debug)]
pub enum Outgoing {
    /// A message.
    Frame(Frame),
    /// The end, after everything before it.
    Close(CloseCode),
}

#[derive(Debug, Default)]
struct Waiting {
    frames: AtomicUsize,
    bytes: AtomicUsize,
}

/// The hub's end.
#[derive(Debug)]
pub struct Outbox {
    sender: mpsc::UnboundedSender<Outgoing>,
    waiting: Arc<Waiting>,
}

/// The socket's end.
#[derive(Debug)]
pub struct Inbox {
    receiver: mpsc::UnboundedReceiver<Outgoing>,
    waiting: Arc<Waiting>,
}

/// Too much waits: the client does not read.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

/// Both ends of an empty queue.
pub fn channel() -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::<Waiting>::default();
    let outbox = Outbox {
        sender,
        waiting: Arc::clone(&waiting),
    };
    (outbox, Inbox { receiver, waiting })
}

impl Outbox {
    /// Adds a frame.
    ///
    /// # Errors
    /// When too much waits already.
    pub fn send(&self, frame: Frame) -> Result<(), Full> {
        let cost = frame.cost();
        let frames = self.waiting.frames.fetch_add(1, Ordering::Relaxed);
        let bytes = self.waiting.bytes.fetch_add(cost, Ordering::Relaxed);
        if frames > 0 && (frames >= FRAMES_MAX || bytes + cost > BYTES_MAX) {
            return Err(Full);
        }
        // A socket that is gone says so to the hub itself.
        let _ = self.sender.send(Outgoing::Frame(frame));
        Ok(())
    }

    /// Ends the queue with a close.
    pub fn close(self, code: CloseCode) {
        let _ = self.sender.send(Outgoing::Close(code));
    }
}

impl Inbox {
    /// The next thing to write; `None` when the hub is gone.
    pub async fn next(&mut self) -> Option<Outgoing> {
        self.receiver.recv().await
    }

    /// The next thing to write, if there is one at once.
    pub fn try_next(&mut self) -> Option<Outgoing> {
        self.receiver.try_recv().ok()
    }

    /// So much was written.
    pub fn written(&self, frames: usize, cost: usize) {
        self.waiting.frames.fetch_sub(frames, Ordering::Relaxed);
        self.waiting.bytes.fetch_sub(cost, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_that_do_not_read_are_given_up() {
        let (outbox, inbox) = channel();
        for _ in 0..FRAMES_MAX {
            assert_eq!(outbox.send(Frame::HeartbeatAck), Ok(()));
        }
        assert_eq!(outbox.send(Frame::HeartbeatAck), Err(Full));
        inbox.written(2, 0);
        assert_eq!(outbox.send(Frame::HeartbeatAck), Ok(()));
    }

    #[test]
    fn one_frame_may_be_as_large_as_it_needs() {
        use gateway_durable::Payload;
        use model::event::EventKind;

        let (outbox, _inbox) = channel();
        let frame = |length: usize| Frame::Dispatch {
            kind: EventKind::Ready,
            seq: 1,
            payload: Payload::shared("x".repeat(length)),
        };
        assert_eq!(outbox.send(frame(BYTES_MAX + 1)), Ok(()));
        assert_eq!(outbox.send(frame(1)), Err(Full));
    }
}
