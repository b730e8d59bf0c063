//! Members of a guild by the thousand, written past the API: registering them would only hash
//! passwords.

use anyhow::{Context, Result};
use model::id::marker;
use model::{Code, Id, Timestamp, User};
use runtime::token::{self, Token};
use store::users::Account;
use store::{Batch, Database, Store, members, sessions, users};

use crate::bound;
use crate::load::Target;

/// Members in one batch: each takes seven statements.
const TOGETHER: usize = 50;

/// Lets `count` people join the guild of a system that does not run, and gives their tokens.
///
/// # Errors
/// When the database is in use, or has no such guild.
pub async fn join(target: &Target, count: usize) -> Result<Vec<String>> {
    let stores = bound::open(&target.data)?;
    let guild = Id::new(target.guild.parse()?);
    let owner = token::claimed_user(&target.token).context("no user in the token")?;
    let find = (
        users::account_by_id(owner).optional(),
        members::one(guild, owner).optional(),
    );
    let (account, member) = stores.read(Store::Main, find).await?;
    let (account, member) = (account.context("no owner")?, member.context("no member")?);
    let mut tokens = Vec::new();
    for first in (0..count).step_by(TOGETHER) {
        let mut batch = Batch::main();
        for number in first..count.min(first + TOGETHER) {
            let person = person(&account, number);
            let id = person.user.id;
            batch.push(users::insert(&person));
            members::insert(&mut batch, guild, id, &member, false, Code::UnknownMember);
            tokens.push(log_in(&mut batch, id)?);
        }
        let written = stores.write(batch).await;
        written.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    }
    stores.close().await;
    Ok(tokens)
}

/// Somebody like `other`, with a name of their own.
fn person(other: &Account, number: usize) -> Account {
    Account {
        user: User {
            id: Id::new(other.user.id.get() + 1 + number as u64),
            username: format!("person{number}"),
            global_name: Some(format!("Person {number}")),
            ..other.user.clone()
        },
        email: None,
        password_hash: None,
        ..other.clone()
    }
}

/// Begins a session, and gives its token.
fn log_in(batch: &mut Batch, user: Id<marker::User>) -> Result<String> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let now = Timestamp::from_millis(0);
    let token = Token::new(user, now, &secret);
    let token_hash = token.hash();
    batch.push(sessions::insert(&sessions::Session {
        id_hash: token::id_hash(&token_hash),
        token_hash,
        user_id: user,
        created_at: now,
        last_used_at: now,
        client_os: None,
        client_platform: None,
        client_ip: None,
    }));
    Ok(token.reveal().to_owned())
}
