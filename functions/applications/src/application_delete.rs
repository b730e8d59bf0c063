//! The end of an application.
//!
//! See [Userdoccers/Delete Application](https://docs.discord.food/resources/application#delete-application).

use actions::images::{self, Owner};
use actions::leave_guild::leave_guild;
use actions::second_factor::Proof;
use actions::sessions;
use runtime::prelude::*;
use store::{applications, members, users};

use crate::owned::Owned;

function! {
    "/applications/{application_id}/delete"
    POST delete_application_by_post
}

/// Deletes the application. Its bot leaves all guilds and can never log in again.
async fn delete_application_by_post(
    cx: &Cx,
    Human(caller): Human,
    Path(id): Path<Id<marker::Application>>,
    Body(proof): Body<Proof>,
) -> Result<NoContent> {
    delete(cx, &caller, id, &proof).await
}

/// Deletes an application of the caller's.
pub(crate) async fn delete(
    cx: &Cx,
    caller: &Caller,
    id: Id<marker::Application>,
    proof: &Proof,
) -> Result<NoContent> {
    let owned = Owned::find(cx, caller, id).await?.by_owner(caller)?;
    let mut batch = Batch::main();
    proof.require(cx, &mut batch, caller).await?;
    batch.require_change(applications::delete(id), Code::UnknownApplication);
    let icon = owned.application.icon.as_deref();
    images::replaced(cx, &mut batch, Owner::AppIcon(id), icon, None);
    if let Some(bot) = &owned.bot {
        let (guilds, roles, signed_in) = cx
            .read((
                members::guild_ids_of(bot.id),
                store::roles::of_bot(bot.id),
                store::sessions::of_user(bot.id),
            ))
            .await?;
        for guild in guilds {
            let own = roles.iter().filter(|(of, _)| *of == guild);
            let own: Vec<_> = own.map(|(_, role)| role.clone()).collect();
            leave_guild(&mut batch, guild, &own, std::iter::once(bot));
        }
        end_sessions(&mut batch, bot.id, &signed_in);
        batch.push(users::disable(bot.id));
    }
    cx.write(batch).await?;
    Ok(NoContent)
}

/// Signs a bot out everywhere.
pub(crate) fn end_sessions(
    batch: &mut Batch,
    bot: Id<marker::User>,
    all: &[store::sessions::Session],
) {
    let hashes: Vec<_> = all.iter().map(|session| &session.id_hash).collect();
    batch.push(store::sessions::delete_all(bot));
    if !hashes.is_empty() {
        batch.emit(sessions::revoked(bot, &hashes));
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::testing::application;

    #[test]
    fn only_the_owner_deletes() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, path) = application(&alice);
        let path = format!("{path}/delete");
        let mallory = app.register("mallory");
        mallory
            .post(&FUNCTION, &path, json!({}))
            .is(Code::NotApplicationOwner);
        let wrong = alice.post(&FUNCTION, &path, json!({ "code": "x".repeat(17) }));
        assert_eq!(wrong.field_error(&["code"]), "BASE_TYPE_BAD_LENGTH");
        alice.post(&FUNCTION, &path, json!({})).no_content();
        alice
            .post(&FUNCTION, &path, json!({}))
            .is(Code::UnknownApplication);
    }
}
