//! The caller as a member.
//!
//! See [Discord Docs/Modify Current Member](https://discord.com/developers/docs/resources/guild#modify-current-member).

use actions::audit_log::{self, Entry};
use actions::images::{self, Image, Owner};
use model::Member;
use model::limits::BIO_CHARS_MAX;
use runtime::access::Membership;
use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;
use serde_json::json;
use store::members;

use crate::changes;

function! {
    "/guilds/{guild_id}/members/@me"
    PATCH update_my_guild_member
        requires CHANGE_NICKNAME when "the nickname changes"
    uses blobs
}

/// What is asked to be changed; `None` keeps what is.
#[derive(Default)]
pub(crate) struct UpdateMyGuildMember {
    nick: Option<Option<String>>,
    avatar: Option<Option<Image>>,
    banner: Option<Option<Image>>,
    bio: Option<String>,
}

impl UpdateMyGuildMember {
    /// A change of the nickname alone.
    pub(crate) fn of_nick(nick: Option<Option<String>>) -> Self {
        Self {
            nick,
            ..Self::default()
        }
    }
}

impl Form for UpdateMyGuildMember {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        let bio = fields.nullable_text("bio", 0..=BIO_CHARS_MAX);
        Self {
            nick: nick(fields),
            avatar: fields.nullable("avatar"),
            banner: fields.nullable("banner"),
            bio: bio.map(Option::unwrap_or_default),
        }
    }
}

/// The field `nick`: one of which nothing can be seen is none.
pub(crate) fn nick(fields: &mut Fields<'_>) -> Option<Option<String>> {
    fields.nullable_name("nick", model::limits::NICKNAME_CHARS_MAX)
}

/// The caller as a member, as they are now.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct MyGuildMember {
    #[serde(flatten)]
    member: Member,
    /// What they may do in the guild as a whole.
    permissions: Permissions,
}

/// Changes the caller's nickname and how they look in the guild.
async fn update_my_guild_member(
    cx: &Cx,
    caller: InGuild,
    Body(edit): Body<UpdateMyGuildMember>,
    Reason(reason): Reason,
) -> Result<Json<MyGuildMember>> {
    let member = apply(cx, &caller, edit, reason).await?;
    Ok(Json(MyGuildMember {
        member,
        permissions: caller.permissions,
    }))
}

/// Changes the caller's member, if anything is different.
pub(crate) async fn apply(
    cx: &Cx,
    caller: &Membership,
    edit: UpdateMyGuildMember,
    reason: Option<String>,
) -> Result<Member> {
    let guild = caller.guild.id;
    let user = changes::id_of(&caller.member);
    let mut member = caller.member.clone();
    let mut batch = Batch::main();
    let nick = edit.nick.filter(|nick| *nick != member.nick);
    if let Some(nick) = nick {
        caller.require(CHANGE_NICKNAME)?;
        batch.push(members::set_nick(guild, user, nick.as_deref()));
        let (old, new) = (json!(member.nick), json!(nick));
        let entry = Entry::new(guild, user, audit_log::MEMBER_UPDATE)
            .target(user)
            .change("nick", Some(old), Some(new));
        audit_log::write(cx, &mut batch, entry.reason(reason));
        member.nick = nick;
    }
    let avatar = store_image(cx, edit.avatar, Owner::MemberAvatar(guild, user), "avatar").await?;
    let banner = store_image(cx, edit.banner, Owner::MemberBanner(guild, user), "banner").await?;
    if avatar.is_some() || banner.is_some() || edit.bio.is_some() {
        batch.push(members::set_profile(
            guild,
            user,
            avatar.as_ref().map(Option::as_deref),
            banner.as_ref().map(Option::as_deref),
            edit.bio.as_deref(),
        ));
        let old = member.clone();
        member.avatar = avatar.unwrap_or(member.avatar);
        member.banner = banner.unwrap_or(member.banner);
        for (owner, old, new) in [
            (
                Owner::MemberAvatar(guild, user),
                &old.avatar,
                &member.avatar,
            ),
            (
                Owner::MemberBanner(guild, user),
                &old.banner,
                &member.banner,
            ),
        ] {
            images::replaced(cx, &mut batch, owner, old.as_deref(), new.as_deref());
        }
    }
    if batch.is_empty() {
        return Ok(member);
    }
    batch.require(members::is_present(guild, user), Code::UnknownMember);
    changes::tell(&mut batch, guild, &member);
    cx.write(batch).await?;
    Ok(member)
}

/// Stores a new image and returns its hash; an outer `None` when the field was absent, an inner one
/// when the image is to be removed.
async fn store_image(
    cx: &Cx,
    image: Option<Option<Image>>,
    owner: Owner,
    field: &str,
) -> Result<Option<Option<String>>> {
    Ok(match image {
        None => None,
        Some(None) => Some(None),
        Some(Some(image)) => Some(Some(image.store(cx, owner, field).await?)),
    })
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::Value;

    use super::*;

    /// One pixel.
    const PNG: &str = "data:image/png;base64,\
        iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA\
        AABJRU5ErkJggg==";

    #[test]
    fn a_member_changes_how_they_look() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let path = format!("/guilds/{guild}/members/@me");
        let edit = json!({ "nick": "Al", "avatar": PNG, "bio": "hi" });
        let member = alice.patch(&FUNCTION, &path, edit).ok();
        assert_eq!(member["nick"], "Al");
        assert!(member["avatar"].is_string());
        assert_eq!(member["permissions"], json!(Permissions::ALL));
        let event = app.emitted(EventKind::GuildMemberUpdate);
        assert_eq!(event.audience, Audience::Guild(guild));
        let member = alice
            .patch(&FUNCTION, &path, json!({ "avatar": null }))
            .ok();
        assert_eq!(member["avatar"], Value::Null);
        assert_eq!(member["nick"], "Al", "what is not named stays");
    }

    #[test]
    fn a_nickname_needs_its_permission() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/guilds/{guild}/members/@me");
        bob.patch(&FUNCTION, &path, json!({ "nick": "B" })).ok();
        let mut batch = Batch::main();
        batch.push(members::set_timeout(
            guild,
            bob.id,
            Some(app.now().plus_millis(1000)),
        ));
        app.write(batch);
        bob.patch(&FUNCTION, &path, json!({ "nick": "C" }))
            .is(Code::MissingPermissions);
        let edit = json!({ "nick": "x".repeat(33), "bio": "x".repeat(191) });
        let long = alice.patch(&FUNCTION, &path, edit);
        assert_eq!(long.field_error(&["nick"]), "BASE_TYPE_MAX_LENGTH");
        long.field_error(&["bio"]);
        let image = alice.patch(&FUNCTION, &path, json!({ "avatar": "x" }));
        image.field_error(&["avatar"]);
    }
}
