//! What nearly every route file uses.

pub use model::permissions::bits::*;
pub use model::{Audience, Code, Event, Id, Permissions, Timestamp, event::EventKind, id::marker};
pub use store::Batch;

pub use crate::access::{
    Anyone, Bot, Caller, Human, InChannel, InGuild, Internal, Operator, OwnsGuild,
};
pub use crate::extract::{Body, Path, Query};
pub use crate::fields::{Fields, Form};
pub use crate::respond::{Created, Json, NoContent};
pub use crate::{Cx, Error, Request, Response, Result, function};
