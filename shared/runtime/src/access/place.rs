//! The way into a channel: one check, whether a path names the channel or a body names one of its
//! messages.

use model::channel::{Channel, kind};
use model::guild::Guild;
use model::id::marker;
use model::member::Member;
use model::role::Role;
use model::thread::ThreadMember;
use model::user::User;
use model::{Code, Id, Permissions};
use store::users::Account;
use store::{Optional, Queries, Query, channels, guilds, members, roles, threads};

use super::Membership;
use crate::{Cx, Result};

type UserId = Id<marker::User>;

/// A channel that somebody sees, and their place in it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The channel. Of a private conversation the recipients are those besides them; a thread has
    /// their own member of it, if they joined.
    pub channel: Channel,
    /// Their place in the channel's guild; `None` in a private conversation.
    pub membership: Option<Membership>,
    /// What they may do in the channel.
    pub permissions: Permissions,
}

/// What is asked of a channel and of somebody in it.
type Asked = (
    Optional<Channel>,
    Query<User>,
    Optional<Guild>,
    Query<Role>,
    Optional<Member>,
    Optional<ThreadMember>,
);

/// What [`Place::admit`] decides by.
pub(super) type Found = <Asked as Queries>::Output;

impl Place {
    /// The place of somebody in a channel that something other than the path names.
    ///
    /// # Errors
    /// [`Code::UnknownChannel`], and [`Code::MissingAccess`] when they do not see it.
    pub async fn of(cx: &Cx, channel: Id<marker::Channel>, account: &Account) -> Result<Self> {
        let found = cx.read(Self::query(channel, account.user.id)).await?;
        Self::admit(cx, found, account)
    }

    /// Asks what [`admit`](Self::admit) decides by.
    pub(super) fn query(channel: Id<marker::Channel>, user: UserId) -> Asked {
        (
            channels::by_id(channel).optional(),
            channels::recipients(channel),
            guilds::of_channel(channel).optional(),
            roles::of_guild_of(channel),
            members::in_guild_of(channel, user).optional(),
            threads::member(channel, user).optional(),
        )
    }

    /// Lets in who sees the channel: of a private thread its members and moderators.
    pub(super) fn admit(cx: &Cx, found: Found, account: &Account) -> Result<Self> {
        let (channel, recipients, guild, roles, member, joined) = found;
        let mut channel = channel.ok_or(Code::UnknownChannel)?;
        let (membership, permissions) = match guild {
            Some(guild) => {
                let member = member.ok_or(Code::MissingAccess)?;
                let membership = Membership::new(cx, guild, roles, member, account);
                let permissions = membership.permissions_in(&channel, cx.now());
                (Some(membership), permissions)
            }
            None => {
                join_private(&mut channel, recipients, account.user.id)?;
                (None, Permissions::PRIVATE)
            }
        };
        if !permissions.allows(Permissions::VIEW_CHANNEL) {
            return Err(Code::MissingAccess.into());
        }
        let moderates = permissions.allows(Permissions::MANAGE_THREADS);
        if channel.kind == kind::PRIVATE_THREAD && joined.is_none() && !moderates {
            return Err(Code::MissingAccess.into());
        }
        if let Some(thread) = channel.thread_mut() {
            thread.member = joined;
        }
        Ok(Self {
            channel,
            membership,
            permissions,
        })
    }

    /// Whether they read what was said in the channel before.
    pub fn reads_history(&self) -> bool {
        self.permissions.allows(Permissions::READ_MESSAGE_HISTORY)
    }
}

/// Gives a private conversation its recipients, if the caller is one of them.
fn join_private(channel: &mut Channel, mut recipients: Vec<User>, caller: UserId) -> Result<()> {
    let all = recipients.len();
    recipients.retain(|user| user.id != caller);
    if recipients.len() == all {
        return Err(Code::MissingAccess.into());
    }
    if let Some(private) = &mut channel.private {
        private.recipients = recipients;
    }
    Ok(())
}
