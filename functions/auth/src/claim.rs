//! Becoming an operator of the instance, which Discord has no equivalent of.
//!
//! The host prints a link with the ticket when it starts and nobody is one yet. What operators may
//! do is not what [Discord Docs/Permissions](https://discord.com/developers/docs/topics/permissions)
//! describe: those are of guilds.

use runtime::prelude::*;
use runtime::token;
use store::tickets::{self, Kind};
use store::users::{self, RIGHT_OPERATOR};

function! {
    "/auth/claim"
    POST claim_instance, 5 per 60_000 ms
}

struct ClaimInstance {
    token: String,
}

impl Form for ClaimInstance {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            token: fields.required_text("token", 1..=128),
        }
    }
}

/// Makes the caller an operator. The ticket can be used once.
async fn claim_instance(
    cx: &Cx,
    Human(caller): Human,
    Body(form): Body<ClaimInstance>,
) -> Result<NoContent> {
    let ticket = token::hash(&form.token);
    let mut batch = Batch::main();
    batch.require_change(
        tickets::spend(&ticket, Kind::Operator, cx.now()),
        Code::UnknownToken,
    );
    batch.push(users::grant_rights(caller.id(), RIGHT_OPERATOR));
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ticket_makes_one_operator() {
        let app = App::new();
        let expires_at = app.now().plus_millis(1000);
        app.write(store::admin::operator_ticket(
            &token::hash("key"),
            expires_at,
        ));
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let claim = |token: &str| json!({ "token": token });
        alice
            .post(&FUNCTION, "/auth/claim", claim("wrong"))
            .is(Code::UnknownToken);
        alice
            .post(&FUNCTION, "/auth/claim", claim("key"))
            .no_content();
        bob.post(&FUNCTION, "/auth/claim", claim("key"))
            .is(Code::UnknownToken);
        let is_operator = |id| {
            app.read(store::Store::Main, users::account_by_id(id))
                .remove(0)
                .is_operator()
        };
        assert!(is_operator(alice.id) && !is_operator(bob.id));
        let missing = bob.post(&FUNCTION, "/auth/claim", json!({}));
        assert_eq!(missing.field_error(&["token"]), "BASE_TYPE_REQUIRED");
    }

    #[test]
    fn a_ticket_expires_and_a_bot_has_no_use_for_it() {
        let app = App::new();
        let expires_at = app.now().plus_millis(1000);
        app.write(store::admin::operator_ticket(
            &token::hash("key"),
            expires_at,
        ));
        let body = json!({ "token": "key" });
        app.bot("robot")
            .post(&FUNCTION, "/auth/claim", body.clone())
            .is(Code::BotsNotAllowed);
        app.advance(1000);
        app.register("alice")
            .post(&FUNCTION, "/auth/claim", body)
            .is(Code::UnknownToken);
    }
}
