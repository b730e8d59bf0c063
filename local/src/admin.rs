//! `spacebar admin`: what an operator does at a shell, also while the instance runs.

mod people;

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use model::Timestamp;
use runtime::token;
use store::tickets::{self, Kind, Ticket};
use store::{Batch, Database, Store, admin};

use crate::settings::Settings;

/// How long a link that makes somebody an operator is good for.
const CLAIM_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a ticket is good with which somebody may register.
const REGISTRATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What there is to do. Names are found in any case; a bot's may be followed by `#` and its number,
/// and an id is as good as a name.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Print everybody: id, name, and whether they are bots, operators or switched off.
    List,
    /// Make a person, whose password is printed here.
    Create {
        /// The person's name.
        username: String,
        /// Their address, by which they may log in too.
        email: String,
    },
    /// Switch an account off and sign it out everywhere.
    Disable {
        /// The person's or bot's name.
        name: String,
    },
    /// Switch an account on again.
    Enable {
        /// The person's or bot's name.
        name: String,
    },
    /// Forget a person and take them out of all guilds. What they wrote stays, without their name.
    Delete {
        /// The person's name.
        username: String,
    },
    /// Make a person an operator of the instance.
    MakeOperator {
        /// The person's name.
        username: String,
    },
    /// Give a person a new password, printed here, and sign them out everywhere.
    ResetPassword {
        /// The person's name.
        username: String,
    },
    /// Sign a person out everywhere, or make a bot's token worthless.
    RevokeTokens {
        /// The person's or bot's name.
        name: String,
    },
    /// Print a link that makes whoever opens it an operator, once; also where nobody may register.
    ClaimLink,
    /// Print a ticket with which one person may register, whatever registration.mode says.
    RegistrationTicket,
    /// Print the settings that count, as a file.
    Config,
}

impl Act {
    /// Does it, and prints what came of it. `url` is where clients reach the instance, if that is
    /// known.
    ///
    /// # Errors
    /// When there is nobody of the name, or the database does not answer.
    pub async fn carry_out(&self, db: &impl Database, url: Option<&str>) -> Result<()> {
        match self {
            Self::List => people::list(db).await?,
            Self::Create { username, email } => {
                let password = people::create(db, username, email).await?;
                println!("{username} is here, with the password {password}");
            }
            Self::Disable { name } => {
                let found = people::disable(db, name, true).await?;
                println!("{found} is switched off");
            }
            Self::Enable { name } => {
                let found = people::disable(db, name, false).await?;
                println!("{found} is switched on");
            }
            Self::Delete { username } => {
                let found = people::delete(db, username).await?;
                println!("{found} is forgotten");
            }
            Self::MakeOperator { username } => {
                let found = people::make_operator(db, username).await?;
                println!("{found} is an operator of this instance");
            }
            Self::ResetPassword { username } => {
                let (found, password) = people::reset_password(db, username).await?;
                println!("The password of {found} is now {password}");
            }
            Self::RevokeTokens { name } => {
                let found = people::revoke_tokens(db, name).await?;
                println!("{found} is signed out everywhere");
            }
            Self::ClaimLink => {
                println!("{}", claim(db, url.unwrap_or_default()).await?);
                if url.is_none() {
                    println!(
                        "That is below the address of the instance, which nothing here tells."
                    );
                }
            }
            Self::RegistrationTicket => {
                let ticket = registration_ticket(db).await?;
                println!("{ticket}");
                println!("Good for one account, for a week, in place of an invite.");
            }
            Self::Config => {}
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
    let expires_at = after(CLAIM_LIFETIME)?;
    let hash = token::hash(&secret);
    db.write(admin::operator_ticket(&hash, expires_at)).await?;
    Ok(format!("{public_url}/claim?token={secret}"))
}

/// A ticket with which one person may register, whatever the policy.
///
/// # Errors
/// When the database does not answer.
pub async fn registration_ticket(db: &impl Database) -> Result<String> {
    let secret = secret()?;
    let mut batch = Batch::main();
    batch.push(tickets::insert(&Ticket {
        hash: token::hash(&secret),
        kind: Kind::Registration,
        user_id: None,
        expires_at: after(REGISTRATION_LIFETIME)?,
        uses: 1,
    }));
    db.write(batch).await?;
    Ok(secret)
}

/// The moment that is this long from now.
fn after(lifetime: Duration) -> Result<Timestamp> {
    let then = SystemTime::now() + lifetime;
    let then = then.duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    Ok(Timestamp::from_millis(i64::try_from(then)?))
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
    async fn the_first_operator_is_asked_for_until_there_is_one() {
        let db = Embedded::memory().unwrap();
        let link = first_claim(&db, "http://a").await.unwrap().unwrap();
        assert!(link.starts_with("http://a/claim?token="), "{link}");
    }
}
