//! Turning two-factor authentication off.
//!
//! See [Userdoccers/Disable TOTP MFA](https://docs.discord.food/resources/user#disable-totp-mfa).

use actions::second_factor::Proof;
use actions::sessions;
use runtime::prelude::*;
use serde::Serialize;
use store::{backup_codes, users};

use crate::answers;

function! {
    "/users/@me/mfa/totp/disable"
    POST disable_totp, 5 per 300_000 ms
}

/// The token in place of the one that was.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct TotpDisabled {
    token: String,
}

/// Turns it off for a code of the app, or a backup code.
async fn disable_totp(
    cx: &Cx,
    Human(caller): Human,
    Body(proof): Body<Proof>,
) -> Result<Json<TotpDisabled>> {
    let mut account = caller.account.clone();
    if account.totp_secret.is_none() {
        return Err(Code::MfaNotEnabled.into());
    }
    let mut batch = Batch::main();
    proof.require(cx, &mut batch, &caller).await?;
    batch.push(users::set_totp(caller.id(), None));
    backup_codes::replace(&mut batch, caller.id(), &[]);
    let token = sessions::rotate(cx, &mut batch, &caller);
    account.totp_secret = None;
    answers::emit_user_update(&mut batch, &account);
    cx.write(batch).await?;
    let token = token.reveal().to_owned();
    Ok(Json(TotpDisabled { token }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, App, block_on};
    use serde_json::json;

    use super::*;
    use crate::totp_enable;
    use crate::totp_enable::tests::{SECRET, alice};
    use actions::totp::shown;

    #[test]
    fn codes_cannot_be_tried_one_after_the_other() {
        let app = App::new();
        let alice = alice(&app);
        let secret = users::set_totp(alice.id, Some(SECRET));
        let mut batch = Batch::main();
        batch.push(secret);
        app.write(batch);
        let path = "/users/@me/mfa/totp/disable";
        let offer = |code: &str| alice.post(&FUNCTION, path, json!({ "code": code }));
        for wrong in ["000000", "aaaaaaaa", "1", "000001", "bbbbbbbb"] {
            offer(wrong).is(Code::InvalidMfaCode);
        }
        offer(&shown(SECRET, app.now())).is(Code::RateLimited);
        app.advance(5 * 60 * 1000);
        offer(&shown(SECRET, app.now())).ok();
    }

    #[test]
    fn of_codes_that_are_tried_at_once_no_more_are_judged() {
        let app = App::new();
        let alice = alice(&app);
        let mut batch = Batch::main();
        batch.push(users::set_totp(alice.id, Some(SECRET)));
        let cx = block_on(Cx::new(app.host())).unwrap();
        let other = sessions::begin(&cx, &mut batch, alice.id, Default::default());
        app.write(batch);
        let offer = |actor: &Actor<'_>, code: &str| {
            let path = "/users/@me/mfa/totp/disable";
            actor.post(&FUNCTION, path, json!({ "code": code }))
        };
        let judged = std::thread::scope(|scope| {
            let (offer, alice) = (&offer, &alice);
            let codes = (0..8).map(|number| format!("00000{number}"));
            let tries: Vec<_> = codes
                .map(|code| scope.spawn(move || offer(alice, &code)))
                .collect();
            let answers = tries.into_iter().map(|it| it.join().unwrap());
            answers.filter(|it| it.status != 429).count()
        });
        assert_eq!(judged, 5);
        // One session of a user does not keep the others out.
        offer(&alice, &shown(SECRET, app.now())).is(Code::RateLimited);
        offer(&app.holding(other.reveal()), &shown(SECRET, app.now())).ok();
    }

    #[test]
    fn right_codes_do_not_count() {
        let app = App::new();
        let mut alice = alice(&app);
        for _ in 0..7 {
            let mut batch = Batch::main();
            batch.push(users::set_totp(alice.id, Some(SECRET)));
            app.write(batch);
            app.advance(30_000);
            let code = json!({ "code": shown(SECRET, app.now()) });
            let path = "/users/@me/mfa/totp/disable";
            let answer = alice.post(&FUNCTION, path, code).ok();
            alice = app.holding(answer["token"].as_str().unwrap());
        }
    }

    #[test]
    fn a_code_turns_it_off_and_the_used_one_does_not() {
        let app = App::new();
        let path = "/users/@me/mfa/totp/disable";
        let code = shown(SECRET, app.now());
        let body = json!({ "password": "correct horse", "secret": SECRET, "code": code });
        let enable = "/users/@me/mfa/totp/enable";
        let answer = alice(&app).post(&totp_enable::FUNCTION, enable, body).ok();
        let alice = app.holding(answer["token"].as_str().unwrap());
        app.events();

        alice.post(&FUNCTION, path, json!({})).is(Code::MfaRequired);
        alice
            .post(&FUNCTION, path, json!({ "code": code }))
            .is(Code::InvalidMfaCode);
        alice
            .post(&FUNCTION, path, json!({ "code": "abcdefgh" }))
            .is(Code::InvalidMfaCode);
        app.advance(30_000);
        let body = json!({ "code": shown(SECRET, app.now()) });
        let answer = alice.post(&FUNCTION, path, body.clone()).ok();
        assert!(
            app.emitted(EventKind::UserUpdate)
                .data
                .contains(r#""mfa_enabled":false"#)
        );
        assert!(
            app.read(store::Store::Main, backup_codes::of_user(alice.id))
                .is_empty()
        );
        let alice = app.holding(answer["token"].as_str().unwrap());
        alice.post(&FUNCTION, path, body).is(Code::MfaNotEnabled);
    }
}
