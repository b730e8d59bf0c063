//! The fields of a member that moderators change, each with its own permission.

use actions::audit_log::{self, Entry};
use model::Member;
use runtime::access::{Membership, one_of};
use runtime::prelude::*;
use serde_json::{Value, json};
use store::members;

use crate::changes::{RoleChange, id_of};

/// Milliseconds that a timeout may last: 28 days.
const TIMEOUT_MS_MAX: i64 = 28 * 24 * 3_600_000;
/// The one flag that can be set by hand: the member need not meet the verification level.
const FLAG_BYPASSES_VERIFICATION: i64 = 1 << 2;

/// What is asked to be changed; `None` keeps what is.
#[derive(Debug)]
pub(super) struct UpdateGuildMember {
    nick: Option<Option<String>>,
    roles: Option<Vec<Id<marker::Role>>>,
    mute: Option<bool>,
    deaf: Option<bool>,
    channel: Option<Option<Id<marker::Channel>>>,
    timeout: Option<Option<Timestamp>>,
    flags: Option<i64>,
}

impl Form for UpdateGuildMember {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            nick: crate::member_me::nick(fields),
            roles: fields.list("roles", 1000),
            mute: fields.get("mute"),
            deaf: fields.get("deaf"),
            channel: fields.nullable("channel_id"),
            timeout: fields.nullable("communication_disabled_until"),
            flags: fields.get("flags"),
        }
    }
}

/// What changes for one member. Fields that are asked to become what they are do not.
#[derive(Debug)]
pub(super) struct Change {
    nick: Option<Option<String>>,
    roles: RoleChange,
    mute: Option<bool>,
    deaf: Option<bool>,
    channel: Option<Option<Id<marker::Channel>>>,
    timeout: Option<Option<Timestamp>>,
    flags: Option<i64>,
}

impl UpdateGuildMember {
    /// What it changes for this member.
    pub(super) fn of(self, member: &Member) -> Change {
        let kept = member.flags & !FLAG_BYPASSES_VERIFICATION;
        let flags = self
            .flags
            .map(|flags| kept | flags & FLAG_BYPASSES_VERIFICATION);
        let roles = self.roles.map(|roles| RoleChange::to(member, &roles));
        Change {
            nick: self.nick.filter(|nick| *nick != member.nick),
            roles: roles.unwrap_or_default(),
            mute: self.mute.filter(|mute| *mute != member.mute),
            deaf: self.deaf.filter(|deaf| *deaf != member.deaf),
            channel: self.channel,
            timeout: self
                .timeout
                .filter(|until| *until != member.communication_disabled_until),
            flags: flags.filter(|flags| *flags != member.flags),
        }
    }
}

impl Change {
    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.roles.is_empty() && !self.changes_fields()
    }

    fn changes_fields(&self) -> bool {
        self.nick.is_some()
            || self.mute.is_some()
            || self.deaf.is_some()
            || self.timeout.is_some()
            || self.flags.is_some()
    }

    /// Checks every field against the caller's permissions and place in the hierarchy.
    ///
    /// # Errors
    /// [`Code::MissingPermissions`], the codes of roles, code 50035 for too long a timeout, and
    /// [`Code::NotInVoice`]: only the gateway knows who is in voice, and it takes no orders yet.
    pub(super) fn check(&self, caller: &InGuild, member: &Member, now: Timestamp) -> Result<()> {
        let own = caller.caller.id() == id_of(member);
        if self.nick.is_some() {
            match own {
                true => one_of([
                    caller.require(CHANGE_NICKNAME),
                    caller.require(MANAGE_NICKNAMES),
                ])?,
                false => caller
                    .require(MANAGE_NICKNAMES)
                    .and(outranks(caller, member))?,
            }
        }
        if !self.roles.is_empty() {
            caller.require(MANAGE_ROLES)?;
            self.roles.check(caller)?;
        }
        if self.mute.is_some() {
            caller.require(MUTE_MEMBERS)?;
        }
        if self.deaf.is_some() {
            caller.require(DEAFEN_MEMBERS)?;
        }
        if self.flags.is_some() {
            one_of([
                caller.require(MANAGE_GUILD),
                caller.require(MANAGE_ROLES),
                caller.require(MODERATE_MEMBERS | KICK_MEMBERS | BAN_MEMBERS),
            ])?;
        }
        if let Some(until) = self.timeout {
            check_timeout(caller, member, until, now)?;
        }
        if self.channel.is_some() {
            caller.require(MOVE_MEMBERS)?;
            return Err(Code::NotInVoice.into());
        }
        Ok(())
    }

    /// Writes the change, and returns the member as it will be.
    pub(super) fn write(
        &self,
        batch: &mut Batch,
        guild: Id<marker::Guild>,
        before: &Member,
    ) -> Member {
        let mut member = before.clone();
        let user = id_of(before);
        batch.require(members::is_present(guild, user), Code::UnknownMember);
        if let Some(nick) = &self.nick {
            batch.push(members::set_nick(guild, user, nick.as_deref()));
            member.nick.clone_from(nick);
        }
        if self.mute.is_some() || self.deaf.is_some() {
            batch.push(members::set_voice(guild, user, self.mute, self.deaf));
            member.mute = self.mute.unwrap_or(member.mute);
            member.deaf = self.deaf.unwrap_or(member.deaf);
        }
        if let Some(until) = self.timeout {
            batch.push(members::set_timeout(guild, user, until));
            member.communication_disabled_until = until;
        }
        if let Some(flags) = self.flags {
            batch.push(members::set_flags(guild, user, flags));
            member.flags = flags;
        }
        if !self.roles.is_empty() {
            self.roles.write(batch, guild, &mut member);
        }
        member
    }

    /// Writes the change to the audit log: roles are an entry of their own.
    pub(super) fn record(
        &self,
        cx: &Cx,
        batch: &mut Batch,
        caller: &InGuild,
        before: &Member,
        reason: Option<String>,
    ) {
        let user = id_of(before);
        if !self.roles.is_empty() {
            self.roles.record(cx, batch, caller, user, reason.clone());
        }
        if !self.changes_fields() {
            return;
        }
        let mut entry = Entry::new(
            caller.guild.id,
            caller.caller.id(),
            audit_log::MEMBER_UPDATE,
        )
        .target(user)
        .reason(reason);
        let mut changed = |key: &str, old: Value, new: Value| {
            entry.push_change(key, Some(old), Some(new));
        };
        if let Some(nick) = &self.nick {
            changed("nick", json!(before.nick), json!(nick));
        }
        if let Some(mute) = self.mute {
            changed("mute", json!(before.mute), json!(mute));
        }
        if let Some(deaf) = self.deaf {
            changed("deaf", json!(before.deaf), json!(deaf));
        }
        if let Some(until) = self.timeout {
            let old = before.communication_disabled_until;
            changed("communication_disabled_until", json!(old), json!(until));
        }
        if let Some(flags) = self.flags {
            changed("flags", json!(before.flags), json!(flags));
        }
        audit_log::write(cx, batch, entry);
    }
}

fn outranks(caller: &Membership, member: &Member) -> Result<()> {
    match caller.outranks(member) {
        true => Ok(()),
        false => Err(Code::MissingPermissions.into()),
    }
}

/// Nobody times out themselves, somebody above them, or an administrator, whom it would not stop.
fn check_timeout(
    caller: &Membership,
    member: &Member,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    caller.require(MODERATE_MEMBERS)?;
    outranks(caller, member)?;
    let theirs = caller.guild_permissions_of(member, now);
    if until.is_some() && theirs.contains(Permissions::ADMINISTRATOR) {
        return Err(Code::MissingPermissions.into());
    }
    if until.is_some_and(|until| until.since_millis(now) > TIMEOUT_MS_MAX) {
        return Err(Error::field(
            &["communication_disabled_until"],
            "GUILD_MEMBER_TIMEOUT_TOO_LONG",
            "A timeout lasts at most 28 days.",
        ));
    }
    Ok(())
}
