//! Tries of passwords and codes: how many are judged.
//!
//! A try is counted in the store before it is judged, so of many at once no more are judged than
//! one after the other. They are counted for the account, however many addresses they come from;
//! but those of strangers apart from those of who has a session, so that strangers who use up
//! theirs keep nobody out who is known.

use std::net::IpAddr;

use runtime::prelude::*;
use runtime::{address, password};
use sha2::{Digest, Sha256};
use store::Rejection;
use store::attempts::{self, Bounds};

/// What is tried.
#[derive(Debug, Clone, Copy)]
pub enum Secret<'a> {
    /// The password of an account.
    Password(Id<marker::User>),
    /// A password for a name that no account has. It is counted as if one had: who tries does not
    /// learn which names there are.
    NobodysPassword(&'a str),
    /// The second factor of an account, by who has a session already.
    Code(Id<marker::User>),
}

/// Who tries it.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The user of the session with this public name.
    Session(&'a str),
    /// Whoever is at this address, from which somebody with a session of the account came too.
    Known(Option<IpAddr>),
    /// All callers at this address.
    Stranger(Option<IpAddr>),
}

/// Tries of a password. Those of strangers leave room for a person who mistypes, at an address that
/// many may share, and for 4,800 guesses a day from all addresses of the world.
const PASSWORDS: Bounds = Bounds {
    per_source: 10,
    together: 50,
    window_ms: 15 * 60 * 1000,
};
/// Tries of the second factor: of a million codes, three are right at a time.
const CODES: Bounds = Bounds {
    per_source: 5,
    together: 15,
    window_ms: 5 * 60 * 1000,
};

/// A try that was counted. One that was right is taken back.
#[derive(Debug)]
#[must_use = "a right try is taken back"]
pub struct Attempt(attempts::Attempt);

impl Attempt {
    /// Counts a try that is about to be judged.
    ///
    /// # Errors
    /// [`Code::RateLimited`] when there were too many.
    pub async fn count(cx: &Cx, secret: Secret<'_>, source: Source<'_>) -> Result<Self> {
        let attempt = attempts::Attempt {
            subject: secret.hash(),
            source: source.hash(),
            known: !matches!(source, Source::Stranger(_)),
        };
        let bounds = match secret {
            Secret::Code(_) => CODES,
            Secret::Password(_) | Secret::NobodysPassword(_) => PASSWORDS,
        };
        let mut batch = Batch::main();
        attempts::count(&mut batch, &attempt, &bounds, cx.now());
        match cx.write(batch).await {
            Err(Rejection::Code(code @ Code::RateLimited)) => {
                let until = cx.read(attempts::next_expiry(&attempt)).await?;
                let until = until.into_iter().flatten().next().unwrap_or(cx.now());
                Err(Error::RateLimited { code, until })
            }
            written => {
                written?;
                Ok(Self(attempt))
            }
        }
    }

    /// Takes the try back: it was right.
    pub fn was_right(self, batch: &mut Batch) {
        batch.push(attempts::take_back(&self.0));
    }
}

impl Secret<'_> {
    fn hash(self) -> Vec<u8> {
        match self {
            Self::Password(id) => hash(&[b"password", &id.get().to_be_bytes()]),
            Self::NobodysPassword(name) => hash(&[b"nobody", name.as_bytes()]),
            Self::Code(id) => hash(&[b"code", &id.get().to_be_bytes()]),
        }
    }
}

impl Source<'_> {
    fn hash(self) -> Vec<u8> {
        match self {
            Self::Session(name) => hash(&[b"session", name.as_bytes()]),
            Self::Known(client) | Self::Stranger(client) => {
                let network = client.map(address::network).map(|it| it.to_string());
                hash(&[b"network", network.unwrap_or_default().as_bytes()])
            }
        }
    }
}

fn hash(texts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().to_vec()
}

/// Requires the caller's password at the field `password`.
///
/// # Errors
/// Code 50035 when it is wrong, [`Code::RateLimited`] after too many of those.
pub async fn require_password(cx: &Cx, caller: &Caller, password: &str) -> Result<()> {
    let (secret, source) = (
        Secret::Password(caller.id()),
        Source::Session(&caller.session),
    );
    let attempt = Attempt::count(cx, secret, source).await?;
    password::require(password, caller.account.password_hash.as_deref())?;
    let mut batch = Batch::main();
    attempt.was_right(&mut batch);
    cx.write(batch).await?;
    Ok(())
}
