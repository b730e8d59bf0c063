//! Discord's vocabulary: ids, permissions, error codes, limits and the objects on the wire.
//!
//! Nothing here does I/O, reads a clock or names a host, so every other crate may depend on it.

pub mod application;
pub mod attachment;
pub mod audit_log;
pub mod channel;
pub mod dispatch;
pub mod embed;
pub mod emoji;
pub mod error;
pub mod event;
pub mod form;
pub mod gateway;
pub mod guild;
pub mod id;
pub mod invite;
pub mod limits;
pub mod member;
pub mod message;
pub mod permissions;
pub mod read_state;
pub mod relationship;
pub mod role;
#[cfg(not(target_family = "wasm"))]
mod schema;
pub mod settings;
pub mod text;
pub mod thread;
pub mod timestamp;
pub mod unicode_emoji;
pub mod user;

pub use channel::Channel;
pub use emoji::Emoji;
pub use error::Code;
pub use event::{Audience, Event};
pub use form::FormErrors;
pub use guild::Guild;
pub use id::Id;
pub use member::Member;
pub use message::Message;
pub use permissions::Permissions;
pub use role::Role;
pub use timestamp::Timestamp;
pub use user::User;
