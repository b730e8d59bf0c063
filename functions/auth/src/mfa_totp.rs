//! The second half of a login.
//!
//! See [Userdoccers/Verify MFA Login](https://docs.discord.food/authentication#verify-mfa-login).

use actions::second_factor;
use actions::sessions::{self, Client};
use runtime::prelude::*;
use runtime::token;
use store::tickets::{self, Kind};
use store::users;

use crate::answers::{self, LoggedIn};

function! {
    "/auth/mfa/totp"
    POST verify_mfa_login, 5 per 30_000 ms
}

struct VerifyMfaLogin {
    ticket: String,
    code: String,
}

impl Form for VerifyMfaLogin {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            ticket: fields.required_text("ticket", 1..=128),
            code: fields.required_text("code", 1..=32),
        }
    }
}

/// Gives a token for a login's ticket and a code of the app, or a backup code.
async fn verify_mfa_login(
    cx: &Cx,
    _: Anyone,
    client: Client,
    Body(form): Body<VerifyMfaLogin>,
) -> Result<Json<LoggedIn>> {
    let (ticket, now) = (token::hash(&form.ticket), cx.now());
    let holder = cx
        .read(tickets::holder(&ticket, Kind::Mfa, now).optional())
        .await?;
    let holder = holder.flatten().ok_or(Code::InvalidMfaTicket)?;
    let account = cx.read(users::account_by_id(holder).optional()).await?;
    let account = account
        .filter(|account| !account.disabled)
        .ok_or(Code::InvalidMfaTicket)?;

    // The attempt is spent before the code is judged: of many codes tried at once, no more are
    // judged than the ticket has attempts.
    let mut attempt = Batch::main();
    let spend = tickets::spend(&ticket, Kind::Mfa, now);
    attempt.require_change(spend, Code::InvalidMfaTicket);
    cx.write(attempt).await?;
    let mut batch = Batch::main();
    batch.require_change(tickets::end(&ticket, Kind::Mfa), Code::InvalidMfaTicket);
    if !second_factor::accept(&mut batch, &account, &form.code, now) {
        return Err(Code::InvalidMfaCode.into());
    }
    let token = sessions::begin(cx, &mut batch, holder, client);
    cx.write(batch).await?;
    answers::logged_in(cx, &account, &token).await.map(Json)
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Answer, App};
    use serde_json::{Value, json};

    use super::*;
    use crate::{login, register, totp_enable};
    use actions::totp::shown;

    const SECRET: &str = "JBSWY3DPEHPK3PXP";

    /// An account with a second factor, and its first backup code.
    fn with_alice() -> (App, String) {
        let app = App::new();
        let alice = json!({
            "username": "alice",
            "email": "alice@example.org",
            "password": "correct horse",
        });
        let answer = app
            .nobody()
            .post(&register::FUNCTION, "/auth/register", alice)
            .ok();
        let body = json!({
            "password": "correct horse",
            "secret": SECRET,
            "code": shown(SECRET, app.now()),
        });
        let alice = app.holding(answer["token"].as_str().unwrap());
        let path = "/users/@me/mfa/totp/enable";
        let codes = alice.post(&totp_enable::FUNCTION, path, body).ok();
        app.advance(60_000);
        (
            app,
            codes["backup_codes"][0]["code"]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    }

    fn ticket(app: &App) -> String {
        let body = json!({ "login": "alice", "password": "correct horse" });
        let answer = app
            .nobody()
            .post(&login::FUNCTION, "/auth/login", body)
            .ok();
        assert_eq!(
            (&answer["mfa"], &answer["token"]),
            (&json!(true), &Value::Null)
        );
        answer["ticket"].as_str().unwrap().to_owned()
    }

    fn verify(app: &App, ticket: &str, code: &str) -> Answer {
        let body = json!({ "ticket": ticket, "code": code });
        app.nobody().post(&FUNCTION, "/auth/mfa/totp", body)
    }

    #[test]
    fn a_code_of_the_app_completes_the_login_once() {
        let (app, _) = with_alice();
        let (first, second) = (ticket(&app), ticket(&app));
        let code = shown(SECRET, app.now());
        assert!(verify(&app, &first, &code).ok()["token"].is_string());
        verify(&app, &first, &code).is(Code::InvalidMfaTicket);
        verify(&app, &second, &code).is(Code::InvalidMfaCode);
    }

    #[test]
    fn a_backup_code_works_once_however_it_is_written() {
        let (app, code) = with_alice();
        let written = format!("{} - {}", &code[..4], code[4..].to_uppercase());
        assert!(verify(&app, &ticket(&app), &written).ok()["token"].is_string());
        verify(&app, &ticket(&app), &code).is(Code::InvalidMfaCode);
    }

    #[test]
    fn a_ticket_bears_five_attempts() {
        let (app, _) = with_alice();
        let ticket = ticket(&app);
        for wrong in ["000000", "1", "aaaaaaaa", "000001", "000002"] {
            verify(&app, &ticket, wrong).is(Code::InvalidMfaCode);
        }
        verify(&app, &ticket, &shown(SECRET, app.now())).is(Code::InvalidMfaTicket);
    }

    #[test]
    fn of_codes_that_are_tried_at_once_no_more_are_judged() {
        let (app, _) = with_alice();
        let ticket = ticket(&app);
        let judged = std::thread::scope(|scope| {
            let (app, ticket) = (&app, &ticket);
            let codes = (0..8).map(|number| format!("00000{number}"));
            let tries: Vec<_> = codes
                .map(|code| scope.spawn(move || verify(app, ticket, &code)))
                .collect();
            let answers = tries.into_iter().map(|it| it.join().unwrap());
            let invalid = json!(Code::InvalidMfaCode.number());
            answers
                .filter(|it| {
                    let body: Value = serde_json::from_slice(&it.body).unwrap();
                    body["code"] == invalid
                })
                .count()
        });
        assert_eq!(judged, 5);
    }

    #[test]
    fn a_ticket_lasts_five_minutes() {
        let (app, _) = with_alice();
        let ticket = ticket(&app);
        app.advance(5 * 60 * 1000);
        verify(&app, &ticket, &shown(SECRET, app.now())).is(Code::InvalidMfaTicket);
    }

    #[test]
    fn an_account_has_few_tickets_at_a_time() {
        let (app, _) = with_alice();
        for _ in 0..10 {
            ticket(&app);
        }
        let body = json!({ "login": "alice", "password": "correct horse" });
        let answer = app.nobody().post(&login::FUNCTION, "/auth/login", body);
        answer.is(Code::RateLimited);
        assert_eq!(answer.headers["retry-after"], "300");
        assert!(answer.headers.contains_key("via"));
    }

    #[test]
    fn missing_fields_are_named() {
        let answer = App::new()
            .nobody()
            .post(&FUNCTION, "/auth/mfa/totp", json!({}));
        assert_eq!(answer.field_error(&["ticket"]), "BASE_TYPE_REQUIRED");
        assert_eq!(answer.field_error(&["code"]), "BASE_TYPE_REQUIRED");
    }
}
