//! The caller's nickname, by the route that came before `/members/@me`.
//!
//! See [Discord Docs/Modify Current User Nick](https://discord.com/developers/docs/resources/guild#modify-current-user-nick).

use runtime::extract::Reason;
use runtime::prelude::*;
use serde_json::{Value, json};

use crate::member_me::{self, Edit};

function! {
    "/guilds/{guild_id}/members/@me/nick"
    PATCH update_my_nick
}

struct NewNick(Option<Option<String>>);

impl Form for NewNick {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(member_me::nick(fields))
    }
}

/// Changes the caller's nickname.
async fn update_my_nick(
    cx: &Cx,
    caller: InGuild<CHANGE_NICKNAME>,
    Body(NewNick(nick)): Body<NewNick>,
    Reason(reason): Reason,
) -> Result<Json<Value>> {
    let member = member_me::apply(cx, &caller, Edit::of_nick(nick), reason).await?;
    Ok(Json(json!({ "nick": member.nick })))
}
