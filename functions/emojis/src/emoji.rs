//! One emoji of a guild.
//!
//! See [Discord Docs/Get Guild Emoji](https://discord.com/developers/docs/resources/emoji#get-guild-emoji).

use actions::audit_log::{self, Entry};
use model::emoji::Emoji;
use model::user::User;
use runtime::access::{Membership, one_of};
use runtime::extract::Reason;
use runtime::prelude::*;

use crate::change::{Change, write};
use crate::{name, view};

function! {
    "/guilds/{guild_id}/emojis/{emoji_id}"
    GET get_guild_emoji
    PATCH update_guild_emoji
        requires CREATE_GUILD_EXPRESSIONS or MANAGE_GUILD_EXPRESSIONS when "the caller uploaded it"
        requires MANAGE_GUILD_EXPRESSIONS when "somebody else uploaded it"
    DELETE delete_guild_emoji
        requires CREATE_GUILD_EXPRESSIONS or MANAGE_GUILD_EXPRESSIONS when "the caller uploaded it"
        requires MANAGE_GUILD_EXPRESSIONS when "somebody else uploaded it"
}

/// The path's ids.
type EmojiPath = Path<(Id<marker::Guild>, Id<marker::Emoji>)>;

/// One emoji. Members who may upload emoji also see the uploader.
async fn get_guild_emoji(
    cx: &Cx,
    caller: InGuild,
    Path((guild, id)): EmojiPath,
) -> Result<Json<Emoji>> {
    let (emoji, uploader) = read(cx, guild, id).await?;
    let user = uploader.filter(|_| view::shows_uploaders(&caller));
    Ok(Json(Emoji { user, ..emoji }))
}

struct UpdateGuildEmoji {
    name: Option<String>,
    roles: Option<Vec<Id<marker::Role>>>,
}

impl Form for UpdateGuildEmoji {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: name::read(fields),
            roles: name::read_roles(fields),
        }
    }
}

/// Renames an emoji or changes who may use it.
async fn update_guild_emoji(
    cx: &Cx,
    caller: InGuild,
    Path((guild, id)): EmojiPath,
    Body(edit): Body<UpdateGuildEmoji>,
    Reason(reason): Reason,
) -> Result<Json<Emoji>> {
    let (_, uploader) = read(cx, guild, id).await?;
    may_change(&caller, caller.caller.id(), uploader.as_ref())?;
    name::check_roles(&caller, edit.roles.as_deref().unwrap_or_default())?;
    let after = write(cx, guild, |before| {
        let place = place_of(before, id)?;
        let old = &before[place];
        let mut after = before.to_vec();
        after[place] = edited(old, &edit);
        let emoji = &after[place];
        Ok(Change {
            statement: store::emojis::update(emoji),
            entry: Entry::new(guild, caller.caller.id(), audit_log::EMOJI_UPDATE)
                .target(id)
                .differences(&["name", "roles"], Some(old), Some(emoji))
                .reason(reason),
            after,
        })
    })
    .await?;
    Ok(Json(Emoji {
        user: uploader,
        ..after[place_of(&after, id)?].clone()
    }))
}

/// The emoji as the request wants it; what it leaves out stays.
fn edited(old: &Emoji, edit: &UpdateGuildEmoji) -> Emoji {
    Emoji {
        name: edit.name.clone().unwrap_or_else(|| old.name.clone()),
        roles: edit.roles.clone().unwrap_or_else(|| old.roles.clone()),
        ..old.clone()
    }
}

/// Deletes an emoji. Its image stays, because old messages show it.
async fn delete_guild_emoji(
    cx: &Cx,
    caller: InGuild,
    Path((guild, id)): EmojiPath,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let (_, uploader) = read(cx, guild, id).await?;
    may_change(&caller, caller.caller.id(), uploader.as_ref())?;
    write(cx, guild, |before| {
        let mut after = before.to_vec();
        let old = after.remove(place_of(before, id)?);
        Ok(Change {
            statement: store::emojis::delete(id),
            after,
            entry: Entry::new(guild, caller.caller.id(), audit_log::EMOJI_DELETE)
                .target(id)
                .differences(&["name"], Some(&old), None::<&Emoji>)
                .reason(reason),
        })
    })
    .await?;
    Ok(NoContent)
}

async fn read(
    cx: &Cx,
    guild: Id<marker::Guild>,
    id: Id<marker::Emoji>,
) -> Result<(Emoji, Option<User>)> {
    let one = store::emojis::one(guild, id).optional();
    let (emoji, uploader) = cx
        .read((one, store::emojis::uploader(id).optional()))
        .await?;
    Ok((emoji.ok_or(Code::UnknownEmoji)?, uploader))
}

/// Who may upload changes their own; those of others are for who manages them.
fn may_change(caller: &Membership, user: Id<marker::User>, uploader: Option<&User>) -> Result<()> {
    let own = uploader.is_some_and(|uploader| uploader.id == user);
    let manager = caller.require(MANAGE_GUILD_EXPRESSIONS);
    match own {
        true => one_of([caller.require(CREATE_GUILD_EXPRESSIONS), manager]),
        false => manager,
    }
}

fn place_of(emojis: &[Emoji], id: Id<marker::Emoji>) -> Result<usize> {
    let place = emojis.iter().position(|emoji| emoji.id == id);
    Ok(place.ok_or(Code::UnknownEmoji)?)
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, App};
    use serde_json::json;

    use super::*;

    /// An emoji of `uploader`'s, and its path.
    fn emoji(app: &App, guild: Id<marker::Guild>, uploader: &Actor<'_>) -> (Emoji, String) {
        let emoji = Emoji {
            id: app.id(),
            name: "blob".to_owned(),
            roles: Vec::new(),
            user: None,
            require_colons: true,
            managed: false,
            animated: false,
            available: true,
        };
        let mut batch = Batch::main();
        batch.push(store::emojis::insert(guild, &emoji, uploader.id));
        app.write(batch);
        let path = format!("/guilds/{guild}/emojis/{}", emoji.id);
        (emoji, path)
    }

    fn update(app: &App) -> Event {
        let mut events = app.events();
        events.retain(|event| event.kind == EventKind::GuildEmojisUpdate);
        assert_eq!(events.len(), 1);
        events.remove(0)
    }

    #[test]
    fn an_emoji_is_renamed_and_told_with_all_others() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (_, path) = emoji(&app, guild, &alice);
        let (other, _) = emoji(&app, guild, &alice);
        let role = alice.grant(guild, 1, 0);
        let body = json!({ "name": "cat", "roles": [role, role] });
        let edited = alice.patch(&FUNCTION, &path, body).ok();
        assert_eq!(
            (&edited["name"], &edited["roles"]),
            (&json!("cat"), &json!([role]))
        );
        assert_eq!(edited["user"]["username"], "alice");
        let event = update(&app);
        assert_eq!(event.audience, Audience::Guild(guild));
        assert!(event.data.contains("cat") && event.data.contains(&other.id.to_string()));
        assert_eq!(alice.get(&FUNCTION, &path).ok(), edited);
    }

    #[test]
    fn an_emoji_is_deleted() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (_, path) = emoji(&app, guild, &alice);
        alice.delete(&FUNCTION, &path).no_content();
        assert!(update(&app).data.contains(r#""emojis":[]"#));
        alice.delete(&FUNCTION, &path).is(Code::UnknownEmoji);
        alice.get(&FUNCTION, &path).is(Code::UnknownEmoji);
    }

    #[test]
    fn an_emoji_of_another_guild_is_unknown() {
        let app = App::new();
        let alice = app.register("alice");
        let (mine, _) = alice.create_guild();
        let bob = app.register("bob");
        let (his, _) = bob.create_guild();
        let (foreign, _) = emoji(&app, his, &bob);
        let path = format!("/guilds/{mine}/emojis/{}", foreign.id);
        alice
            .patch(&FUNCTION, &path, json!({ "name": "mine" }))
            .is(Code::UnknownEmoji);
        alice.delete(&FUNCTION, &path).is(Code::UnknownEmoji);
    }

    #[test]
    fn others_emoji_are_for_who_manages_them() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        bob.grant(guild, 1, CREATE_GUILD_EXPRESSIONS);
        let (_, hers) = emoji(&app, guild, &alice);
        let (_, his) = emoji(&app, guild, &bob);
        bob.patch(&FUNCTION, &hers, json!({ "name": "his" }))
            .is(Code::MissingPermissions);
        bob.delete(&FUNCTION, &hers).is(Code::MissingPermissions);
        bob.patch(&FUNCTION, &his, json!({ "name": "his" })).ok();
        bob.delete(&FUNCTION, &his).no_content();
        bob.grant(guild, 2, MANAGE_GUILD_EXPRESSIONS);
        bob.delete(&FUNCTION, &hers).no_content();
    }

    #[test]
    fn a_wrong_name_is_told() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (_, path) = emoji(&app, guild, &alice);
        let answer = alice.patch(&FUNCTION, &path, json!({ "name": "a-b" }));
        assert_eq!(answer.field_error(&["name"]), "STRING_TYPE_REGEX");
        let answer = alice.patch(&FUNCTION, &path, json!({ "roles": 3 }));
        assert_eq!(answer.field_error(&["roles"]), "LIST_TYPE_CONVERT");
    }
}
