//! How a user changes themselves, by whichever route.

use actions::account_fields::check_free;
use actions::images::{self, Owner};
use actions::sessions;
use actions::tell_guilds::tell_guilds;
use model::event::UserUpdate;
use model::{Audience, Code, Event};
use runtime::access::Caller;
use runtime::token::Token;
use runtime::{Cx, Result, password};
use store::users::{self, Account, Edit};
use store::{Batch, Rejection};

/// What the batch fails with when somebody took the name or the address a moment ago.
const TAKEN: Code = Code::InvalidFormBody;

/// Writes the caller's changes and tells of them: their own sessions, and their guilds where what
/// others see has changed. A new password ends all other sessions and gives this one a new token.
///
/// # Errors
/// Code 50035 when the name or the address is taken; the store's own.
pub async fn write(
    cx: &Cx,
    caller: &Caller,
    edit: &Edit,
    new_password: Option<&str>,
) -> Result<(Account, Option<Token>)> {
    let mut account = caller.account.clone();
    edit.apply(&mut account);
    if edit.username.is_some() || edit.email.is_some() {
        check_free(cx, &account).await?;
    }
    let mut batch = Batch::main();
    batch.push_or(users::edit(caller.id(), edit), TAKEN);
    let old = &caller.account.user;
    let (owner, new) = (Owner::Avatar(old.id), &account.user);
    images::replaced(
        cx,
        &mut batch,
        owner,
        old.avatar.as_deref(),
        new.avatar.as_deref(),
    );
    let owner = Owner::UserBanner(old.id);
    images::replaced(
        cx,
        &mut batch,
        owner,
        old.banner.as_deref(),
        new.banner.as_deref(),
    );
    let token = match new_password {
        Some(password) => Some(change_password(cx, &mut batch, caller, password).await?),
        None => None,
    };
    let own = Audience::Users(vec![caller.id()]);
    batch.emit(Event::new(own, &UserUpdate::new(&account.private())));
    if account.user != caller.account.user {
        tell_guilds(cx, &mut batch, &account.user).await?;
    }
    match cx.write(batch).await {
        Err(Rejection::Code(TAKEN)) => {
            check_free(cx, &account).await?;
            Err(Code::Overloaded.into())
        }
        Err(rejection) => Err(rejection.into()),
        Ok(_) => Ok((account, token)),
    }
}

async fn change_password(
    cx: &Cx,
    batch: &mut Batch,
    caller: &Caller,
    new_password: &str,
) -> Result<Token> {
    let old = caller.account.password_hash.as_deref().unwrap_or_default();
    let new = password::hash(cx, new_password)?;
    let all = cx.read(sessions::all_of(caller)).await?;
    // The old password was proved against this hash; another one would not have been.
    batch.require_change(
        users::set_password(caller.id(), old, &new),
        Code::Overloaded,
    );
    sessions::end_others(batch, caller, &all);
    Ok(sessions::rotate(cx, batch, caller))
}
