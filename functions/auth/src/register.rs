//! Registration.
//!
//! See [Userdoccers/Register Account](https://docs.discord.food/authentication#register-account).

mod admission;

use actions::account_fields::{self, Email, Username, check_free};
use actions::sessions::{self, Client};
use model::User;
use runtime::password::{self, PASSWORD_CHARS_MAX};
use runtime::prelude::*;
use serde::Serialize;
use store::Rejection;
use store::users::{self, Account};

use crate::secret;
use admission::Admission;

function! {
    "/auth/register"
    POST register, 5 per 60_000 ms
    uses passwords
}

/// Characters of an invite's code or a ticket.
const INVITE_CHARS_MAX: usize = 128;
/// What the batch fails with when somebody took the name or the address a moment ago.
const TAKEN: Code = Code::InvalidFormBody;

struct Register {
    username: Option<String>,
    global_name: Option<String>,
    email: String,
    password: String,
    invite: Option<String>,
    /// The ticket of the link that the host prints for the first administrator: an extension.
    claim: Option<String>,
    date_of_birth: Option<String>,
}

impl Form for Register {
    fn read(fields: &mut Fields<'_>) -> Self {
        let global_name = account_fields::global_name(fields).flatten();
        // A display name alone brings a generated username.
        let username = match global_name {
            Some(_) => fields.get::<Username>("username"),
            None => Some(fields.required::<Username>("username")),
        };
        Self {
            username: username.map(|name| name.0),
            global_name,
            email: fields.required::<Email>("email").0,
            password: fields.required_text("password", 1..=PASSWORD_CHARS_MAX),
            invite: fields
                .text("invite", 0..=INVITE_CHARS_MAX)
                .filter(|code| !code.is_empty()),
            claim: fields.text("claim", 1..=INVITE_CHARS_MAX),
            date_of_birth: date(fields, "date_of_birth"),
        }
    }
}

/// A date, `YYYY-MM-DD`, with which a time may stand.
fn date(fields: &mut Fields<'_>, name: &str) -> Option<String> {
    let text: String = fields.get(name)?;
    let date = text.split('T').next().unwrap_or_default().to_owned();
    if Timestamp::parse(&format!("{date}T00:00:00Z")).is_some() {
        return Some(date);
    }
    fields.error(
        name,
        "DATE_TYPE_PARSE",
        "Could not interpret value as ISO8601 date.",
    );
    None
}

/// The answer to a registration.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Registered {
    token: String,
}

/// Makes an account and its first session.
async fn register(
    cx: &Cx,
    _: Anyone,
    client: Client,
    Body(form): Body<Register>,
) -> Result<Json<Registered>> {
    password::check_new(cx, "password", &form.password)?;
    let admission = match &form.claim {
        Some(ticket) => Admission::of_operator(cx, ticket).await?,
        None => Admission::of(cx, form.invite.as_deref()).await?,
    };
    let account = account(cx, &form);
    check_free(cx, &account).await?;
    let account = Account {
        password_hash: Some(password::hash(cx, &form.password)?),
        ..account
    };

    let mut batch = Batch::main();
    batch.push_or(users::insert(&account), TAKEN);
    if let Some(date) = &form.date_of_birth {
        batch.push(users::set_date_of_birth(account.user.id, date));
    }
    let greeting = admission.spend(cx, &mut batch, &account.user);
    let token = sessions::begin(cx, &mut batch, account.user.id, client);
    match cx.write(batch).await {
        Err(Rejection::Code(TAKEN)) => {
            check_free(cx, &account).await?;
            Err(Code::Overloaded.into())
        }
        Err(rejection) => Err(rejection.into()),
        Ok(_) => {
            if let Some(greeting) = greeting {
                greeting.say(cx).await;
            }
            let token = token.reveal().to_owned();
            Ok(Json(Registered { token }))
        }
    }
}

/// The account, still without a password.
fn account(cx: &Cx, form: &Register) -> Account {
    let username = form.username.clone();
    let user = User {
        id: cx.id(),
        username: username.unwrap_or_else(|| format!("user_{}", secret::code::<10>(cx))),
        discriminator: "0".to_owned(),
        global_name: form.global_name.clone(),
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
    };
    Account {
        user,
        flags: 0,
        email: Some(form.email.clone()),
        password_hash: None,
        premium_type: 0,
        // Nothing here sends mail, and an address that cannot be verified must not shut people out
        // of guilds that ask for it.
        verified: true,
        locale: "en-US".to_owned(),
        totp_secret: None,
        totp_last_step: 0,
        rights: 0,
        disabled: false,
    }
}

#[cfg(test)]
mod tests;
