//! What happens when a user's last session ends.

use actions::leave_guild::leave_guild;
use runtime::prelude::*;
use serde::Serialize;
use store::{members, users};

function! {
    at internal "/users/{user_id}/sessions-ended"
    POST note_sessions_ended
}

/// The guilds that the user was removed from.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct SessionsEnded {
    removed_from: Vec<Id<marker::Guild>>,
}

/// Notes when the user was last active, and removes them from guilds that they joined by a
/// temporary invite and where they hold no role.
async fn note_sessions_ended(
    cx: &Cx,
    _: Internal,
    Path(id): Path<Id<marker::User>>,
) -> Result<Json<SessionsEnded>> {
    let (user, guilds) = cx
        .read((users::by_id(id).optional(), members::temporary_of(id)))
        .await?;
    let user = user.ok_or(Code::UnknownUser)?;
    let mut batch = Batch::main();
    batch.push(members::note_active(id, cx.now()));
    for guild in &guilds {
        leave_guild(&mut batch, *guild, &[], std::iter::once(&user));
    }
    cx.write(batch).await?;
    Ok(Json(SessionsEnded {
        removed_from: guilds,
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, App};
    use serde_json::json;
    use store::Store;

    use super::*;

    #[test]
    fn temporary_members_leave_with_their_last_session() {
        let app = App::new();
        let gateway = app.itself();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        let (stays, _) = alice.create_guild();
        let join = |actor: &Actor<'_>, guild, temporary| {
            actor.join(guild);
            let member = app
                .read(Store::Main, members::one(guild, actor.id))
                .remove(0);
            let mut batch = Batch::main();
            members::delete(&mut batch, guild, actor.id);
            members::insert(
                &mut batch,
                guild,
                actor.id,
                &member,
                temporary,
                Code::BadRequest,
            );
            app.write(batch);
        };
        join(&bob, guild, true);
        join(&bob, stays, false);
        let carol = app.register("carol");
        join(&carol, guild, true);
        carol.grant(guild, 1, 0);
        let end_sessions = |actor: &Actor<'_>| {
            let path = format!("/users/{}/sessions-ended", actor.id);
            gateway.post(&FUNCTION, &path, json!({})).ok()["removed_from"].take()
        };
        assert_eq!(end_sessions(&bob), json!([guild]));
        let gone = app.emitted(EventKind::GuildMemberRemove);
        assert_eq!(gone.audience, Audience::Guild(guild));
        assert_eq!(end_sessions(&bob), json!([]));
        assert_eq!(end_sessions(&carol), json!([]));
        assert!(app.events().is_empty());
        let path = format!("/users/{}/sessions-ended", bob.id);
        bob.post(&FUNCTION, &path, json!({})).is(Code::NotFound);
    }
}
