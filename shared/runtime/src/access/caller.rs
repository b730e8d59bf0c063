//! Somebody with a valid token, whoever it is.

use model::id::marker;
use model::user::User;
use model::{Code, Id};
use store::sessions::Credentials;
use store::users::Account;
use store::{Optional, sessions};

use super::{Access, Requirement};
use crate::{Cx, Request, Result, token};

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
pub struct Claim {
    /// Whose token it says it is.
    pub user: Id<marker::User>,
    /// Whether the token was sent as a bot's.
    bot: bool,
}

/// The hash of the request's token, and whom it claims to be of.
pub fn credentials(request: &Request) -> Result<(Vec<u8>, Claim)> {
    let token = token::presented(&request.headers).ok_or(Code::Unauthorized)?;
    let claim = Claim {
        user: token.claimed,
        bot: token.bot,
    };
    Ok((token.hash, claim))
}

/// The session of the token with this hash.
pub fn session(token_hash: &[u8]) -> Optional<Credentials> {
    sessions::by_token(token_hash).optional()
}

/// Whoever the token belongs to, if it is whom it claims to be of: bots call with their scheme, and
/// nobody else does.
pub async fn caller(cx: &Cx, found: Option<Credentials>, claimed: Claim) -> Result<Caller> {
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
