//! What the hub is told.

use gateway_durable::hub::Input;
use gateway_durable::registry;
use model::Event;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::outbox::Outbox;

/// What sockets say.
#[derive(Debug)]
pub enum FromSocket {
    /// There is a new one.
    Opened {
        /// For the core.
        input: Box<registry::Input>,
        /// Where to write.
        outbox: Outbox,
        /// How to end it when it does not read.
        abort: AbortHandle,
    },
    /// Anything else.
    Input(Box<registry::Input>),
}

/// What everybody else says.
#[derive(Debug)]
pub enum News {
    /// Events were committed.
    Published(Vec<Event>),
    /// An internal function answered.
    Answer(Input),
    /// The process stops. Answered when every socket was told.
    Shutdown(oneshot::Sender<()>),
}
