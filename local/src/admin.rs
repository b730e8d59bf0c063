//! `spacebar admin`: what an operator does at a shell, also while the instance runs.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use model::id::marker;
use model::{Id, Timestamp};
use runtime::token;
use store::{Database, Store, admin};

use crate::settings::Settings;

/// How long the link for the first administrator is good for.
const CLAIM_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Make a person an operator of the instance.
    MakeAdministrator {
        /// The person's name.
        username: String,
    },
    /// Give a person a new password, printed here, and sign them out everywhere.
    ResetPassword {
        /// The person's name.
        username: String,
    },
    /// Sign a person out everywhere.
    RevokeTokens {
        /// The person's name.
        username: String,
    },
    /// Print a link that makes whoever opens it an operator, once.
    ClaimLink,
    /// Print the settings that count, as a file.
    Config,
}

impl Act {
    /// Does it, and prints what came of it.
    ///
    /// # Errors
    /// When there is nobody of the name, or the database does not answer.
    pub async fn carry_out(&self, db: &impl Database, settings: &Settings) -> Result<()> {
        match self {
            Self::MakeAdministrator { username } => {
                make_administrator(db, username).await?;
                println!("{username} is an operator of this instance");
            }
            Self::ResetPassword { username } => {
                let password = reset_password(db, username).await?;
                println!("The password of {username} is now {password}");
            }
            Self::RevokeTokens { username } => {
                revoke_tokens(db, username).await?;
                println!("{username} is signed out everywhere");
            }
            Self::ClaimLink => {
                let set = &settings.server.public_url;
                let listen = format!("http://{}", settings.server.listen);
                let url = if set.is_empty() { &listen } else { set };
                println!("{}", claim(db, url).await?);
            }
            Self::Config => print_settings(settings)?,
        }
        Ok(())
    }
}

/// Prints the settings that count, as a file.
///
/// # Errors
/// Never, in truth: what a file can set can be written as one.
pub fn print_settings(settings: &Settings) -> Result<()> {
    print!("{}", toml::to_string(settings)?);
    Ok(())
}

/// A link by which its holder becomes an operator, if nobody is one yet.
///
/// # Errors
/// When the database does not answer.
pub async fn first_claim(db: &impl Database, public_url: &str) -> Result<Option<String>> {
    match db.read(Store::Main, admin::an_operator()).await? {
        Some(_) => Ok(None),
        None => claim(db, public_url).await.map(Some),
    }
}

/// A link by which its holder becomes an operator, once.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(db: &impl Database, public_url: &str) -> Result<String> {
    let secret = secret()?;
    let expires_at = SystemTime::now() + CLAIM_LIFETIME;
    let expires_at = expires_at
        .duration_since(SystemTime::UNIX_EPOCH)?
        .as_millis();
    let expires_at = Timestamp::from_millis(i64::try_from(expires_at)?);
    let hash = token::hash(&secret);
    db.write(admin::administrator_ticket(&hash, expires_at))
        .await?;
    Ok(format!("{public_url}/claim?token={secret}"))
}

/// Makes somebody an operator.
///
/// # Errors
/// When there is no such person.
pub async fn make_administrator(db: &impl Database, username: &str) -> Result<()> {
    let user = person(db, username).await?;
    db.write(admin::make_operator(user)).await?;
    Ok(())
}

/// Gives somebody a new password, which is returned, takes their second factor away and signs
/// them out everywhere.
///
/// # Errors
/// When there is no such person.
pub async fn reset_password(db: &impl Database, username: &str) -> Result<String> {
    let user = person(db, username).await?;
    let password = secret()?;
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))?;
    db.write(admin::set_password(user, &hash.to_string()))
        .await?;
    Ok(password)
}

/// Signs somebody out everywhere. Sockets that are open stay until they reconnect.
///
/// # Errors
/// When there is no such person.
pub async fn revoke_tokens(db: &impl Database, username: &str) -> Result<()> {
    let user = person(db, username).await?;
    db.write(admin::revoke_tokens(user)).await?;
    Ok(())
}

async fn person(db: &impl Database, username: &str) -> Result<Id<marker::User>> {
    let user = db.read(Store::Main, admin::person(username)).await?;
    user.with_context(|| format!("there is nobody named {username}"))
}

fn secret() -> Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).context("the system has no randomness")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use store::embedded::Embedded;

    use super::*;

    #[tokio::test]
    async fn the_first_administrator_is_asked_for_until_there_is_one() {
        let db = Embedded::memory().unwrap();
        let link = first_claim(&db, "http://a").await.unwrap().unwrap();
        assert!(link.starts_with("http://a/claim?token="), "{link}");
        let error = make_administrator(&db, "ann").await.unwrap_err();
        assert!(error.to_string().contains("ann"), "{error}");
    }
}
