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
         users.banner, users.accent_color, users.bot, users.public_flags, users.bio, \
         users.pronouns"
    };
}
pub(crate) use user_columns;

/// How many [`user_columns`] there are.
pub(crate) const USER_COLUMNS: u16 = 11;

macro_rules! account_columns {
    () => {
        concat!(
            $crate::users::user_columns!(),
            ", users.flags, users.email, users.password_hash, users.premium_type, \
             users.verified, users.locale, users.totp_secret, \
             users.totp_last_step, users.rights, users.disabled"
        )
    };
}
pub(crate) use account_columns;

/// How many [`account_columns`] there are.
pub(crate) const ACCOUNT_COLUMNS: u16 = USER_COLUMNS + 10;

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
        bio: row.take()?,
        pronouns: row.take()?,
        badge_ids: [],
    })
}

/// Reads [`account_columns`].
pub(crate) fn account(row: &mut Row<'_>) -> Result<Account, Error> {
    Ok(Account {
        user: user(row)?,
        flags: row.take()?,
        email: row.take()?,
        password_hash: row.take()?,
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

/// The whole account of the person with this username.
pub fn account_by_username(username: &str) -> Query<Account> {
    let sql = concat!(
        "SELECT ",
        account_columns!(),
        " FROM users WHERE users.username = ?1 AND users.discriminator = '0'"
    );
    Query::new(sql, params![username], ACCOUNT_COLUMNS, account)
}

/// Whether another account than `besides` has this name, and whether one has this address.
pub fn taken(
    username: &str,
    discriminator: &str,
    email: Option<&str>,
    besides: Id<marker::User>,
) -> Query<(bool, bool)> {
    Query::new(
        "SELECT EXISTS (SELECT 1 FROM users WHERE username = ?1 AND discriminator = ?2 \
         AND id <> ?4), EXISTS (SELECT 1 FROM users WHERE email = ?3 AND id <> ?4)",
        params![username, discriminator, email, besides],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
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
            &user.bio,
            &user.pronouns,
            account.premium_type,
            account.verified,
            &account.locale,
            account.rights,
        ],
    )
}

/// What an account's owner changes of it; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// The name.
    pub username: Option<String>,
    /// The name that is shown.
    pub global_name: Option<Option<String>>,
    /// Hash of the avatar.
    pub avatar: Option<Option<String>>,
    /// Hash of the banner.
    pub banner: Option<Option<String>>,
    /// Colour of the banner.
    pub accent_color: Option<Option<u32>>,
    /// The email address, lower case.
    pub email: Option<String>,
    /// The "about me".
    pub bio: Option<String>,
    /// The pronouns.
    pub pronouns: Option<String>,
    /// The language.
    pub locale: Option<String>,
}

impl Edit {
    /// Makes the same changes to what was read.
    pub fn apply(&self, account: &mut Account) {
        fn set<T: Clone>(field: &mut T, change: &Option<T>) {
            if let Some(value) = change {
                field.clone_from(value);
            }
        }
        set(&mut account.user.username, &self.username);
        set(&mut account.user.global_name, &self.global_name);
        set(&mut account.user.avatar, &self.avatar);
        set(&mut account.user.banner, &self.banner);
        set(&mut account.user.accent_color, &self.accent_color);
        set(&mut account.user.bio, &self.bio);
        set(&mut account.user.pronouns, &self.pronouns);
        set(&mut account.locale, &self.locale);
        if self.email.is_some() {
            account.email.clone_from(&self.email);
        }
    }
}

/// Changes only what `edit` names, so that two edits at once both count.
///
/// Constraints as for [`insert`].
pub fn edit(id: Id<marker::User>, edit: &Edit) -> Statement {
    fn is_set<T>(field: &Option<Option<T>>) -> bool {
        field.is_some()
    }
    Statement::new(
        "UPDATE users SET username = coalesce(?2, username), \
         global_name = iif(?3, ?4, global_name), avatar = iif(?5, ?6, avatar), \
         banner = iif(?7, ?8, banner), accent_color = iif(?9, ?10, accent_color), \
         email = coalesce(?11, email), bio = coalesce(?12, bio), \
         pronouns = coalesce(?13, pronouns), locale = coalesce(?14, locale) WHERE id = ?1",
        params![
            id,
            edit.username.as_deref(),
            is_set(&edit.global_name),
            edit.global_name.as_ref().and_then(Option::as_deref),
            is_set(&edit.avatar),
            edit.avatar.as_ref().and_then(Option::as_deref),
            is_set(&edit.banner),
            edit.banner.as_ref().and_then(Option::as_deref),
            is_set(&edit.accent_color),
            edit.accent_color.flatten(),
            edit.email.as_deref(),
            edit.bio.as_deref(),
            edit.pronouns.as_deref(),
            edit.locale.as_deref(),
        ],
    )
}

/// Replaces a password. Changes nothing when `old_hash` is no longer the one.
pub fn set_password(id: Id<marker::User>, old_hash: &str, new_hash: &str) -> Statement {
    Statement::new(
        "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2",
        params![id, old_hash, new_hash],
    )
}

/// Notes the date of birth, `YYYY-MM-DD`.
pub fn set_date_of_birth(id: Id<marker::User>, date: &str) -> Statement {
    Statement::new(
        "UPDATE users SET date_of_birth = ?2 WHERE id = ?1",
        params![id, date],
    )
}

/// Adds rights over the instance, such as [`RIGHT_OPERATOR`].
pub fn grant_rights(id: Id<marker::User>, rights: i64) -> Statement {
    Statement::new(
        "UPDATE users SET rights = rights | ?2 WHERE id = ?1",
        params![id, rights],
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

/// Switches an account on again.
pub fn enable(id: Id<marker::User>) -> Statement {
    Statement::new("UPDATE users SET disabled = 0 WHERE id = ?1", params![id])
}

/// Switches an account off: none of its tokens is valid any more.
pub fn disable(id: Id<marker::User>) -> Statement {
    Statement::new("UPDATE users SET disabled = 1 WHERE id = ?1", params![id])
}
