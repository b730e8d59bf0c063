//! Tickets with which somebody may register where that needs an invitation: an extension that
//! Spacebar's clients know; Discord's own way in is
//! [Userdoccers/Register Account](https://docs.discord.food/authentication#register-account).

use runtime::prelude::*;
use runtime::token;
use serde::Serialize;
use store::tickets::{self, Kind, Ticket};

use crate::secret;

function! {
    "/auth/generate-registration-tokens"
    GET generate_registration_tokens
}

/// Tickets that are made at once.
const TICKETS_MAX: i64 = 100;
/// Milliseconds for which a ticket is good: a week.
const TICKET_MS: i64 = 7 * 24 * 60 * 60 * 1000;

struct GenerateRegistrationTokensQuery {
    count: i64,
}

impl Form for GenerateRegistrationTokensQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            count: fields.int("count", 1..=TICKETS_MAX).unwrap_or(1),
        }
    }
}

/// Tickets, each for one account.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct RegistrationTokens {
    tokens: Vec<String>,
}

/// Makes tickets, each for one account.
async fn generate_registration_tokens(
    cx: &Cx,
    _: Operator,
    Query(wanted): Query<GenerateRegistrationTokensQuery>,
) -> Result<Json<RegistrationTokens>> {
    let mut batch = Batch::main();
    batch.push(tickets::delete_expired(cx.now()));
    let mut tokens = Vec::new();
    for _ in 0..wanted.count {
        let text = secret::ticket(cx);
        batch.push(tickets::insert(&Ticket {
            hash: token::hash(&text),
            kind: Kind::Registration,
            user_id: None,
            expires_at: cx.now().plus_millis(TICKET_MS),
            uses: 1,
        }));
        tokens.push(text);
    }
    cx.write(batch).await?;
    Ok(Json(RegistrationTokens { tokens }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_operator_makes_tickets_that_differ() {
        let app = App::new();
        let path = "/auth/generate-registration-tokens?count=3";
        let tokens = app.operator("root").get(&FUNCTION, path).ok()["tokens"].take();
        let tokens: Vec<&str> = tokens
            .as_array()
            .unwrap()
            .iter()
            .flat_map(Value::as_str)
            .collect();
        assert_eq!(tokens.len(), 3);
        assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
        for text in tokens {
            let found = tickets::holder(&token::hash(text), Kind::Registration, app.now());
            assert_eq!(app.read(store::Store::Main, found), [None]);
        }
    }

    #[test]
    fn others_do_not_and_a_thousand_are_too_many() {
        let app = App::new();
        let path = "/auth/generate-registration-tokens";
        app.register("alice")
            .get(&FUNCTION, path)
            .is(Code::MissingAccess);
        let many = app
            .operator("root")
            .get(&FUNCTION, &format!("{path}?count=1000"));
        assert_eq!(many.field_error(&["count"]), "NUMBER_TYPE_MAX");
    }
}
