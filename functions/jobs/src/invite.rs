//! Ending an invite whose time is over.

use actions::invite_end;
use runtime::prelude::*;
use serde::Deserialize;
use store::{Rejection, invites};

use crate::step::Outcome;

/// Which invite.
#[derive(Debug, Deserialize)]
pub(crate) struct Payload {
    code: String,
}

/// Deletes the invite and tells of it, unless it is gone already.
pub(crate) async fn step(cx: &Cx, payload: Payload) -> Result<Outcome> {
    let expired = invites::expired(&payload.code, cx.now()).optional();
    let Some(invite) = cx.read(expired).await? else {
        return Ok(Outcome::Done);
    };
    let mut batch = Batch::main();
    batch.require_change(invites::delete(&invite.code), Code::UnknownInvite);
    invite_end::tell(&mut batch, &invite);
    match cx.write(batch).await {
        Ok(_) | Err(Rejection::Code(Code::UnknownInvite)) => Ok(Outcome::Done),
        Err(error) => Err(error.into()),
    }
}
