//! Discord's vocabulary: ids, permissions, error codes, limits and the objects on the wire.
//!
//! Nothing here does I/O, reads a clock or names a host, so every other crate may depend on it.

pub mod error;
pub mod event;
pub mod form;
pub mod gateway;
pub mod id;
pub mod limits;
pub mod permissions;
pub mod timestamp;

pub use error::Code;
pub use event::{Audience, Event};
pub use form::FormErrors;
pub use id::Id;
pub use permissions::Permissions;
pub use timestamp::Timestamp;
