//! Login.
//!
//! See [Userdoccers/Login Account](https://docs.discord.food/authentication#login-account).

use actions::attempts::{Attempt, Secret, Source};
use actions::sessions::{self, Client};
use runtime::password::{self, PASSWORD_CHARS_MAX};
use runtime::prelude::*;
use runtime::{address, token};
use serde::Serialize;
use store::Rejection;
use store::tickets::{self, Kind, Ticket};
use store::users::{self, Account};

use crate::answers::{self, LoggedIn};
use crate::secret;

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
            login: fields.required_name("login", 1..=LOGIN_CHARS_MAX),
            password: fields.required_text("password", 1..=PASSWORD_CHARS_MAX),
        }
    }
}

/// The answer to a login with the right password.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(untagged)]
enum LoginAnswer {
    LoggedIn(Box<LoggedIn>),
    SecondFactor(SecondFactorWanted),
}

/// What a login is answered that a second factor must follow.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct SecondFactorWanted {
    user_id: Id<marker::User>,
    mfa: bool,
    ticket: String,
    /// Not before the second factor.
    token: Option<String>,
    totp: bool,
    sms: bool,
    backup: bool,
    /// There are no security keys here.
    webauthn: Option<String>,
}

/// Gives a token for a name or an email address and a password, or a ticket for the second factor.
async fn login(
    cx: &Cx,
    _: Anyone,
    client: Client,
    Body(form): Body<Login>,
) -> Result<Json<LoginAnswer>> {
    let login = form.login.to_lowercase();
    let found = match login.contains('@') {
        true => users::account_by_email(&login),
        false => users::account_by_username(&login),
    };
    let found = cx.read(found.optional()).await?;
    let attempt = count(cx, &login, found.as_ref(), &client).await?;
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
    let mut batch = Batch::main();
    attempt.was_right(&mut batch);
    if account.totp_secret.is_some() {
        let wanted = ask_for_second_factor(cx, batch, &account).await?;
        return Ok(Json(LoginAnswer::SecondFactor(wanted)));
    }
    let token = sessions::begin(cx, &mut batch, account.user.id, client);
    cx.write(batch).await?;
    let logged_in = answers::logged_in(cx, &account, &token).await?;
    Ok(Json(LoginAnswer::LoggedIn(Box::new(logged_in))))
}

/// Counts the try of a password. Of an account's own addresses it does not count with those of all
/// others.
async fn count(
    cx: &Cx,
    login: &str,
    account: Option<&Account>,
    client: &Client,
) -> Result<Attempt> {
    let client = client.ip.as_deref().and_then(address::parse);
    let Some(account) = account else {
        let nobodys = Secret::NobodysPassword(login);
        return Attempt::count(cx, nobodys, Source::Stranger(client)).await;
    };
    let id = account.user.id;
    let addresses = cx.read(store::sessions::addresses_of(id)).await?;
    let mut networks = addresses
        .iter()
        .filter_map(|it| address::parse(it))
        .map(address::network);
    let source = match client.map(address::network) {
        Some(own) if networks.any(|it| it == own) => Source::Known(client),
        _ => Source::Stranger(client),
    };
    Attempt::count(cx, Secret::Password(id), source).await
}

async fn ask_for_second_factor(
    cx: &Cx,
    mut batch: Batch,
    account: &Account,
) -> Result<SecondFactorWanted> {
    let (id, now) = (account.user.id, cx.now());
    let text = secret::ticket(cx);
    let expires_at = now.plus_millis(TICKET_MS);
    batch.push(tickets::delete_expired(now));
    let few = tickets::fewer_than(id, Kind::Mfa, now, TICKETS_PER_USER_MAX);
    batch.require(few, Code::RateLimited);
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
    Ok(SecondFactorWanted {
        user_id: id,
        mfa: true,
        ticket: text,
        token: None,
        totp: true,
        sms: false,
        backup: true,
        webauthn: None,
    })
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

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
            assert_eq!(answer["settings"]["theme"], "dark");
            assert_eq!(answer["settings"]["status"], "online");
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

    fn try_from(app: &App, address: &str, password: &str) -> runtime::testing::Answer {
        let body = json!({ "login": "alice", "password": password });
        let headers = [("x-forwarded-for", address)];
        let (method, path) = (http::Method::POST, "/auth/login");
        app.nobody()
            .send(&FUNCTION, method, path, Some(body), &headers)
    }

    #[test]
    fn strangers_guess_seldom_from_all_addresses_and_keep_nobody_out() {
        let app = with_alice();
        try_from(&app, "2001:db8:1:1::1", "correct horse").ok();
        let mut judged = 0;
        for number in 0..60 {
            let answer = try_from(&app, &format!("203.0.113.{number}"), "wrong");
            judged += u32::from(answer.status == 400);
        }
        assert_eq!(judged, 50);
        let refused = try_from(&app, "198.51.100.1", "correct horse");
        refused.is(Code::RateLimited);
        assert_eq!(refused.headers["retry-after"], "900");
        // From the network of a session it goes on.
        try_from(&app, "2001:db8:1:1:2::3", "wrong");
        try_from(&app, "2001:db8:1:1:2::3", "correct horse").ok();
        app.advance(15 * 60 * 1000);
        try_from(&app, "198.51.100.1", "correct horse").ok();
    }

    #[test]
    fn an_address_guesses_seldom_whether_the_account_exists_or_not() {
        for login in ["alice", "nobody"] {
            let app = with_alice();
            let answers = (0..12).map(|_| try_login(&app, login, "wrong").status);
            let mut expected = [400; 12];
            expected[10..].fill(429);
            assert_eq!(answers.collect::<Vec<_>>(), expected, "{login}");
        }
    }

    #[test]
    fn right_passwords_do_not_count() {
        let app = with_alice();
        for _ in 0..12 {
            try_login(&app, "alice", "correct horse").ok();
        }
    }

    #[test]
    fn bots_have_no_password_to_log_in_with() {
        let app = App::new();
        app.bot("robot");
        let answer = try_login(&app, "robot", "correct horse");
        assert_eq!(answer.field_error(&["login"]), "INVALID_LOGIN");
    }

    #[test]
    fn missing_fields_are_named() {
        let app = App::new();
        let answer = app
            .nobody()
            .post(&FUNCTION, "/auth/login", json!({ "login": "a" }));
        assert_eq!(answer.field_error(&["password"]), "BASE_TYPE_REQUIRED");
    }
}
