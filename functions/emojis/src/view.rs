//! Emoji as callers see them.

use model::emoji::Emoji;
use model::user::User;
use runtime::access::Membership;
use runtime::prelude::*;

/// Whether the caller is shown who uploaded an emoji.
pub fn shows_uploaders(caller: &Membership) -> bool {
    let held = caller.permissions;
    [CREATE_GUILD_EXPRESSIONS, MANAGE_GUILD_EXPRESSIONS]
        .iter()
        .any(|bit| held.allows(Permissions::from_bits_retain(*bit)))
}

/// Gives each emoji its uploader. Both lists are in the order of the emoji's ids.
pub fn with_uploaders(
    mut emojis: Vec<Emoji>,
    uploaders: Vec<(Id<marker::Emoji>, User)>,
) -> Vec<Emoji> {
    let mut uploaders = uploaders.into_iter().peekable();
    for emoji in &mut emojis {
        emoji.user = uploaders
            .next_if(|(id, _)| *id == emoji.id)
            .map(|(_, user)| user);
    }
    emojis
}
