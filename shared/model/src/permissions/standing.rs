//! How roles and overwrites combine.

use super::{Overwrite, OverwriteKind, Permissions};
use crate::Id;
use crate::id::marker;

/// Everything that decides what one member may do in a guild, by Discord's order of precedence.
///
/// See [Discord Docs/Permission Hierarchy](https://discord.com/developers/docs/topics/permissions#permission-hierarchy).
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The guild, whose number is its `@everyone` role's too.
    pub guild: Id<marker::Guild>,
    /// The member.
    pub user: Id<marker::User>,
    /// Whether the member owns the guild.
    pub owner: bool,
    /// Whether the member is timed out at the moment.
    pub timed_out: bool,
    /// The `@everyone` role's permissions.
    pub everyone: Permissions,
    /// The member's roles with their permissions, without `@everyone`.
    pub roles: &'a [(Id<marker::Role>, Permissions)],
}

impl Standing<'_> {
    /// What the member may do in the guild as a whole.
    pub fn in_guild(&self) -> Permissions {
        self.limited(self.base())
    }

    /// What the member may do in a channel with these overwrites.
    ///
    /// Who cannot see a channel can do nothing in it; who cannot send there cannot attach, embed or
    /// mention either.
    pub fn in_channel(&self, overwrites: &[Overwrite]) -> Permissions {
        self.limited(implied(self.overwritten(overwrites)))
    }

    /// What the member may do in a thread of a channel with these overwrites, as far as it is not
    /// a matter of having joined. `SEND_MESSAGES` says whether they may write in threads, since
    /// that is what it means for everything else there.
    pub fn in_thread(&self, overwrites: &[Overwrite]) -> Permissions {
        let mut permissions = self.overwritten(overwrites);
        let writes = permissions.contains(Permissions::SEND_MESSAGES_IN_THREADS);
        permissions.set(Permissions::SEND_MESSAGES, writes);
        self.limited(implied(permissions))
    }

    fn overwritten(&self, overwrites: &[Overwrite]) -> Permissions {
        let base = self.base();
        if base.contains(Permissions::ADMINISTRATOR) {
            return base;
        }
        let mut permissions = base;
        let mut apply = |allow: Permissions, deny: Permissions| {
            permissions = (permissions - deny) | allow;
        };
        if let Some(o) = find(overwrites, OverwriteKind::Role, self.guild.get()) {
            apply(o.allow, o.deny);
        }
        let (mut allow, mut deny) = (Permissions::empty(), Permissions::empty());
        for (role, _) in self.roles {
            if let Some(o) = find(overwrites, OverwriteKind::Role, role.get()) {
                allow |= o.allow;
                deny |= o.deny;
            }
        }
        apply(allow, deny);
        if let Some(o) = find(overwrites, OverwriteKind::Member, self.user.get()) {
            apply(o.allow, o.deny);
        }
        // Administration is of whole guilds: an overwrite cannot grant it.
        permissions - Permissions::ADMINISTRATOR
    }

    fn base(&self) -> Permissions {
        if self.owner {
            return Permissions::ALL;
        }
        let all = self
            .roles
            .iter()
            .fold(self.everyone, |sum, (_, role)| sum | *role);
        if all.contains(Permissions::ADMINISTRATOR) {
            Permissions::ALL
        } else {
            all
        }
    }

    fn limited(&self, permissions: Permissions) -> Permissions {
        if self.timed_out && !permissions.contains(Permissions::ADMINISTRATOR) {
            permissions & Permissions::TIMED_OUT
        } else {
            permissions
        }
    }
}

fn find(overwrites: &[Overwrite], kind: OverwriteKind, id: u64) -> Option<&Overwrite> {
    overwrites
        .iter()
        .find(|o| o.kind == kind && o.id.get() == id)
}

/// Discord's implicit permissions of a channel.
///
/// See [Discord Docs/Implicit Permissions](https://discord.com/developers/docs/topics/permissions#implicit-permissions).
fn implied(permissions: Permissions) -> Permissions {
    if !permissions.contains(Permissions::VIEW_CHANNEL) {
        return Permissions::empty();
    }
    if permissions.contains(Permissions::SEND_MESSAGES) {
        return permissions;
    }
    permissions
        - Permissions::MENTION_EVERYONE
        - Permissions::SEND_TTS_MESSAGES
        - Permissions::ATTACH_FILES
        - Permissions::EMBED_LINKS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::bits;

    const GUILD: Id<marker::Guild> = Id::new(1);
    const MEMBER: Id<marker::User> = Id::new(2);
    const LOW: Id<marker::Role> = Id::new(3);
    const HIGH: Id<marker::Role> = Id::new(4);

    fn standing(roles: &[(Id<marker::Role>, Permissions)]) -> Standing<'_> {
        Standing {
            guild: GUILD,
            user: MEMBER,
            owner: false,
            timed_out: false,
            everyone: Permissions::DEFAULT,
            roles,
        }
    }

    fn overwrite(id: u64, kind: OverwriteKind, allow: u64, deny: u64) -> Overwrite {
        Overwrite {
            id: Id::new(id),
            kind,
            allow: Permissions::from_bits_retain(allow),
            deny: Permissions::from_bits_retain(deny),
        }
    }

    #[test]
    fn overwrites_apply_everyone_then_roles_then_member() {
        let roles = [(LOW, Permissions::empty()), (HIGH, Permissions::empty())];
        let everyone = overwrite(1, OverwriteKind::Role, 0, bits::VIEW_CHANNEL);
        let low = overwrite(3, OverwriteKind::Role, bits::VIEW_CHANNEL, 0);
        let high = overwrite(4, OverwriteKind::Role, 0, bits::VIEW_CHANNEL);
        let member = overwrite(2, OverwriteKind::Member, 0, bits::VIEW_CHANNEL);
        let sees = |overwrites: &[Overwrite]| {
            standing(&roles)
                .in_channel(overwrites)
                .contains(Permissions::VIEW_CHANNEL)
        };
        assert!(!sees(std::slice::from_ref(&everyone)));
        assert!(!sees(std::slice::from_ref(&high)));
        // A role that allows wins over a role that denies, in whatever order they stand.
        assert!(sees(&[high.clone(), low.clone(), everyone.clone()]));
        assert!(!sees(&[member, high, low, everyone]));
    }

    #[test]
    fn administrators_and_owners_pass_every_overwrite() {
        let deny = [overwrite(2, OverwriteKind::Member, 0, u64::MAX)];
        let admin = [(LOW, Permissions::ADMINISTRATOR)];
        assert_eq!(standing(&admin).in_channel(&deny), Permissions::ALL);
        let owner = Standing {
            owner: true,
            ..standing(&[])
        };
        assert_eq!(owner.in_channel(&deny), Permissions::ALL);
    }

    #[test]
    fn an_overwrite_makes_nobody_an_administrator() {
        let all = [overwrite(2, OverwriteKind::Member, bits::ADMINISTRATOR, 0)];
        let held = standing(&[]).in_channel(&all);
        assert!(!held.allows(Permissions::MANAGE_CHANNELS));
    }

    #[test]
    fn dependent_permissions_fall_with_view_and_send() {
        let hidden = [overwrite(1, OverwriteKind::Role, 0, bits::VIEW_CHANNEL)];
        assert_eq!(standing(&[]).in_channel(&hidden), Permissions::empty());
        let silent = [overwrite(1, OverwriteKind::Role, 0, bits::SEND_MESSAGES)];
        let everything = Standing {
            everyone: Permissions::ALL - Permissions::ADMINISTRATOR,
            ..standing(&[])
        };
        let lost = everything.in_channel(&[]) - everything.in_channel(&silent);
        let depends = Permissions::SEND_MESSAGES
            | Permissions::MENTION_EVERYONE
            | Permissions::SEND_TTS_MESSAGES
            | Permissions::ATTACH_FILES
            | Permissions::EMBED_LINKS;
        assert_eq!(lost, depends);
    }

    #[test]
    fn writing_in_threads_needs_no_send_messages() {
        let silent = [overwrite(1, OverwriteKind::Role, 0, bits::SEND_MESSAGES)];
        assert!(
            standing(&[])
                .in_thread(&silent)
                .contains(Permissions::SEND_MESSAGES)
        );
        let silent = [overwrite(
            1,
            OverwriteKind::Role,
            0,
            bits::SEND_MESSAGES_IN_THREADS,
        )];
        let held = standing(&[]).in_thread(&silent);
        assert!(!held.intersects(Permissions::SEND_MESSAGES | Permissions::ATTACH_FILES));
        assert!(held.contains(Permissions::VIEW_CHANNEL));
    }

    #[test]
    fn a_timed_out_member_can_only_look() {
        let member = Standing {
            timed_out: true,
            ..standing(&[])
        };
        let granted = [overwrite(2, OverwriteKind::Member, u64::MAX, 0)];
        let look = Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY;
        assert_eq!(member.in_guild(), look);
        assert_eq!(member.in_channel(&granted), look);
        assert_eq!(member.in_thread(&granted), look);
        let hidden = [overwrite(1, OverwriteKind::Role, 0, bits::VIEW_CHANNEL)];
        assert_eq!(member.in_channel(&hidden), Permissions::empty());
        let admin = [(LOW, Permissions::ADMINISTRATOR)];
        let admin = Standing {
            timed_out: true,
            ..standing(&admin)
        };
        assert_eq!(admin.in_channel(&hidden), Permissions::ALL);
        assert_eq!(admin.in_thread(&hidden), Permissions::ALL);
        assert_eq!(admin.in_guild(), Permissions::ALL);
    }

    #[test]
    fn roles_add_up() {
        let kick = Permissions::KICK_MEMBERS | Permissions::SEND_MESSAGES;
        let held = standing(&[(LOW, kick), (HIGH, kick)]).in_guild();
        assert_eq!(held, Permissions::DEFAULT | Permissions::KICK_MEMBERS);
    }
}
