//! Backup codes.
//!
//! See [Userdoccers/Get Backup Codes](https://docs.discord.food/resources/user#get-backup-codes);
//! this is the form of it that asks for the password and sends no mail.

use actions::attempts;
use runtime::password::PASSWORD_CHARS_MAX;
use runtime::prelude::*;
use serde::Serialize;
use store::backup_codes;

use crate::second_factor::{self, BackupCode};

function! {
    "/users/@me/mfa/codes"
    POST view_backup_codes, 5 per 30_000 ms
    uses passwords
}

struct ViewBackupCodes {
    password: String,
    regenerate: bool,
}

impl Form for ViewBackupCodes {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            password: fields.required_text("password", 1..=PASSWORD_CHARS_MAX),
            regenerate: fields.get("regenerate").unwrap_or_default(),
        }
    }
}

/// Backup codes of a user.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct BackupCodes {
    backup_codes: Vec<BackupCode>,
}

/// The caller's backup codes, or new ones in their place.
async fn view_backup_codes(
    cx: &Cx,
    Human(caller): Human,
    Body(form): Body<ViewBackupCodes>,
) -> Result<Json<BackupCodes>> {
    attempts::require_password(cx, &caller, &form.password).await?;
    if caller.account.totp_secret.is_none() {
        return Err(Code::MfaNotEnabled.into());
    }
    let backup_codes = if form.regenerate {
        let mut batch = Batch::main();
        let codes = second_factor::renew_backup_codes(cx, &mut batch, caller.id());
        cx.write(batch).await?;
        second_factor::listed_as_new(caller.id(), codes)
    } else {
        let codes = cx.read(backup_codes::of_user(caller.id())).await?;
        second_factor::listed(caller.id(), codes)
    };
    Ok(Json(BackupCodes { backup_codes }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::totp_enable;
    use crate::totp_enable::tests::{SECRET, alice};
    use actions::totp::shown;

    #[test]
    fn they_are_shown_and_replaced_for_the_password() {
        let app = App::new();
        let path = "/users/@me/mfa/codes";
        let alice = alice(&app);
        let view = json!({ "password": "correct horse" });
        alice
            .post(&FUNCTION, path, view.clone())
            .is(Code::MfaNotEnabled);
        let code = shown(SECRET, app.now());
        let body = json!({ "password": "correct horse", "secret": SECRET, "code": code });
        let enable = "/users/@me/mfa/totp/enable";
        let answer = alice.post(&totp_enable::FUNCTION, enable, body).ok();
        let alice = app.holding(answer["token"].as_str().unwrap());

        let wrong = alice.post(&FUNCTION, path, json!({ "password": "wrong" }));
        assert_eq!(wrong.field_error(&["password"]), "PASSWORD_DOES_NOT_MATCH");
        let shown = alice.post(&FUNCTION, path, view.clone()).ok();
        assert_eq!(shown["backup_codes"].as_array().unwrap().len(), 10);
        let renew = json!({ "password": "correct horse", "regenerate": true });
        let renewed = alice.post(&FUNCTION, path, renew).ok();
        assert_ne!(shown, renewed);
        assert_eq!(
            alice.post(&FUNCTION, path, view).ok()["backup_codes"][0]["consumed"],
            false
        );
    }
}
