//! Whether a guild wants a second factor of its moderators.
//!
//! See [Userdoccers/Modify Guild MFA Level](https://docs.discord.food/resources/guild#modify-guild-mfa-level).

use actions::audit_log::{self, Entry};
use actions::guild_view::{self, guild_view};
use actions::second_factor::Proof;
use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;
use serde_json::json;
use store::guilds;

function! {
    "/guilds/{guild_id}/mfa"
    POST update_guild_mfa_level, 5 per 30_000 ms
}

struct UpdateGuildMfaLevel {
    level: u8,
    proof: Proof,
}

impl Form for UpdateGuildMfaLevel {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("level");
        Self {
            level: fields.choice("level", &[0, 1]).unwrap_or_default() as u8,
            proof: Proof::read(fields),
        }
    }
}

/// The level that a guild has.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct GuildMfaLevel {
    level: u8,
}

/// Changes the level. Only the owner does, with a code of their own second factor.
async fn update_guild_mfa_level(
    cx: &Cx,
    OwnsGuild(caller): OwnsGuild,
    Body(form): Body<UpdateGuildMfaLevel>,
    Reason(reason): Reason,
) -> Result<Json<GuildMfaLevel>> {
    let before = caller.guild.mfa_level;
    if caller.caller.account.totp_secret.is_none() {
        return Err(Code::MfaRequired.into());
    }
    let id = caller.guild.id;
    let rest = cx.read(guild_view::queries(id)).await?;
    let mut batch = Batch::main();
    form.proof.require(cx, &mut batch, &caller.caller).await?;
    let membership = caller.membership;
    let mut guild = membership.guild;
    guild.mfa_level = form.level;
    batch.require_change(guilds::set_mfa_level(id, form.level), Code::UnknownGuild);
    if form.level != before {
        guild_view::tell_changed(&mut batch, &guild_view(guild, membership.roles, rest));
        let entry = Entry::new(id, caller.caller.id(), audit_log::GUILD_UPDATE)
            .target(id)
            .change("mfa_level", Some(json!(before)), Some(json!(form.level)))
            .reason(reason);
        audit_log::write(cx, &mut batch, entry);
    }
    cx.write(batch).await?;
    Ok(Json(GuildMfaLevel { level: form.level }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use store::users;

    use super::*;
    use crate::guild::FUNCTION as GUILD;

    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn moderators_then_need_a_second_factor() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        bob.join(guild);
        bob.grant(guild, 1, MANAGE_GUILD);
        let path = format!("/guilds/{guild}/mfa");
        let set = |code: Option<String>| {
            let body = json!({ "level": 1, "code": code });
            alice.post(&FUNCTION, &path, body)
        };
        set(None).is(Code::MfaRequired);
        let mut batch = Batch::main();
        batch.push(users::set_totp(alice.id, Some(SECRET)));
        app.write(batch);
        set(None).is(Code::MfaRequired);
        set(Some("000000".to_owned())).is(Code::InvalidMfaCode);
        let code = actions::totp::shown(SECRET, app.now());
        assert_eq!(set(Some(code)).ok(), json!({ "level": 1 }));
        let event = app.emitted(EventKind::GuildUpdate);
        assert!(event.data.contains(r#""mfa_level":1"#));
        let guild = format!("/guilds/{guild}");
        let rename = json!({ "name": "mine" });
        bob.patch(&GUILD, &guild, rename.clone())
            .is(Code::MfaRequired);
        bob.get(&GUILD, &guild).ok();
        alice.patch(&GUILD, &guild, rename).ok();
    }

    #[test]
    fn only_the_owner_decides() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        bob.join(guild);
        bob.grant(guild, 1, ADMINISTRATOR);
        let path = format!("/guilds/{guild}/mfa");
        bob.post(&FUNCTION, &path, json!({ "level": 1 }))
            .is(Code::MissingPermissions);
        let missing = alice.post(&FUNCTION, &path, json!({}));
        assert_eq!(missing.field_error(&["level"]), "BASE_TYPE_REQUIRED");
        let odd = alice.post(&FUNCTION, &path, json!({ "level": 2 }));
        assert_eq!(odd.field_error(&["level"]), "BASE_TYPE_CHOICES");
    }
}
