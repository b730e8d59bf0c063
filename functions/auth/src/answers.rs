//! What several operations of accounts answer.

use model::event::UserUpdate;
use model::settings::user_settings;
use model::{Audience, Event};
use runtime::token::Token;
use runtime::{Cx, Error, Result};
use serde_json::{Value, json};
use store::users::Account;
use store::{Batch, settings};

/// The answer to a login that succeeded.
///
/// # Errors
/// The store's own.
pub async fn logged_in(cx: &Cx, account: &Account, token: &Token) -> Result<Value> {
    let settings = cx
        .read(settings::of_user(account.user.id).optional())
        .await?;
    let mut settings = user_settings(&settings.unwrap_or_default());
    settings.insert("locale".to_owned(), json!(account.locale));
    Ok(json!({
        "user_id": account.user.id,
        "token": token.reveal(),
        "user_settings": { "locale": settings["locale"], "theme": settings["theme"] },
        // Clients of Spacebar read all of them, by this name.
        "settings": settings,
    }))
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
