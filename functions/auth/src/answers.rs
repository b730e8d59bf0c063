//! What several operations of accounts answer.

use model::event::UserUpdate;
use model::settings::user_settings;
use model::{Audience, Event, Id, id::marker};
use runtime::token::Token;
use runtime::{Cx, Error, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::users::Account;
use store::{Batch, settings};

/// The answer to a login that succeeded.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct LoggedIn {
    user_id: Id<marker::User>,
    token: String,
    user_settings: LoginSettings,
    /// Clients of Spacebar read all of them, by this name.
    settings: Map<String, Value>,
}

/// What a client must know of the settings before it has them all.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct LoginSettings {
    locale: String,
    theme: Value,
}

/// The answer to a login that succeeded.
///
/// # Errors
/// The store's own.
pub async fn logged_in(cx: &Cx, account: &Account, token: &Token) -> Result<LoggedIn> {
    let settings = cx
        .read(settings::of_user(account.user.id).optional())
        .await?;
    let mut settings = user_settings(&settings.unwrap_or_default());
    settings.insert("locale".to_owned(), json!(account.locale));
    Ok(LoggedIn {
        user_id: account.user.id,
        token: token.reveal().to_owned(),
        user_settings: LoginSettings {
            locale: account.locale.clone(),
            theme: settings["theme"].clone(),
        },
        settings,
    })
}

/// Tells the account's own sessions that it changed.
pub fn emit_user_update(batch: &mut Batch, account: &Account) {
    let audience = Audience::Users(vec![account.user.id]);
    batch.emit(Event::new(audience, &UserUpdate::new(&account.private())));
}

/// The one answer to a login that failed, whatever was wrong: it tells nothing of who exists.
pub fn invalid_login() -> Error {
    let mut errors = model::FormErrors::new();
    for field in ["login", "password"] {
        errors.add(&[field], "INVALID_LOGIN", "Login or password is invalid.");
    }
    errors.into()
}
