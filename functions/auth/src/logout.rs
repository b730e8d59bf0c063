//! Logout.
//!
//! See [Userdoccers/Logout](https://docs.discord.food/authentication#logout).

use actions::sessions;
use runtime::prelude::*;

function! {
    "/auth/logout"
    POST logout
}

/// Ends the session whose token is used.
async fn logout(cx: &Cx, Human(caller): Human) -> Result<NoContent> {
    let mut batch = Batch::main();
    batch.push(store::sessions::delete(caller.id(), &caller.session));
    batch.emit(sessions::revoked(caller.id(), &[&caller.session]));
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_token_is_good_no_more_and_its_sockets_close() {
        let app = App::new();
        let alice = app.register("alice");
        let session = app
            .read(store::Store::Main, store::sessions::of_user(alice.id))
            .remove(0);
        alice
            .post(&FUNCTION, "/auth/logout", json!({ "provider": null }))
            .no_content();
        let event = app.emitted(EventKind::SessionsRevoked);
        assert_eq!(event.audience, Audience::Users(vec![alice.id]));
        assert_eq!(event.data, json!([session.id_hash]).to_string());
        alice
            .post(&FUNCTION, "/auth/logout", json!({}))
            .is(Code::Unauthorized);
    }

    #[test]
    fn a_bot_does_not_log_out() {
        let app = App::new();
        let robot = app.bot("robot");
        robot
            .post(&FUNCTION, "/auth/logout", json!({}))
            .is(Code::BotsNotAllowed);
    }
}
