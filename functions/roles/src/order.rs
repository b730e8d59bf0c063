//! The order of a guild's roles, without I/O.

use model::Id;
use model::id::marker;
use model::role::{Rank, Role};

/// A role and where it is wanted.
pub(crate) type Place = (Id<marker::Role>, i32);

/// The roles without `@everyone`, from the lowest, in the order that `wanted` asks for.
///
/// A role that is moved up stands above what was at that height, one that is moved down stands
/// below it, so that a request need not name those that make room.
pub(crate) fn reordered<'a>(roles: &'a [Role], wanted: &[Place]) -> Vec<&'a Role> {
    let key = |role: &Role| {
        let place = wanted.iter().rev().find(|(id, _)| *id == role.id);
        let position = place.map_or(role.position, |(_, position)| *position);
        (
            position,
            position.cmp(&role.position),
            Rank::of(role.position, role.id),
        )
    };
    let mut order: Vec<&Role> = roles.iter().filter(|role| role.position > 0).collect();
    order.sort_by_key(|role| key(role));
    order
}

/// Whether those roles that `above` names, the caller's highest and what is over it, are still the
/// highest of all, in the order in which they were.
pub(crate) fn keeps_above(roles: &[Role], order: &[&Role], above: impl Fn(&Role) -> bool) -> bool {
    let unmoved = reordered(roles, &[]);
    let before = unmoved
        .iter()
        .filter(|role| above(role))
        .map(|role| role.id);
    let count = before.clone().count();
    let after = order.iter().skip(order.len() - count).map(|role| role.id);
    before.eq(after)
}

#[cfg(test)]
mod tests {
    use model::Permissions;
    use model::role::RoleColors;

    use super::*;

    fn roles(positions: &[i32]) -> Vec<Role> {
        let numbered = positions.iter().zip(1..);
        let role = |(position, id): (&i32, u64)| Role {
            id: Id::new(id),
            name: String::new(),
            color: 0,
            colors: RoleColors::default(),
            hoist: false,
            icon: None,
            unicode_emoji: None,
            position: *position,
            permissions: Permissions::empty(),
            managed: false,
            mentionable: false,
            flags: 0,
            tags: None,
        };
        numbered.map(role).collect()
    }

    fn ids(order: &[&Role]) -> Vec<u64> {
        order.iter().map(|role| role.id.get()).collect()
    }

    #[test]
    fn a_moved_role_takes_the_place_that_is_asked_for() {
        let roles = roles(&[0, 1, 2, 3, 4]);
        assert_eq!(ids(&reordered(&roles, &[(Id::new(2), 3)])), [3, 4, 2, 5]);
        assert_eq!(ids(&reordered(&roles, &[(Id::new(5), 2)])), [2, 5, 3, 4]);
    }

    #[test]
    fn of_roles_at_one_height_the_older_is_higher() {
        assert_eq!(ids(&reordered(&roles(&[0, 1, 1, 1]), &[])), [4, 3, 2]);
    }

    #[test]
    fn roles_above_the_caller_stay_in_place() {
        let roles = roles(&[0, 1, 2, 3, 4]);
        let above = |role: &Role| role.position >= 3;
        let keeps = |wanted: &[Place]| keeps_above(&roles, &reordered(&roles, wanted), above);
        assert!(keeps(&[(Id::new(2), 2)]));
        assert!(!keeps(&[(Id::new(2), 3)]));
        assert!(!keeps(&[(Id::new(4), 4)]));
        assert!(!keeps(&[(Id::new(5), 1)]));
    }
}
