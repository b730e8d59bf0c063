//! Turning two-factor authentication on.
//!
//! See [Userdoccers/Enable TOTP MFA](https://docs.discord.food/resources/user#enable-totp-mfa).

use actions::{attempts, sessions, totp};
use runtime::password::PASSWORD_CHARS_MAX;
use runtime::prelude::*;
use serde::Serialize;
use store::users;

use crate::answers;
use crate::second_factor::{self, BackupCode};

function! {
    "/users/@me/mfa/totp/enable"
    POST enable_totp, 5 per 30_000 ms
    uses passwords
}

struct EnableTotp {
    password: String,
    secret: Option<String>,
    code: Option<String>,
}

impl Form for EnableTotp {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            password: fields.required_text("password", 1..=PASSWORD_CHARS_MAX),
            secret: fields.get("secret"),
            code: fields.get("code"),
        }
    }
}

/// The token in place of the one that was, and new backup codes.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct TotpEnabled {
    token: String,
    backup_codes: Vec<BackupCode>,
}

/// Turns it on with a secret that the client made and a code that proves that the app has it.
/// Clients ask without a secret first: a right password is then answered with code 60005.
async fn enable_totp(
    cx: &Cx,
    Human(caller): Human,
    Body(form): Body<EnableTotp>,
) -> Result<Json<TotpEnabled>> {
    let mut account = caller.account.clone();
    if account.totp_secret.is_some() {
        return Err(Code::MfaAlreadyEnabled.into());
    }
    attempts::require_password(cx, &caller, &form.password).await?;
    let secret = form.secret.as_deref().and_then(totp::normalized);
    let secret = secret.ok_or(Code::InvalidMfaSecret)?;
    let code: String = form.code.unwrap_or_default().split_whitespace().collect();
    let step = totp::step_of(&secret, &code, cx.now()).ok_or(Code::InvalidMfaCode)?;

    let mut batch = Batch::main();
    batch.push(users::set_totp(caller.id(), Some(&secret)));
    batch.push(users::use_totp_step(caller.id(), step));
    let codes = second_factor::renew_backup_codes(cx, &mut batch, caller.id());
    let token = sessions::rotate(cx, &mut batch, &caller);
    account.totp_secret = Some(secret);
    answers::emit_user_update(&mut batch, &account);
    cx.write(batch).await?;
    Ok(Json(TotpEnabled {
        token: token.reveal().to_owned(),
        backup_codes: second_factor::listed_as_new(caller.id(), codes),
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    use runtime::testing::{Actor, Answer, App};
    use serde_json::json;

    use super::*;
    use crate::register;
    use totp::shown;

    /// The secret of the tests of this crate.
    pub const SECRET: &str = "JBSWY3DPEHPK3PXP";

    /// Somebody with a password.
    pub fn alice(app: &App) -> Actor<'_> {
        let alice = json!({
            "username": "alice",
            "email": "alice@example.org",
            "password": "correct horse",
        });
        let answer = app
            .nobody()
            .post(&register::FUNCTION, "/auth/register", alice)
            .ok();
        app.events();
        app.holding(answer["token"].as_str().unwrap())
    }

    fn enable(alice: &Actor<'_>, password: &str, secret: Option<&str>, code: &str) -> Answer {
        let body = json!({ "password": password, "secret": secret, "code": code });
        alice.post(&FUNCTION, "/users/@me/mfa/totp/enable", body)
    }

    #[test]
    fn it_answers_a_new_token_and_ten_backup_codes() {
        let app = App::new();
        let alice = alice(&app);
        let code = shown(SECRET, app.now());
        let answer = enable(&alice, "correct horse", Some("jbsw y3dp ehpk 3pxp"), &code).ok();
        let codes = answer["backup_codes"].as_array().unwrap();
        assert_eq!((codes.len(), &codes[0]["consumed"]), (10, &json!(false)));
        let update = app.emitted(EventKind::UserUpdate);
        assert!(
            update.data.contains(r#""mfa_enabled":true"#),
            "{}",
            update.data
        );
        // The old token is no longer good, the session is still the same.
        enable(&alice, "correct horse", None, "").is(Code::Unauthorized);
        let alice = app.holding(answer["token"].as_str().unwrap());
        enable(&alice, "correct horse", None, "").is(Code::MfaAlreadyEnabled);
        assert_eq!(
            app.read(store::Store::Main, store::sessions::of_user(alice.id))
                .len(),
            1
        );
    }

    #[test]
    fn the_password_comes_first_then_the_secret_then_the_code() {
        let app = App::new();
        let alice = alice(&app);
        let wrong = enable(&alice, "wrong horse", None, "");
        assert_eq!(wrong.field_error(&["password"]), "PASSWORD_DOES_NOT_MATCH");
        enable(&alice, "correct horse", None, "").is(Code::InvalidMfaSecret);
        enable(&alice, "correct horse", Some("short"), "").is(Code::InvalidMfaSecret);
        enable(&alice, "correct horse", Some(SECRET), "000000").is(Code::InvalidMfaCode);
    }
}
