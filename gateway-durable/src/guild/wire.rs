//! Members as clients get them from the gateway.

use model::id::marker;
use model::{Id, Member};
use serde::Serialize;

/// A member with what clients of Spacebar read besides Discord's fields: whose member of which
/// guild it is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct InGuild<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id<marker::User>>,
    guild_id: Id<marker::Guild>,
    #[serde(flatten)]
    member: &'a Member,
}

impl<'a> InGuild<'a> {
    /// The member of a guild.
    pub fn new(guild_id: Id<marker::Guild>, member: &'a Member) -> Self {
        Self {
            id: member.user.as_ref().map(|user| user.id),
            guild_id,
            member,
        }
    }
}
