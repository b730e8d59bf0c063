//! A guild's vanity code: an invite by a name of its own.
//!
//! See [Discord Docs/Get Guild Vanity URL](https://discord.com/developers/docs/resources/guild#get-guild-vanity-url).

use actions::audit_log::{self, Entry};
use actions::guild_view::{self, guild_view};
use model::text::trimmed;
use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;
use serde_json::json;
use store::{guilds, invites};

function! {
    "/guilds/{guild_id}/vanity-url"
    GET get_guild_vanity_url
    PATCH update_guild_vanity_url
}

/// Characters of a code.
const CODE_CHARS: std::ops::RangeInclusive<usize> = 2..=32;

/// A guild's own invite.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct VanityUrl {
    code: Option<String>,
    uses: u32,
}

/// The code, and how often it was used.
async fn get_guild_vanity_url(cx: &Cx, caller: InGuild<MANAGE_GUILD>) -> Result<Json<VanityUrl>> {
    let uses = cx
        .read(guilds::vanity_uses(caller.guild.id).optional())
        .await?;
    Ok(Json(VanityUrl {
        code: caller.guild.vanity_url_code.clone(),
        uses: uses.unwrap_or(0),
    }))
}

struct UpdateGuildVanityUrl {
    code: Option<String>,
}

impl Form for UpdateGuildVanityUrl {
    fn read(fields: &mut Fields<'_>) -> Self {
        let given: Option<String> = fields.get("code");
        let code = given
            .map(|code| trimmed(&code).to_lowercase())
            .filter(|code| !code.is_empty());
        if let Some(code) = &code {
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let fits = CODE_CHARS.contains(&code.len()) && code.chars().all(allowed);
            if !fits || code.starts_with('-') || code.ends_with('-') {
                let message = "Must be 2 to 32 letters, digits and hyphens.";
                fields.error("code", "INVITE_CODE_INVALID", message);
            }
        }
        Self { code }
    }
}

/// Changes the code; null or nothing takes it away.
async fn update_guild_vanity_url(
    cx: &Cx,
    caller: InGuild<MANAGE_GUILD>,
    Body(UpdateGuildVanityUrl { code }): Body<UpdateGuildVanityUrl>,
    Reason(reason): Reason,
) -> Result<Json<VanityUrl>> {
    let id = caller.guild.id;
    let before = caller.guild.vanity_url_code.clone();
    if code == before {
        return get_guild_vanity_url(cx, caller).await;
    }
    let rest = cx.read(guild_view::queries(id)).await?;
    let mut batch = Batch::main();
    if let Some(code) = &code {
        batch.require(invites::code_is_free(code), Code::InvalidInviteCode);
    }
    batch.push_or(
        guilds::set_vanity(id, code.as_deref()),
        Code::InvalidInviteCode,
    );
    let membership = caller.membership;
    let mut guild = membership.guild;
    guild.vanity_url_code = code.clone();
    guild_view::tell_changed(&mut batch, &guild_view(guild, membership.roles, rest));
    let entry = Entry::new(id, caller.caller.id(), audit_log::GUILD_UPDATE)
        .target(id)
        .change("vanity_url_code", Some(json!(before)), Some(json!(code)))
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(Json(VanityUrl { code, uses: 0 }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_code_belongs_to_one_guild() {
        let app = App::new();
        let alice = app.register("alice");
        let (one, _) = alice.create_guild();
        let (two, _) = alice.create_guild();
        let set = |guild: Id<marker::Guild>, code: Value| {
            alice.patch(
                &FUNCTION,
                &format!("/guilds/{guild}/vanity-url"),
                json!({ "code": code }),
            )
        };
        assert_eq!(
            set(one, json!("Cats")).ok(),
            json!({ "code": "cats", "uses": 0 })
        );
        let event = app.emitted(EventKind::GuildUpdate);
        assert!(event.data.contains(r#""vanity_url_code":"cats""#));
        set(two, json!("cats")).is(Code::InvalidInviteCode);
        assert_eq!(
            set(two, json!("c a")).field_error(&["code"]),
            "INVITE_CODE_INVALID"
        );
        set(one, Value::Null).ok();
        set(two, json!("cats")).ok();
        let seen = alice
            .get(&FUNCTION, &format!("/guilds/{two}/vanity-url"))
            .ok();
        assert_eq!(seen["code"], "cats");
    }

    #[test]
    fn only_who_manages_the_guild_sees_or_sets_it() {
        let app = App::new();
        let (guild, _) = app.register("alice").create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/guilds/{guild}/vanity-url");
        bob.get(&FUNCTION, &path).is(Code::MissingPermissions);
        bob.patch(&FUNCTION, &path, json!({ "code": "x1" }))
            .is(Code::MissingPermissions);
    }
}
