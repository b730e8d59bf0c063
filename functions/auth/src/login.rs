//! Login.
//!
//! See [Userdoccers/Login Account](https://docs.discord.food/authentication#login-account).

use actions::sessions::{self, Client};
use runtime::password::{self, PASSWORD_CHARS_MAX};
use runtime::prelude::*;
use runtime::token;
use serde_json::{Value, json};
use store::Rejection;
use store::tickets::{self, Kind, Ticket};
use store::users::{self, Account};

use crate::{answers, secret};

function! {
    "/auth/login"
    POST login, 5 per 30_000 ms
    uses passwords
}

/// Milliseconds in which the second factor must follow.
const TICKET_MS: i64 = 5 * 60 * 1000;
/// Codes that may be tried with one ticket.
const TICKET_ATTEMPTS: u32 = 5;
/// Tickets of one account at a time, used up ones included. With the attempts it bounds how many
/// codes somebody who knows the password can try, from however many addresses.
const TICKETS_PER_USER_MAX: u32 = 10;
/// Characters of a name or an email address.
const LOGIN_CHARS_MAX: usize = 254;

struct Login {
    login: String,
    password: String,
}

impl Form for Login {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            login: fields.required_text("login", 1..=LOGIN_CHARS_MAX),
            password: fields.required_text("password", 1..=PASSWORD_CHARS_MAX),
        }
    }
}

/// Gives a token for a name or an email address and a password, or a ticket for the second factor.
async fn login(cx: &Cx, _: Anyone, client: Client, Body(form): Body<Login>) -> Result<Json<Value>> {
    let login = form.login.trim().to_lowercase();
    let found = match login.contains('@') {
        true => users::account_by_email(&login),
        false => users::account_by_username(&login),
    };
    let found = cx.read(found.optional()).await?;
    let hash = found
        .as_ref()
        .and_then(|account| account.password_hash.as_deref());
    if !password::verify(&form.password, hash) {
        return Err(answers::invalid_login());
    }
    let account = found.ok_or_else(answers::invalid_login)?;
    if account.disabled {
        return Err(Code::AccountDisabled.into());
    }
    if account.totp_secret.is_some() {
        return ask_for_second_factor(cx, &account).await.map(Json);
    }
    let mut batch = Batch::main();
    let token = sessions::begin(cx, &mut batch, account.user.id, client);
    cx.write(batch).await?;
    answers::logged_in(cx, &account, &token).await.map(Json)
}

async fn ask_for_second_factor(cx: &Cx, account: &Account) -> Result<Value> {
    let (id, now) = (account.user.id, cx.now());
    let text = secret::ticket(cx);
    let expires_at = now.plus_millis(TICKET_MS);
    let mut batch = Batch::main();
    batch.push(tickets::delete_expired(now));
    let few = tickets::fewer_than(id, Kind::Mfa, now, TICKETS_PER_USER_MAX);
    batch.guard(few, Code::RateLimited);
    batch.push(tickets::insert(&Ticket {
        hash: token::hash(&text),
        kind: Kind::Mfa,
        user_id: Some(id),
        expires_at,
        uses: TICKET_ATTEMPTS,
    }));
    match cx.write(batch).await {
        Err(Rejection::Code(code @ Code::RateLimited)) => {
            return Err(Error::RateLimited {
                code,
                until: expires_at,
            });
        }
        written => written?,
    };
    Ok(json!({
        "user_id": id,
        "mfa": true,
        "ticket": text,
        "token": null,
        "totp": true,
        "sms": false,
        "backup": true,
        "webauthn": null,
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;
    use crate::register;

    fn with_alice() -> App {
        let app = App::new();
        let alice = json!({
            "username": "alice",
            "email": "Alice@Example.org",
            "password": "correct horse",
        });
        app.nobody()
            .post(&register::FUNCTION, "/auth/register", alice)
            .ok();
        app
    }

    fn try_login(app: &App, login: &str, password: &str) -> runtime::testing::Answer {
        let body = json!({ "login": login, "password": password });
        app.nobody().post(&FUNCTION, "/auth/login", body)
    }

    #[test]
    fn a_name_or_an_address_in_any_case_logs_in() {
        let app = with_alice();
        for login in ["alice", " Alice ", "alice@example.org", "ALICE@example.ORG"] {
            let answer = try_login(&app, login, "correct horse").ok();
            assert_eq!(answer["token"].as_str().unwrap().split('.').count(), 3);
            assert_eq!(answer["user_settings"]["theme"], "dark");
        }
    }

    #[test]
    fn a_wrong_password_and_an_unknown_name_answer_the_same() {
        let app = with_alice();
        let wrong = try_login(&app, "alice", "correct house");
        let unknown = try_login(&app, "bob", "correct horse");
        assert_eq!(wrong.field_error(&["login"]), "INVALID_LOGIN");
        assert_eq!(wrong.field_error(&["password"]), "INVALID_LOGIN");
        assert_eq!(wrong.body, unknown.body);
    }

    #[test]
    fn bots_have_no_password_to_log_in_with() {
        let app = App::new();
        app.bot("robot");
        let answer = try_login(&app, "robot", "correct horse");
        assert_eq!(answer.field_error(&["login"]), "INVALID_LOGIN");
    }

    #[test]
    fn what_is_missing_is_named() {
        let app = App::new();
        let answer = app
            .nobody()
            .post(&FUNCTION, "/auth/login", json!({ "login": "a" }));
        assert_eq!(answer.field_error(&["password"]), "BASE_TYPE_REQUIRED");
    }
}
