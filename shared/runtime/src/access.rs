//! Who may call, as argument types: a handler cannot run before its caller may.
//!
//! What a requirement needs is read in one round trip, from the token and the path alone.
//! The answers follow Discord: without a valid token 401; a channel or guild that the caller cannot
//! see is refused as [`Code::MissingAccess`] (or is unknown, where it does not exist); what they
//! see and may not do is [`Code::MissingPermissions`].

use model::Code;

mod caller;
mod channel;
mod guild;
mod membership;
mod place;
mod seen;

pub use crate::requirement::{ConditionalRequirement, Declared, Requirement, one_of};
pub use caller::{Bot, Caller, Human, Operator};
pub use channel::{InChannel, audience_of};
pub use guild::{InGuild, OwnsGuild};
pub use membership::Membership;
pub use place::Place;
pub use seen::seen;

use crate::body::JSON_BYTES_MAX;
use crate::{BodyStream, Cx, Request, Result, internal};

/// A type that exists only for callers that are allowed.
#[allow(async_fn_in_trait, reason = "functions run on one thread")]
pub trait Access: Sized {
    /// What it requires.
    const REQUIREMENT: Requirement;

    /// The caller, if they are allowed.
    ///
    /// # Errors
    /// Discord's code for why they are not.
    async fn check(cx: &Cx, request: &mut Request) -> Result<Self>;
}

/// No requirement: registration, discovery, files.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

impl Access for Anyone {
    const REQUIREMENT: Requirement = Requirement::Anyone;

    async fn check(_: &Cx, _: &mut Request) -> Result<Self> {
        Ok(Self)
    }
}

/// The gateway or a timer, by a proof that is made with the instance's internal key.
#[derive(Debug, Clone, Copy)]
pub struct Internal;

impl Access for Internal {
    const REQUIREMENT: Requirement = Requirement::Internal;

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        // 404, not 403: to the outside these paths do not exist.
        let given = request
            .header("authorization")
            .ok_or(Code::NotFound)?
            .to_owned();
        let body = request.body.collect(JSON_BYTES_MAX).await?;
        request.kept.keep(&body);
        request.body = BodyStream::Full(body.clone());
        let (key, path) = (&cx.config().internal_key, request.path_and_query());
        match internal::proves(&given, key, &request.method, &path, &body, cx.now()) {
            true => Ok(Self),
            false => Err(Code::NotFound.into()),
        }
    }
}
