//! Who may register: by the instance's policy, a ticket or an invite.

use actions::invite_end;
use actions::join_guild::{Welcome, join_guild, welcome};
use model::User;
use runtime::config::RegistrationMode;
use runtime::prelude::*;
use runtime::token;
use store::invites;
use store::tickets::{self, Kind};
use store::users::{self, RIGHT_OPERATOR};

/// How somebody may register.
pub enum Admission {
    /// Without conditions.
    Free,
    /// By a ticket that is used up.
    Ticket(Vec<u8>),
    /// To run the instance, by a ticket that is used up.
    Operator(Vec<u8>),
    /// Into the guild that an invite leads to.
    Invite(Box<(model::invite::Invite, model::Guild)>),
}

impl Admission {
    /// Lets whoever has an administrator's ticket register, whatever the policy: on a new instance
    /// nobody could invite them.
    ///
    /// # Errors
    /// [`Code::UnknownToken`] when there is no such ticket.
    pub async fn of_operator(cx: &Cx, ticket: &str) -> Result<Self> {
        let hash = token::hash(ticket);
        let holder = tickets::holder(&hash, Kind::Operator, cx.now());
        match cx.read(holder.optional()).await? {
            Some(_) => Ok(Self::Operator(hash)),
            None => Err(Code::UnknownToken.into()),
        }
    }

    /// Whether somebody may register, by the instance's policy and what they hold.
    ///
    /// # Errors
    /// Code 50035, where they may not.
    pub async fn of(cx: &Cx, code: Option<&str>) -> Result<Self> {
        let mode = cx.config().registration.mode;
        let closed = || {
            let message = "New user registration is disabled.";
            Error::field(&["email"], "REGISTRATION_DISABLED", message)
        };
        let Some(code) = code else {
            return match mode {
                RegistrationMode::Open => Ok(Self::Free),
                RegistrationMode::Invite => Err(refused(
                    "BASE_TYPE_REQUIRED",
                    "An invite is required to register.",
                )),
                RegistrationMode::Closed => Err(closed()),
            };
        };
        let hash = token::hash(code);
        let (ticket, invite, guild) = cx
            .read((
                tickets::holder(&hash, Kind::Registration, cx.now()).optional(),
                invites::by_code(code, cx.now()).optional(),
                invites::guild_of(code).optional(),
            ))
            .await?;
        let open = |(_, guild): &(_, model::Guild)| {
            let mut features = guild.features.iter();
            !features.any(|feature| feature == "INVITES_DISABLED")
        };
        match (ticket, invite.zip(guild).filter(open)) {
            // An operator made it for somebody, also where strangers' invites open nothing.
            (Some(_), _) => Ok(Self::Ticket(hash)),
            (None, _) if mode == RegistrationMode::Closed => Err(closed()),
            (None, Some(invite)) => Ok(Self::Invite(Box::new(invite))),
            (None, None) if mode == RegistrationMode::Invite => {
                Err(refused("INVITE_INVALID", "Unknown Invite"))
            }
            // The account matters more than the guild that it would have joined.
            (None, None) => Ok(Self::Free),
        }
    }

    /// Adds to the batch of the account what the admission costs and gives; who is to be greeted in
    /// a guild, if it led there.
    pub fn spend(&self, cx: &Cx, batch: &mut Batch, user: &User) -> Option<Welcome> {
        match self {
            Self::Free => None,
            Self::Ticket(hash) => {
                let spend = tickets::spend(hash, Kind::Registration, cx.now());
                batch.require_change(spend, Code::UnknownInvite);
                None
            }
            Self::Operator(hash) => {
                let spend = tickets::spend(hash, Kind::Operator, cx.now());
                batch.require_change(spend, Code::UnknownToken);
                batch.push(users::grant_rights(user.id, RIGHT_OPERATOR));
                None
            }
            Self::Invite(invite) => {
                let (invite, guild) = &**invite;
                invite_end::use_up(cx, batch, invite);
                join_guild(cx, batch, guild, user, Vec::new(), invite.temporary, None);
                Some(welcome(cx, batch, guild, user.id))
            }
        }
    }
}

fn refused(code: &str, message: &str) -> Error {
    Error::field(&["invite"], code, message)
}
