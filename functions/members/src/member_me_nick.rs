//! The caller's nickname, by the route that came before `/members/@me`.
//!
//! See [Discord Docs/Modify Current User Nick](https://discord.com/developers/docs/resources/guild#modify-current-user-nick).

use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;

use crate::member_me::{self, UpdateMyGuildMember};

function! {
    "/guilds/{guild_id}/members/@me/nick"
    PATCH update_my_nick
}

struct UpdateMyNick(Option<Option<String>>);

impl Form for UpdateMyNick {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(member_me::nick(fields))
    }
}

/// The nickname as it is now.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct MyNick {
    nick: Option<String>,
}

/// Changes the caller's nickname.
async fn update_my_nick(
    cx: &Cx,
    caller: InGuild<CHANGE_NICKNAME>,
    Body(UpdateMyNick(nick)): Body<UpdateMyNick>,
    Reason(reason): Reason,
) -> Result<Json<MyNick>> {
    let member = member_me::apply(cx, &caller, UpdateMyGuildMember::of_nick(nick), reason).await?;
    Ok(Json(MyNick { nick: member.nick }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_names_themselves() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/members/@me/nick");
        let answer = alice.patch(&FUNCTION, &path, json!({ "nick": "Al" })).ok();
        assert_eq!(answer, json!({ "nick": "Al" }));
        assert_eq!(
            app.emitted(EventKind::GuildMemberUpdate).audience,
            Audience::Guild(guild)
        );
        let answer = alice.patch(&FUNCTION, &path, json!({ "nick": null })).ok();
        assert_eq!(answer, json!({ "nick": null }));
        let wrong = alice.patch(&FUNCTION, &path, json!({ "nick": [] }));
        wrong.field_error(&["nick"]);
        let stranger = app.register("mallory");
        stranger
            .patch(&FUNCTION, &path, json!({ "nick": "M" }))
            .is(Code::MissingAccess);
    }
}
