//! People and bots, as an operator names and changes them.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use model::event::{GuildMemberRemove, SessionsRevoked};
use model::id::marker;
use model::limits::USERNAME_CHARS;
use model::{Audience, Event, Id, User};
use store::admin::{self, Listed};
use store::users::{self, Account};
use store::{Batch, Database, Rejection, Store, guilds, members, outbox, sessions};

use super::{after, secret};
use crate::clock::now;

/// People that are asked for at once.
const PAGE: u32 = 1000;

/// How often a person's sessions are read while new ones begin before all of them end.
const READS_MAX: u32 = 10;

/// Who was meant.
#[derive(Debug)]
pub struct Found(User);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let User {
            username,
            discriminator,
            ..
        } = &self.0;
        match self.0.bot {
            true => write!(f, "{username}#{discriminator}"),
            false => write!(f, "{username}"),
        }
    }
}

impl Found {
    /// Whether `name` means them. Ids, and a bot's number, are told from names by their form.
    fn is(&self, name: &str) -> bool {
        let whole = self.to_string().to_lowercase();
        let named = self.0.username.to_lowercase();
        let name = name.to_lowercase();
        name == whole || name == named || name == self.0.id.to_string()
    }
}

/// Prints everybody.
pub async fn list(db: &impl Database) -> Result<()> {
    each(db, |it| {
        let marks = [
            (it.user.bot, "bot"),
            (it.operator, "operator"),
            (it.disabled, "disabled"),
        ];
        let marks = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark);
        let marks = marks.collect::<Vec<_>>().join(" ");
        let (id, found) = (it.user.id, Found(it.user));
        println!("{}", format!("{id}\t{found}\t{marks}").trim_end());
    })
    .await
}

async fn each(db: &impl Database, mut take: impl FnMut(Listed)) -> Result<()> {
    let mut after = Id::new(0);
    loop {
        let page = db.read(Store::Main, admin::page(after, PAGE)).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.user.id;
        page.into_iter().for_each(&mut take);
    }
}

/// The one who is meant; a person before bots of the same name.
async fn find(db: &impl Database, name: &str) -> Result<Found> {
    let mut all = Vec::new();
    each(db, |it| {
        let found = Found(it.user);
        if found.is(name) {
            all.push(found);
        }
    })
    .await?;
    if let Some(person) = all.iter().position(|it| !it.0.bot) {
        return Ok(all.swap_remove(person));
    }
    if all.len() > 1 {
        let names: Vec<_> = all.iter().map(Found::to_string).collect();
        bail!("{name} may be any of {}", names.join(", "));
    }
    all.pop()
        .with_context(|| format!("there is no account named {name}"))
}

async fn person(db: &impl Database, name: &str) -> Result<Found> {
    let found = find(db, name).await?;
    ensure!(!found.0.bot, "{found} is a bot");
    Ok(found)
}

/// Makes a person: their password.
pub async fn create(db: &impl Database, username: &str, email: &str) -> Result<String> {
    let email = email.to_lowercase();
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
    let (min, max) = (USERNAME_CHARS.start(), USERNAME_CHARS.end());
    ensure!(
        username.chars().all(known) && USERNAME_CHARS.contains(&username.len()),
        "a username has {min} to {max} of a-z, 0-9, _ and ."
    );
    ensure!(email.contains('@'), "{email} is no address");
    let id = new_id()?;
    let taken = users::taken(username, "0", Some(&email), id).optional();
    let (name, address) = db.read(Store::Main, taken).await?.unwrap_or_default();
    ensure!(!name, "there is somebody named {username}");
    ensure!(!address, "somebody has the address {email}");
    let password = secret()?;
    let mut batch = Batch::main();
    batch.push(users::insert(&account(id, username, email, &password)?));
    db.write(batch).await?;
    Ok(password)
}

fn new_id() -> Result<Id<marker::User>> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).context("the system has no randomness")?;
    let now = after(std::time::Duration::ZERO)?;
    Ok(Id::generate(now, u32::from_le_bytes(random)))
}

fn account(id: Id<marker::User>, username: &str, email: String, password: &str) -> Result<Account> {
    Ok(Account {
        user: User {
            id,
            username: username.to_owned(),
            discriminator: "0".to_owned(),
            global_name: None,
            avatar: None,
            banner: None,
            accent_color: None,
            bot: false,
            public_flags: 0,
            avatar_decoration_data: None,
            collectibles: None,
            primary_guild: None,
            bio: String::new(),
            pronouns: String::new(),
            badge_ids: [],
        },
        flags: 0,
        email: Some(email),
        password_hash: Some(hash(password)?),
        premium_type: 0,
        // As for who registers: nothing here sends mail.
        verified: true,
        locale: "en-US".to_owned(),
        totp_secret: None,
        totp_last_step: 0,
        rights: 0,
        disabled: false,
    })
}

fn hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))?;
    Ok(hash.to_string())
}

/// Switches an account off, or on again.
pub async fn disable(db: &impl Database, name: &str, disabled: bool) -> Result<Found> {
    let found = find(db, name).await?;
    let batch = admin::set_disabled(found.0.id, disabled);
    match disabled {
        true => sign_out(db, found.0.id, batch, Vec::new()).await?,
        false => drop(db.write(batch).await?),
    }
    Ok(found)
}

/// Writes a batch that ends all of somebody's sessions. An instance that runs finds in its outbox
/// what it is to tell its clients: `events`, and that these sockets are closed. So that no socket
/// is left, a session that begins meanwhile has all of it begin anew.
async fn sign_out(
    db: &impl Database,
    user: Id<marker::User>,
    batch: Batch,
    events: Vec<Event>,
) -> Result<()> {
    for _ in 0..READS_MAX {
        let sessions = db.read(Store::Main, sessions::of_user(user)).await?;
        let sessions = sessions.iter().map(|session| &*session.id_hash);
        let hashes: Vec<_> = sessions.collect();
        let revoked = SessionsRevoked(hashes.iter().copied().map(Cow::Borrowed).collect());
        let mut events = events.clone();
        events.push(Event::new(Audience::Users(vec![user]), &revoked));
        let mut batch = batch.clone();
        batch
            .extend(outbox::insert(&events, now()))
            .unchanged(sessions::none_but(user, &hashes));
        match db.write(batch).await {
            Err(Rejection::Conflict) => {}
            written => return Ok(written.map(drop)?),
        }
    }
    bail!("sessions begin faster than they end: try again")
}

/// Forgets a person, who owns no guild.
pub async fn delete(db: &impl Database, name: &str) -> Result<Found> {
    let found = person(db, name).await?;
    let of = members::guild_ids_of(found.0.id);
    let guilds = db.read(Store::Main, of).await?;
    for guild in &guilds {
        let guild = db
            .read(Store::Main, guilds::by_id(*guild).optional())
            .await?;
        if let Some(guild) = guild.filter(|guild| guild.owner_id == found.0.id) {
            bail!(
                "{found} owns the guild {} ({}): it must have another owner first, or be deleted",
                guild.name,
                guild.id
            );
        }
    }
    let gone = guilds.iter().map(|guild| {
        let gone = GuildMemberRemove::new(*guild, &found.0);
        Event::new(Audience::Guild(*guild), &gone)
    });
    let batch = admin::erase(found.0.id, &guilds);
    sign_out(db, found.0.id, batch, gone.collect()).await?;
    Ok(found)
}

/// Makes somebody an operator.
pub async fn make_operator(db: &impl Database, name: &str) -> Result<Found> {
    let found = person(db, name).await?;
    db.write(admin::make_operator(found.0.id)).await?;
    Ok(found)
}

/// Gives somebody a new password, which is returned, takes their second factor away and signs
/// them out everywhere.
pub async fn reset_password(db: &impl Database, name: &str) -> Result<(Found, String)> {
    let found = person(db, name).await?;
    let password = secret()?;
    let hash = hash(&password)?;
    let batch = admin::set_password(found.0.id, &hash);
    sign_out(db, found.0.id, batch, Vec::new()).await?;
    Ok((found, password))
}

/// Signs somebody out everywhere.
pub async fn revoke_tokens(db: &impl Database, name: &str) -> Result<Found> {
    let found = find(db, name).await?;
    let batch = admin::revoke_tokens(found.0.id);
    sign_out(db, found.0.id, batch, Vec::new()).await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use model::event::EventKind;
    use store::embedded::Embedded;
    use store::{Call, Error, Outcome, Statement};

    use super::*;

    async fn run(db: &Embedded, sql: &'static str) {
        let call = Call {
            store: Store::Main,
            write: true,
            statements: vec![Statement::new(sql, Vec::new())],
            events: Vec::new(),
        };
        db.call(call).await.unwrap();
    }

    /// What an instance that runs is told.
    async fn told(db: &Embedded) -> Vec<Event> {
        let rows = db.read(Store::Main, outbox::after(0, 10)).await.unwrap();
        rows.into_iter().map(|(_, _, event)| event).collect()
    }

    async fn account_of(db: &Embedded, name: &str) -> Account {
        let id = find(db, name).await.unwrap().0.id;
        let mut found = db
            .read(Store::Main, users::account_by_id(id))
            .await
            .unwrap();
        found.remove(0)
    }

    #[tokio::test]
    async fn people_are_made_and_found_in_any_case_and_by_id() {
        let db = Embedded::memory().unwrap();
        create(&db, "ann", "Ann@example.org").await.unwrap();
        let made = account_of(&db, "ANN").await;
        assert_eq!(made.email.as_deref(), Some("ann@example.org"));
        assert!(made.password_hash.unwrap().starts_with("$argon2id$"));
        let id = made.user.id.to_string();
        assert_eq!(find(&db, &id).await.unwrap().to_string(), "ann");
        for (name, address) in [
            ("ann", "b@example.org"),
            ("bob", "ANN@example.org"),
            ("Bob", "b@example.org"),
            ("b", "b@example.org"),
            ("bob", "nowhere"),
        ] {
            assert!(
                create(&db, name, address).await.is_err(),
                "{name} {address}"
            );
        }
        let error = make_operator(&db, "bob").await.unwrap_err();
        assert!(error.to_string().contains("bob"), "{error}");
        make_operator(&db, "Ann").await.unwrap();
        assert!(account_of(&db, "ann").await.is_operator());
    }

    #[tokio::test]
    async fn a_bot_is_found_by_its_name_and_its_number() {
        let db = Embedded::memory().unwrap();
        run(
            &db,
            "INSERT INTO users (id, username, discriminator, bot) \
             VALUES (1, 'CI bot', '0007', 1), (2, 'twin', '0001', 1), (3, 'twin', '0002', 1)",
        )
        .await;
        run(
            &db,
            "INSERT INTO sessions (token_hash, id_hash, user_id, created_at, last_used_at) \
             VALUES (x'00', 'a', 1, 0, 0), (x'01', 'b', 3, 0, 0)",
        )
        .await;
        let found = revoke_tokens(&db, "ci bot").await.unwrap();
        assert_eq!(found.to_string(), "CI bot#0007");
        let error = revoke_tokens(&db, "twin").await.unwrap_err().to_string();
        assert!(error.contains("twin#0001, twin#0002"), "{error}");
        revoke_tokens(&db, "TWIN#0002").await.unwrap();
        for bot in [1, 3] {
            let left = sessions::of_user(Id::new(bot));
            assert_eq!(db.read(Store::Main, left).await.unwrap(), []);
        }
        let told = told(&db).await;
        assert_eq!(told[0].kind, EventKind::SessionsRevoked);
        assert_eq!(told[0].audience, Audience::Users(vec![Id::new(1)]));
        assert_eq!(told[0].data, "[\"a\"]");
        assert_eq!(told[1].data, "[\"b\"]");
        let error = reset_password(&db, "ci bot").await.unwrap_err();
        assert!(error.to_string().contains("is a bot"), "{error}");
    }

    /// A database to which somebody signs in before each of the first writes.
    struct Busy<'a> {
        db: &'a Embedded,
        logins: Cell<u32>,
    }

    impl Database for Busy<'_> {
        async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
            if call.write && self.logins.get() > 0 {
                self.logins.set(self.logins.get() - 1);
                let login = "INSERT INTO sessions \
                     (token_hash, id_hash, user_id, created_at, last_used_at) \
                     SELECT randomblob(8), 'login' || count(*), 1, 0, 0 FROM sessions";
                run(self.db, login).await;
            }
            self.db.call(call).await
        }
    }

    #[tokio::test]
    async fn a_concurrent_sign_in_is_signed_out_too() {
        let db = Embedded::memory().unwrap();
        run(&db, "INSERT INTO users (id, username) VALUES (1, 'ann')").await;
        let busy = |logins| Busy {
            db: &db,
            logins: Cell::new(logins),
        };
        revoke_tokens(&busy(2), "ann").await.unwrap();
        let left = sessions::of_user(Id::new(1));
        assert_eq!(db.read(Store::Main, left).await.unwrap(), []);
        let told = told(&db).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].data, "[\"login0\",\"login1\"]");
        let endless = revoke_tokens(&busy(u32::MAX), "ann").await.unwrap_err();
        assert!(endless.to_string().contains("try again"), "{endless}");
    }

    #[tokio::test]
    async fn an_account_is_switched_off_and_on() {
        let db = Embedded::memory().unwrap();
        create(&db, "ann", "ann@example.org").await.unwrap();
        disable(&db, "ann", true).await.unwrap();
        assert!(account_of(&db, "ann").await.disabled);
        assert_eq!(told(&db).await.len(), 1);
        disable(&db, "ann", false).await.unwrap();
        assert_eq!(told(&db).await.len(), 1, "nobody is signed out");
        assert!(!account_of(&db, "ann").await.disabled);
    }

    #[tokio::test]
    async fn deleted_accounts_leave_a_blank_name() {
        let db = Embedded::memory().unwrap();
        for name in ["ann", "bob"] {
            let address = format!("{name}@example.org");
            create(&db, name, &address).await.unwrap();
        }
        run(
            &db,
            "INSERT INTO guilds (id, name, owner_id, member_count) \
             SELECT 5, 'ours', id, 2 FROM users WHERE username = 'bob'",
        )
        .await;
        run(
            &db,
            "INSERT INTO members (guild_id, user_id, joined_at, last_active_at) \
             SELECT 5, id, 0, 0 FROM users",
        )
        .await;
        let error = delete(&db, "bob").await.unwrap_err().to_string();
        assert!(error.contains("owns the guild ours"), "{error}");
        let id = find(&db, "ann").await.unwrap().0.id;
        delete(&db, "ann").await.unwrap();
        let gone = account_of(&db, &id.to_string()).await;
        assert_eq!(gone.user.username, format!("deleted_user_{id}"));
        assert!(gone.disabled && gone.email.is_none() && gone.password_hash.is_none());
        let count = guilds::member_count(Id::new(5));
        assert_eq!(db.read(Store::Main, count).await.unwrap(), [1]);
        assert!(find(&db, "ann").await.is_err());
        let told: Vec<_> = told(&db).await.into_iter().map(|it| it.kind).collect();
        let expected = [EventKind::GuildMemberRemove, EventKind::SessionsRevoked];
        assert_eq!(told, expected);
    }
}
