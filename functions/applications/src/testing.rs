//! Applications for tests.

use model::id::marker;
use model::{Id, Timestamp};
use runtime::testing::{Actor, App};
use serde_json::json;

use crate::{applications, bot};

/// The secret of [`with_second_factor`].
pub(crate) const SECRET: &str = "JBSWY3DPEHPK3PXP";

/// An application of `owner`, and its path.
pub(crate) fn application(owner: &Actor<'_>) -> (Id<marker::Application>, String) {
    let made = owner.post(
        &applications::FUNCTION,
        "/applications",
        json!({ "name": "Robot" }),
    );
    let id: Id<_> = made.ok()["id"].as_str().unwrap().parse().unwrap();
    (id, format!("/applications/{id}"))
}

/// An application of `owner` with a bot, which is returned as an actor.
pub(crate) fn with_bot<'a>(
    app: &'a App,
    owner: &Actor<'_>,
) -> (Id<marker::Application>, Actor<'a>) {
    let (id, path) = application(owner);
    let token = owner
        .post(&bot::FUNCTION, &format!("{path}/bot"), json!({}))
        .ok();
    let token = format!("Bot {}", token["token"].as_str().unwrap());
    (id, app.holder(id.cast(), &token))
}

/// Turns two-factor authentication on.
pub(crate) fn with_second_factor(app: &App, owner: &Actor<'_>) {
    let mut batch = store::Batch::main();
    batch.push(store::users::set_totp(owner.id, Some(SECRET)));
    app.write(batch);
}

/// The code that the owner's app shows.
pub(crate) fn code(at: Timestamp) -> String {
    actions::totp::shown(SECRET, at)
}
