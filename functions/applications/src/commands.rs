//! An application's commands, of which there are none yet.
//!
//! See [Discord Docs/Get Global Application Commands](https://discord.com/developers/docs/interactions/application-commands#get-global-application-commands).

use runtime::prelude::*;

use crate::owned::Owned;

function! {
    "/applications/{application_id}/commands"
    GET list_application_commands
}

/// The commands: none, since nobody could give one. Libraries such as nextcord and interactions.py
/// compare this list with their own when they start, and take an error for a failed start.
async fn list_application_commands(
    cx: &Cx,
    caller: Caller,
    Path(id): Path<Id<marker::Application>>,
) -> Result<Json<[(); 0]>> {
    Owned::find(cx, &caller, id).await?;
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::testing::with_bot;

    #[test]
    fn a_bot_and_its_owner_get_an_empty_list() {
        let app = App::new();
        let (alice, mallory) = (app.register("alice"), app.register("mallory"));
        let (id, bot) = with_bot(&app, &alice);
        let path = format!("/applications/{id}/commands");
        for caller in [&alice, &bot] {
            assert_eq!(caller.get(&FUNCTION, &path).ok(), json!([]));
        }
        mallory.get(&FUNCTION, &path).is(Code::NotApplicationOwner);
        bot.get(&FUNCTION, "/applications/1/commands")
            .is(Code::UnknownApplication);
    }
}
