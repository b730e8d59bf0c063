//! Names and roles of emoji.

use std::collections::BTreeSet;

use runtime::access::Membership;
use runtime::prelude::*;

/// Characters of a name.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=32;
/// Roles that may use one emoji: as many as a guild can have, and more.
const ROLES_MAX: usize = 1521;

/// The name in a form, where it is there and right: letters, digits and `_`.
pub fn read(fields: &mut Fields<'_>) -> Option<String> {
    let name = fields.name("name", NAME_CHARS)?;
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Some(name);
    }
    let message = "String value did not match validation regex.";
    fields.error("name", "STRING_TYPE_REGEX", message);
    None
}

/// The roles in a form. Null means everyone, as an empty list does.
pub fn read_roles(fields: &mut Fields<'_>) -> Option<Vec<Id<marker::Role>>> {
    let listed: Option<Vec<Id<marker::Role>>> = fields.list("roles", ROLES_MAX);
    if fields.raw("roles")?.is_null() {
        return Some(Vec::new());
    }
    let roles: BTreeSet<_> = listed?.iter().map(|id| id.get()).collect();
    Some(roles.into_iter().map(Id::new).collect())
}

/// Checks that the guild has these roles.
///
/// # Errors
/// [`Code::InvalidRole`] when it does not.
pub fn check_roles(guild: &Membership, roles: &[Id<marker::Role>]) -> Result<()> {
    match roles.iter().all(|id| guild.role(*id).is_some()) {
        true => Ok(()),
        false => Err(Code::InvalidRole.into()),
    }
}
