//! Table `users`.

use model::Id;
use model::id::marker;
use model::user::{PrivateUser, User};

use crate::{Error, Guard, Query, Row, Statement, params};

/// A user's whole row: what the server knows of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What everyone sees.
    pub user: User,
    /// All flags.
    pub flags: i64,
    /// The email address, lower case; bots have none.
    pub email: Option<String>,
    /// The password as argon2id in PHC form; bots have none.
    pub password_hash: Option<String>,
    /// The "about me".
    pub bio: String,
    /// The pronouns.
    pub pronouns: String,
    /// Kind of subscription.
    pub premium_type: u8,
    /// Whether the email address was verified.
    pub verified: bool,
    /// The language.
    pub locale: String,
    /// The secret of two-factor authentication, base32, while it is on.
    pub totp_secret: Option<String>,
    /// The last TOTP step that was accepted.
    pub totp_last_step: i64,
    /// Rights over the instance; see [`RIGHT_OPERATOR`].
    pub rights: i64,
    /// Whether the account was switched off.
    pub disabled: bool,
}

/// The right to run the instance.
pub const RIGHT_OPERATOR: i64 = 1;

impl Account {
    /// The account as its owner sees it.
    pub fn private(&self) -> PrivateUser {
        PrivateUser {
            user: self.user.clone(),
            flags: self.flags,
            locale: self.locale.clone(),
            mfa_enabled: self.totp_secret.is_some(),
            premium_type: self.premium_type,
            verified: self.verified,
            email: self.email.clone(),
            phone: None,
            bio: self.bio.clone(),
            pronouns: self.pronouns.clone(),
        }
    }

    /// Whether the account runs the instance.
    pub fn is_operator(&self) -> bool {
        self.rights & RIGHT_OPERATOR != 0
    }
}

/// Columns of a public user, for statements that join `users`.
macro_rules! user_columns {
    () => {
        "users.id, users.username, users.discriminator, users.global_name, users.avatar, \
         users.banner, users.accent_color, users.bot, users.public_flags"
    };
}
pub(crate) use user_columns;

/// How many [`user_columns`] there are.
pub(crate) const USER_COLUMNS: u16 = 9;

macro_rules! account_columns {
    () => {
        concat!(
            $crate::users::user_columns!(),
            ", users.flags, users.email, users.password_hash, users.bio, users.pronouns, \
             users.premium_type, users.verified, users.locale, users.totp_secret, \
             users.totp_last_step, users.rights, users.disabled"
        )
    };
}
pub(crate) use account_columns;

/// How many [`account_columns`] there are.
pub(crate) const ACCOUNT_COLUMNS: u16 = USER_COLUMNS + 12;

/// Reads [`user_columns`].
pub(crate) fn user(row: &mut Row<'_>) -> Result<User, Error> {
    Ok(User {
        id: row.take()?,
        username: row.take()?,
        discriminator: row.take()?,
        global_name: row.take()?,
        avatar: row.take()?,
        banner: row.take()?,
        accent_color: row.take()?,
        bot: row.take()?,
        public_flags: row.take()?,
        avatar_decoration_data: None,
        collectibles: None,
        primary_guild: None,
    })
}

/// Reads [`account_columns`].
pub(crate) fn account(row: &mut Row<'_>) -> Result<Account, Error> {
    Ok(Account {
        user: user(row)?,
        flags: row.take()?,
        email: row.take()?,
        password_hash: row.take()?,
        bio: row.take()?,
        pronouns: row.take()?,
        premium_type: row.take()?,
        verified: row.take()?,
        locale: row.take()?,
        totp_secret: row.take()?,
        totp_last_step: row.take()?,
        rights: row.take()?,
        disabled: row.take()?,
    })
}

/// The user with this id.
pub fn by_id(id: Id<marker::User>) -> Query<User> {
    let sql = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users WHERE users.id = ?1"
    );
    Query::new(sql, params![id], USER_COLUMNS, user)
}

/// The users with these ids, in no particular order; unknown ones are missing.
pub fn by_ids(ids: &[Id<marker::User>]) -> Query<User> {
    let sql = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users WHERE users.id IN (SELECT value FROM json_each(?1))"
    );
    Query::new(sql, params![ids], USER_COLUMNS, user)
}

/// The whole account with this id.
pub fn account_by_id(id: Id<marker::User>) -> Query<Account> {
    let sql = concat!(
        "SELECT ",
        account_columns!(),
        " FROM users WHERE users.id = ?1"
    );
    Query::new(sql, params![id], ACCOUNT_COLUMNS, account)
}

/// The whole account with this email address, in lower case.
pub fn account_by_email(email: &str) -> Query<Account> {
    let sql = concat!(
        "SELECT ",
        account_columns!(),
        " FROM users WHERE users.email = ?1"
    );
    Query::new(sql, params![email], ACCOUNT_COLUMNS, account)
}

/// Adds an account.
///
/// Constraints: `users_name` when the name is taken, `users_email` when the address is.
pub fn insert(account: &Account) -> Statement {
    let user = &account.user;
    Statement::new(
        "INSERT INTO users (id, username, discriminator, global_name, avatar, banner, \
         accent_color, bot, public_flags, flags, email, password_hash, bio, pronouns, \
         premium_type, verified, locale, rights) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        params![
            user.id,
            &user.username,
            &user.discriminator,
            user.global_name.as_deref(),
            user.avatar.as_deref(),
            user.banner.as_deref(),
            user.accent_color,
            user.bot,
            user.public_flags,
            account.flags,
            account.email.as_deref(),
            account.password_hash.as_deref(),
            &account.bio,
            &account.pronouns,
            account.premium_type,
            account.verified,
            &account.locale,
            account.rights,
        ],
    )
}

/// Overwrites everything of an account that its owner may edit.
///
/// Constraints as for [`insert`].
pub fn update(account: &Account) -> Statement {
    let user = &account.user;
    Statement::new(
        "UPDATE users SET username = ?2, discriminator = ?3, global_name = ?4, avatar = ?5, \
         banner = ?6, accent_color = ?7, flags = ?8, email = ?9, password_hash = ?10, bio = ?11, \
         pronouns = ?12, verified = ?13, locale = ?14 WHERE id = ?1",
        params![
            user.id,
            &user.username,
            &user.discriminator,
            user.global_name.as_deref(),
            user.avatar.as_deref(),
            user.banner.as_deref(),
            user.accent_color,
            account.flags,
            account.email.as_deref(),
            account.password_hash.as_deref(),
            &account.bio,
            &account.pronouns,
            account.verified,
            &account.locale,
        ],
    )
}

/// Turns two-factor authentication on (`Some`) or off (`None`).
pub fn set_totp(id: Id<marker::User>, secret: Option<&str>) -> Statement {
    Statement::new(
        "UPDATE users SET totp_secret = ?2, totp_last_step = 0 WHERE id = ?1",
        params![id, secret],
    )
}

/// Uses up a TOTP step. Changes nothing when this or a later step was used before.
pub fn use_totp_step(id: Id<marker::User>, step: i64) -> Statement {
    Statement::new(
        "UPDATE users SET totp_last_step = ?2 WHERE id = ?1 AND totp_last_step < ?2",
        params![id, step],
    )
}

/// Holds while nobody has this name.
pub fn name_is_free(username: &str, discriminator: &str) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM users WHERE username = ?1 AND discriminator = ?2)",
        params![username, discriminator],
    )
}
