//! What every change of a member has in common: its statements, its event, its audit log entries.

use actions::audit_log::{self, Entry};
use model::event::GuildMemberUpdate;
use model::member::Member;
use runtime::access::Membership;
use runtime::prelude::*;
use serde_json::json;
use store::members;

/// What the roles of a member were and shall be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleChange {
    /// Roles to give.
    pub(crate) added: Vec<Id<marker::Role>>,
    /// Roles to take away.
    pub(crate) removed: Vec<Id<marker::Role>>,
}

impl RoleChange {
    /// The change from the member's roles to `wanted`. That everyone has `@everyone` goes without
    /// saying; some clients say it.
    pub(crate) fn to(member: &Member, wanted: &[Id<marker::Role>]) -> Self {
        let mut added: Vec<_> = wanted
            .iter()
            .copied()
            .filter(|role| !member.roles.contains(role))
            .filter(|role| member.guild_id != Some(role.cast()))
            .collect();
        added.sort_unstable();
        added.dedup();
        let kept = |role: &Id<marker::Role>| wanted.contains(role);
        let removed = member
            .roles
            .iter()
            .copied()
            .filter(|role| !kept(role))
            .collect();
        Self { added, removed }
    }

    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Checks that the caller may give and take these roles: all are below their highest, and
    /// neither `@everyone` nor managed.
    ///
    /// # Errors
    /// [`Code::UnknownRole`], [`Code::InvalidRole`], [`Code::MissingPermissions`].
    pub(crate) fn check(&self, caller: &Membership) -> Result<()> {
        for id in self.added.iter().chain(&self.removed) {
            let Some(role) = caller.role(*id) else {
                return Err(Code::UnknownRole.into());
            };
            if id.get() == caller.guild.id.get() {
                return Err(Code::InvalidRole.into());
            }
            if role.managed || !caller.outranks_role(role) {
                return Err(Code::MissingPermissions.into());
            }
        }
        Ok(())
    }

    /// Writes the change, and applies it to `member`. The batch fails when the member or an added
    /// role is gone.
    pub(crate) fn write(&self, batch: &mut Batch, guild: Id<marker::Guild>, member: &mut Member) {
        let user = id_of(member);
        batch.require(members::is_present(guild, user), Code::UnknownMember);
        batch.require(store::roles::exist(guild, &self.added), Code::UnknownRole);
        batch.push(members::remove_roles(guild, user, &self.removed));
        batch.push(members::add_roles(guild, user, &self.added));
        member.roles.retain(|role| !self.removed.contains(role));
        member.roles.extend(&self.added);
    }

    /// Writes the change to the audit log.
    pub(crate) fn record(
        &self,
        cx: &Cx,
        batch: &mut Batch,
        caller: &Membership,
        user: Id<marker::User>,
        reason: Option<String>,
    ) {
        let named = |ids: &[Id<marker::Role>]| {
            let roles = ids.iter().filter_map(|id| caller.role(*id));
            let roles: Vec<_> = roles
                .map(|role| json!({ "id": role.id, "name": role.name }))
                .collect();
            (!roles.is_empty()).then(|| json!(roles))
        };
        let entry = Entry::new(
            caller.guild.id,
            id_of(&caller.member),
            audit_log::MEMBER_ROLE_UPDATE,
        )
        .target(user)
        .change("$add", None, named(&self.added))
        .change("$remove", None, named(&self.removed))
        .reason(reason);
        audit_log::write(cx, batch, entry);
    }
}

/// The id of a member that was read with their user.
pub(crate) fn id_of(member: &Member) -> Id<marker::User> {
    member.user.as_ref().map_or(Id::new(0), |user| user.id)
}

/// Tells the guild that a member changed.
pub(crate) fn tell(batch: &mut Batch, guild: Id<marker::Guild>, member: &Member) {
    let changed = GuildMemberUpdate::new(guild, member);
    batch.emit(Event::new(Audience::Guild(guild), &changed));
}
