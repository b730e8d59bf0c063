//! Who may call, as argument types: a handler cannot run before its caller may.
//!
//! What a requirement needs is read in one round trip, from the token and the path alone.
//! The answers follow Discord: without a valid token 401; a channel or guild that the caller cannot
//! see is refused as [`Code::MissingAccess`] (or is unknown, where it does not exist); what they
//! see
//! and may not do is [`Code::MissingPermissions`].

use model::channel::{Channel, kind};
use model::guild::Guild;
use model::id::marker;
use model::member::Member;
use model::permissions::Standing;
use model::role::{Rank, Role};
use model::user::User;
use model::{Code, Id, Permissions, Timestamp};
use store::sessions::Credentials;
use store::users::Account;
use store::{Optional, guilds, members, roles, sessions};

mod conditional;
mod place;
mod seen;

pub use conditional::{ConditionalRequirement, Declared, one_of};
pub use place::Place;
pub use seen::seen;

use crate::extract::JSON_BYTES_MAX;
use crate::{BodyStream, Cx, Request, Result, internal, token};

/// What an operation requires of its caller: for documentation and the access test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing.
    Anyone,
    /// A valid token.
    Caller,
    /// A valid token of a person.
    Human,
    /// A valid token of a bot.
    Bot,
    /// A valid token of somebody who runs the instance.
    Operator,
    /// Ownership of the guild that the path names.
    OwnsGuild,
    /// Membership and these permissions in the guild that the path names.
    InGuild(u64),
    /// These permissions in the channel that the path names.
    InChannel(u64),
    /// A call of the gateway or of a timer.
    Internal,
}

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

/// Somebody with a valid token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Caller {
    /// Their account.
    pub account: Account,
    /// The public name of the session whose token was used.
    pub session: String,
}

impl Caller {
    /// Their id.
    pub fn id(&self) -> Id<marker::User> {
        self.account.user.id
    }

    /// What everyone sees of them.
    pub fn user(&self) -> &User {
        &self.account.user
    }
}

/// Whom a request says that it is of.
#[derive(Debug, Clone, Copy)]
struct Claim {
    user: Id<marker::User>,
    /// Whether the token was sent as a bot's.
    bot: bool,
}

/// The hash of the request's token, and whom it claims to be of.
fn credentials(request: &Request) -> Result<(Vec<u8>, Claim)> {
    let token = token::presented(&request.headers).ok_or(Code::Unauthorized)?;
    let claim = Claim {
        user: token.claimed,
        bot: token.bot,
    };
    Ok((token.hash, claim))
}

fn session(token_hash: &[u8]) -> Optional<Credentials> {
    sessions::by_token(token_hash).optional()
}

/// Whoever the token belongs to, if it is whom it claims to be of: bots call with their scheme, and
/// nobody else does.
async fn caller(cx: &Cx, found: Option<Credentials>, claimed: Claim) -> Result<Caller> {
    let found = found.filter(|found| {
        let user = &found.account.user;
        (user.id, user.bot) == (claimed.user, claimed.bot)
    });
    let found = found.ok_or(Code::Unauthorized)?;
    if let Some(batch) = sessions::note_use(&found, cx.now()) {
        cx.write_aside(batch).await;
    }
    Ok(Caller {
        account: found.account,
        session: found.session,
    })
}

impl Access for Caller {
    const REQUIREMENT: Requirement = Requirement::Caller;

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        let (token_hash, claimed) = credentials(request)?;
        caller(cx, cx.read(session(&token_hash)).await?, claimed).await
    }
}

macro_rules! narrower {
    ($(
        $(#[$doc:meta])*
        $name:ident, $requirement:ident: |$account:ident| $test:expr, $code:ident;
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Caller);

        impl Access for $name {
            const REQUIREMENT: Requirement = Requirement::$requirement;

            async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
                let caller = Caller::check(cx, request).await?;
                let $account = &caller.account;
                if $test { Ok(Self(caller)) } else { Err(Code::$code.into()) }
            }
        }
    )*};
}

narrower! {
    /// A person, not a bot.
    Human, Human: |account| !account.user.bot, BotsNotAllowed;
    /// A bot.
    Bot, Bot: |account| account.user.bot, OnlyBotsAllowed;
    /// Somebody who runs the instance.
    Operator, Operator: |account| account.is_operator(), MissingAccess;
}

/// A caller's place in a guild.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The guild.
    pub guild: Guild,
    /// All its roles, from the lowest.
    pub roles: Vec<Role>,
    /// The caller as a member.
    pub member: Member,
    /// What the caller may do in the guild as a whole.
    pub permissions: Permissions,
    /// Whether the guild wants a second factor of its moderators which the caller's account has
    /// not.
    pub lacks_second_factor: bool,
    declared: Declared,
}

impl Membership {
    /// The place of `caller` in a guild with these roles, as this member.
    pub fn new(cx: &Cx, guild: Guild, roles: Vec<Role>, member: Member, caller: &Account) -> Self {
        // A bot has no second factor of its own.
        let wanting = guild.mfa_level > 0 && !caller.user.bot;
        let mut membership = Self {
            guild,
            roles,
            member,
            permissions: Permissions::empty(),
            lacks_second_factor: wanting && caller.totp_secret.is_none(),
            declared: cx.declared(),
        };
        membership.permissions = membership.with_standing(cx.now(), |standing| standing.in_guild());
        membership
    }

    /// The place of the caller in a guild that something other than the path names.
    ///
    /// # Errors
    /// [`Code::UnknownGuild`], and [`Code::MissingAccess`] when the caller is not a member.
    pub async fn of(cx: &Cx, guild: Id<marker::Guild>, caller: &Caller) -> Result<Self> {
        let (guild, roles, member) = cx
            .read((
                guilds::by_id(guild).optional(),
                roles::of_guild(guild),
                members::one(guild, caller.id()).optional(),
            ))
            .await?;
        let guild = guild.ok_or(Code::UnknownGuild)?;
        let member = member.ok_or(Code::MissingAccess)?;
        let account = &caller.account;
        Ok(Self::new(cx, guild, roles, member, account))
    }

    /// What another member may do in the guild as a whole.
    pub fn guild_permissions_of(&self, member: &Member, now: Timestamp) -> Permissions {
        standing_of(&self.guild, &self.roles, member, now, |standing| {
            standing.in_guild()
        })
    }

    /// What the caller may do in a channel of the guild.
    pub fn permissions_in(&self, channel: &Channel, now: Timestamp) -> Permissions {
        self.with_standing(now, |standing| in_this(&standing, channel))
    }

    fn with_standing<T>(&self, now: Timestamp, read: impl FnOnce(Standing<'_>) -> T) -> T {
        standing_of(&self.guild, &self.roles, &self.member, now, read)
    }

    /// What another member may do in a channel of the guild.
    pub fn permissions_of(
        &self,
        member: &Member,
        channel: &Channel,
        now: Timestamp,
    ) -> Permissions {
        standing_of(&self.guild, &self.roles, member, now, |standing| {
            in_this(&standing, channel)
        })
    }

    /// The caller's height in the hierarchy.
    pub fn rank(&self) -> Rank {
        self.rank_of(&self.member)
    }

    /// Any member's height in the hierarchy. Users who are no members stand below every role.
    pub fn rank_of(&self, member: &Member) -> Rank {
        if member
            .user
            .as_ref()
            .is_some_and(|user| user.id == self.guild.owner_id)
        {
            return Rank::OWNER;
        }
        let held = self
            .roles
            .iter()
            .filter(|role| member.roles.contains(&role.id));
        held.map(|role| Rank::of(role.position, role.id))
            .max()
            .unwrap_or(Rank::NONE)
    }

    /// Whether the caller stands above this role, and so may edit, assign or delete it.
    pub fn outranks_role(&self, role: &Role) -> bool {
        self.rank() > Rank::of(role.position, role.id)
    }

    /// Whether the caller stands above this member, and so may moderate them.
    pub fn outranks(&self, member: &Member) -> bool {
        self.rank() > self.rank_of(member)
    }

    /// The role with this id.
    pub fn role(&self, id: Id<marker::Role>) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// [`Code::MissingPermissions`] unless the caller holds these in the guild, and
    /// [`Code::MfaRequired`] where they are moderators' and the guild wants a second factor.
    ///
    /// # Errors
    /// Those codes.
    pub fn require(&self, needed: u64) -> Result<()> {
        self.require_held(self.permissions, needed)
    }

    /// The same of the permissions that the caller holds in one of the guild's channels.
    ///
    /// # Errors
    /// Those of [`require`](Self::require).
    pub fn require_held(&self, held: Permissions, needed: u64) -> Result<()> {
        self.declared.require(held, needed)?;
        self.require_second_factor(needed)
    }

    fn require_second_factor(&self, needed: u64) -> Result<()> {
        let elevated = Permissions::from_bits_retain(needed).intersects(Permissions::ELEVATED);
        match self.lacks_second_factor && elevated {
            true => Err(Code::MfaRequired.into()),
            false => Ok(()),
        }
    }
}

/// What decides a member's permissions, handed to `read`.
fn standing_of<T>(
    guild: &Guild,
    roles: &[Role],
    member: &Member,
    now: Timestamp,
    read: impl FnOnce(Standing<'_>) -> T,
) -> T {
    let user = member.user.as_ref().map_or(Id::new(0), |user| user.id);
    let everyone = roles.iter().find(|role| role.id.get() == guild.id.get());
    let held: Vec<_> = roles
        .iter()
        .filter(|role| member.roles.contains(&role.id))
        .map(|role| (role.id, role.permissions))
        .collect();
    read(Standing {
        guild: guild.id,
        user,
        owner: guild.owner_id == user,
        timed_out: member.timed_out(now),
        everyone: everyone.map_or(Permissions::empty(), |role| role.permissions),
        roles: &held,
    })
}

/// What a member may do in a channel or a thread. Of a private thread this leaves open whether they
/// were invited to it.
fn in_this(standing: &Standing<'_>, channel: &Channel) -> Permissions {
    match channel.is_thread() {
        true => standing.in_thread(channel.overwrites()),
        false => standing.in_channel(channel.overwrites()),
    }
}

/// A member of the guild that the path's `guild_id` names, with all of `P` in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InGuild<const P: u64 = 0> {
    /// The caller.
    pub caller: Caller,
    /// Their place in the guild.
    pub membership: Membership,
}

impl<const P: u64> std::ops::Deref for InGuild<P> {
    type Target = Membership;

    fn deref(&self) -> &Membership {
        &self.membership
    }
}

impl<const P: u64> Access for InGuild<P> {
    const REQUIREMENT: Requirement = Requirement::InGuild(P);

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        let (token_hash, claimed) = credentials(request)?;
        let guild = request.id("guild_id")?;
        let (found, guild, roles, member) = cx
            .read((
                session(&token_hash),
                guilds::by_id(guild).optional(),
                roles::of_guild(guild),
                members::one(guild, claimed.user).optional(),
            ))
            .await?;
        let caller = caller(cx, found, claimed).await?;
        let guild = guild.ok_or(Code::UnknownGuild)?;
        let member = member.ok_or(Code::MissingAccess)?;
        let account = &caller.account;
        let membership = Membership::new(cx, guild, roles, member, account);
        membership.require(P)?;
        Ok(Self { caller, membership })
    }
}

/// The owner of the guild that the path's `guild_id` names.
#[derive(Debug, Clone)]
pub struct OwnsGuild(pub InGuild);

impl Access for OwnsGuild {
    const REQUIREMENT: Requirement = Requirement::OwnsGuild;

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        let caller = InGuild::check(cx, request).await?;
        match caller.guild.owner_id == caller.caller.id() {
            true => Ok(Self(caller)),
            false => Err(Code::MissingPermissions.into()),
        }
    }
}

/// Somebody who sees the channel that the path's `channel_id` names, with all of `P` in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InChannel<const P: u64 = 0> {
    /// The caller.
    pub caller: Caller,
    /// The channel. Of a private conversation the recipients are those besides the caller; a thread
    /// has the caller's own member of it, if they joined.
    pub channel: Channel,
    /// The caller's place in the channel's guild; `None` in a private conversation.
    pub membership: Option<Membership>,
    /// What the caller may do in the channel.
    pub permissions: Permissions,
    declared: Declared,
}

impl<const P: u64> InChannel<P> {
    /// [`Code::MissingPermissions`] unless the caller holds these in the channel, and
    /// [`Code::MfaRequired`] where they are moderators' and the guild wants a second factor.
    ///
    /// # Errors
    /// Those codes.
    pub fn require(&self, needed: u64) -> Result<()> {
        self.declared.require(self.permissions, needed)?;
        self.require_second_factor(needed)
    }

    /// [`Code::MfaRequired`] where these are moderators' and the guild wants a second factor: for
    /// permissions that an operation does not require but that let it do more.
    ///
    /// # Errors
    /// That code.
    pub fn require_second_factor(&self, needed: u64) -> Result<()> {
        match &self.membership {
            Some(membership) => membership.require_second_factor(needed),
            None => Ok(()),
        }
    }

    /// Whether the caller holds these in the channel.
    pub fn allows(&self, needed: u64) -> bool {
        self.permissions
            .allows(Permissions::from_bits_retain(needed))
    }

    /// The caller's place in the channel's guild.
    ///
    /// # Errors
    /// [`Code::CannotExecuteOnDm`] in a private conversation.
    pub fn membership(&self) -> Result<&Membership> {
        self.membership
            .as_ref()
            .ok_or(Code::CannotExecuteOnDm.into())
    }

    /// The same caller as one who has these permissions too.
    ///
    /// # Errors
    /// Those of [`require`](Self::require).
    pub fn requiring<const Q: u64>(self) -> Result<InChannel<Q>> {
        self.require(Q)?;
        Ok(InChannel {
            caller: self.caller,
            channel: self.channel,
            membership: self.membership,
            permissions: self.permissions,
            declared: self.declared,
        })
    }

    /// Those who hear what happens in the channel.
    pub fn audience(&self) -> model::Audience {
        audience_of(&self.channel, self.caller.id())
    }
}

/// Those who hear what happens in a channel; `besides` is the participant of a private conversation
/// that its list of recipients leaves out.
pub fn audience_of(channel: &Channel, besides: Id<marker::User>) -> model::Audience {
    if let Some(guild) = channel.guild_id() {
        // The gateway knows active threads alone. Of others it is enough to see the channel, unless
        // they are private.
        let sleeping = channel
            .thread()
            .is_some_and(|thread| thread.thread_metadata.archived);
        let shown = sleeping && channel.kind != kind::PRIVATE_THREAD;
        let parent = channel.parent_id().filter(|_| shown);
        return model::Audience::Channel {
            guild,
            channel: parent.unwrap_or(channel.id),
        };
    }
    let others = channel
        .private
        .iter()
        .flat_map(|private| &private.recipients);
    let mut users: Vec<_> = others.map(|user| user.id).collect();
    users.push(besides);
    model::Audience::Private {
        channel: channel.id,
        users,
    }
}

impl<const P: u64> Access for InChannel<P> {
    const REQUIREMENT: Requirement = Requirement::InChannel(P);

    async fn check(cx: &Cx, request: &mut Request) -> Result<Self> {
        let (token_hash, claimed) = credentials(request)?;
        let id = request.id("channel_id")?;
        let asked = (session(&token_hash), Place::query(id, claimed.user));
        let (found, place) = cx.read(asked).await?;
        let caller = caller(cx, found, claimed).await?;
        let Place {
            channel,
            membership,
            permissions,
        } = Place::admit(cx, place, &caller.account)?;
        let caller = Self {
            caller,
            channel,
            membership,
            permissions,
            declared: cx.declared(),
        };
        caller.require(P)?;
        Ok(caller)
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
