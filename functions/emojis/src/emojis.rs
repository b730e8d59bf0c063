//! The emoji of a guild.
//!
//! See [Discord Docs/List Guild Emojis](https://discord.com/developers/docs/resources/emoji#list-guild-emojis).

use actions::audit_log::{self, Entry};
use actions::images::{BODY_BYTES_MAX, Image, Owner};
use model::emoji::Emoji;
use runtime::extract::Reason;
use runtime::prelude::*;

use crate::change::{Change, write};
use crate::{name, view};

function! {
    "/guilds/{guild_id}/emojis"
    GET list_guild_emojis
    POST create_guild_emoji
    uses images
}

/// All emoji of the guild. Members who may upload emoji also see the uploaders.
async fn list_guild_emojis(cx: &Cx, caller: InGuild) -> Result<Json<Vec<Emoji>>> {
    let guild = caller.guild.id;
    let all = store::emojis::of_guild(guild);
    if !view::shows_uploaders(&caller) {
        return Ok(Json(cx.read(all).await?));
    }
    let (emojis, uploaders) = cx.read((all, store::emojis::uploaders(guild))).await?;
    Ok(Json(view::with_uploaders(emojis, uploaders)))
}

struct CreateGuildEmoji {
    name: String,
    image: Image,
    roles: Vec<Id<marker::Role>>,
}

impl Form for CreateGuildEmoji {
    const BODY_BYTES_MAX: usize = BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        // Noted here once when it is absent; what it must look like is read below.
        if matches!(fields.raw("name"), None | Some(serde_json::Value::Null)) {
            fields.required::<String>("name");
        }
        Self {
            name: name::read(fields).unwrap_or_default(),
            image: Image::emoji(fields, "image"),
            roles: name::read_roles(fields).unwrap_or_default(),
        }
    }
}

/// Uploads an emoji.
async fn create_guild_emoji(
    cx: &Cx,
    caller: InGuild<CREATE_GUILD_EXPRESSIONS>,
    Body(new): Body<CreateGuildEmoji>,
    Reason(reason): Reason,
) -> Result<Created<Emoji>> {
    name::check_roles(&caller, &new.roles)?;
    let guild = caller.guild.id;
    let user = caller.caller.id();
    let emoji = Emoji {
        id: cx.id(),
        name: new.name,
        roles: new.roles,
        user: None,
        require_colons: true,
        managed: false,
        animated: new.image.animated,
        available: true,
    };
    // An image that no emoji has would stay for ever, so a full guild stores none.
    let before = cx.read(store::emojis::of_guild(guild)).await?;
    check_room(cx, &before, emoji.animated)?;
    let owner = Owner::Emoji(emoji.id);
    let hash = new.image.store(cx, owner, "image").await?;
    let written = write(cx, guild, |before| {
        check_room(cx, before, emoji.animated)?;
        Ok(Change {
            statement: store::emojis::insert(guild, &emoji, user),
            after: before.iter().chain([&emoji]).cloned().collect(),
            entry: Entry::new(guild, user, audit_log::EMOJI_CREATE)
                .target(emoji.id)
                .differences(&["name"], None::<&Emoji>, Some(&emoji))
                .reason(reason),
        })
    });
    match written.await {
        // Without an answer of the store the emoji may be there.
        Err(error @ Error::Api(Code::Overloaded)) => return Err(error),
        Err(error @ (Error::Conflict | Error::Api(_))) => {
            cx.blobs().delete(&owner.key(&hash)).await?;
            return Err(error);
        }
        written => drop(written?),
    }
    let user = Some(caller.caller.user().clone());
    Ok(Created(Emoji { user, ..emoji }))
}

/// Checks that another emoji fits; still and animated ones are counted apart.
fn check_room(cx: &Cx, before: &[Emoji], animated: bool) -> Result<()> {
    let max = cx.config().limits.emojis_per_guild_max as usize;
    let alike = before.iter().filter(|other| other.animated == animated);
    match alike.count() < max {
        true => Ok(()),
        false => Err(Code::TooManyEmojis.into()),
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::*;
    use runtime::testing::{Actor, App};
    use serde_json::{Value, json};

    use super::*;

    /// A PNG of 1 pixel.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde";

    fn image(bytes: &[u8]) -> String {
        format!("data:image/png;base64,{}", BASE64_STANDARD.encode(bytes))
    }

    fn create(
        actor: &Actor<'_>,
        guild: Id<marker::Guild>,
        body: Value,
    ) -> runtime::testing::Answer {
        actor.post(&FUNCTION, &format!("/guilds/{guild}/emojis"), body)
    }

    #[test]
    fn an_upload_is_listed_logged_and_told_to_the_guild() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let made = create(
            &alice,
            guild,
            json!({ "name": "blob", "image": image(PNG) }),
        );
        assert_eq!(made.status, 201);
        let made = made.ok();
        assert_eq!(
            (&made["name"], &made["animated"]),
            (&json!("blob"), &json!(false))
        );
        assert_eq!(made["user"]["username"], "alice");
        let events = app.events();
        let update = events
            .iter()
            .find(|event| event.kind == EventKind::GuildEmojisUpdate);
        let update = update.unwrap();
        assert_eq!(update.audience, Audience::Guild(guild));
        assert!(update.data.contains(r#""name":"blob""#));
        assert!(
            events
                .iter()
                .any(|event| event.kind == EventKind::GuildAuditLogEntryCreate)
        );
        let id = made["id"].as_str().unwrap();
        assert_eq!(app.blob(&format!("emojis/{id}")).unwrap(), PNG);
        let list = alice
            .get(&FUNCTION, &format!("/guilds/{guild}/emojis"))
            .ok();
        assert_eq!(list, json!([made]));
    }

    #[test]
    fn the_uploader_is_hidden_without_permission() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        create(
            &alice,
            guild,
            json!({ "name": "blob", "image": image(PNG) }),
        )
        .ok();
        let bob = app.register("bob");
        bob.join(guild);
        let mut batch = Batch::main();
        let before = app
            .read(store::Store::Main, store::roles::of_guild(guild))
            .remove(0);
        let mut everyone = before.clone();
        everyone.permissions = Permissions::empty();
        store::roles::update(&mut batch, &before, &everyone);
        app.write(batch);
        let list = bob.get(&FUNCTION, &format!("/guilds/{guild}/emojis")).ok();
        assert_eq!(list[0].get("user"), None);
        create(&bob, guild, json!({})).is(Code::MissingPermissions);
    }

    #[test]
    fn still_and_animated_emoji_have_a_limit_each() {
        let app = App::new();
        app.configure(|config| config.limits.emojis_per_guild_max = 2);
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let mut webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0".to_vec();
        webp.extend([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for bytes in [PNG, &webp] {
            for _ in 0..2 {
                create(
                    &alice,
                    guild,
                    json!({ "name": "blob", "image": image(bytes) }),
                )
                .ok();
            }
            create(
                &alice,
                guild,
                json!({ "name": "blob", "image": image(bytes) }),
            )
            .is(Code::TooManyEmojis);
        }
        assert_eq!(app.blobs().len(), 4, "what is refused leaves nothing");
    }

    #[test]
    fn every_field_is_checked() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let answer = create(&alice, guild, json!({}));
        assert_eq!(answer.field_error(&["name"]), "BASE_TYPE_REQUIRED");
        assert_eq!(answer.field_error(&["image"]), "BASE_TYPE_REQUIRED");
        for (name, code) in [
            ("a", "BASE_TYPE_BAD_LENGTH"),
            (&"a".repeat(33), "BASE_TYPE_BAD_LENGTH"),
            ("a b", "STRING_TYPE_REGEX"),
            ("äö", "STRING_TYPE_REGEX"),
        ] {
            let answer = create(&alice, guild, json!({ "name": name, "image": image(PNG) }));
            assert_eq!(answer.field_error(&["name"]), code, "{name}");
        }
        let large = image(&[PNG, &[0; 256 << 10]].concat());
        let answer = create(&alice, guild, json!({ "name": "blob", "image": large }));
        assert_eq!(answer.field_error(&["image"]), "BINARY_TYPE_MAX_SIZE");
        let roles = json!({ "name": "blob", "image": image(PNG), "roles": ["x"] });
        create(&alice, guild, roles).field_error(&["roles", "0"]);
        let roles = json!({ "name": "blob", "image": image(PNG), "roles": ["77"] });
        create(&alice, guild, roles).is(Code::InvalidRole);
        assert_eq!(app.blobs(), Vec::<String>::new());
    }

    #[test]
    fn all_emoji_are_told_of_as_they_are() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let token = alice.token().to_owned();
        app.before_next_write(move |app| {
            let first = json!({ "name": "first", "image": image(PNG) });
            create(&app.holding(&token), guild, first).ok();
        });
        create(
            &alice,
            guild,
            json!({ "name": "second", "image": image(PNG) }),
        )
        .ok();
        let mut events = app.events();
        events.retain(|event| event.kind == EventKind::GuildEmojisUpdate);
        let last = &events.last().unwrap().data;
        assert!(last.contains("first") && last.contains("second"), "{last}");
        assert_eq!((events.len(), app.blobs().len()), (2, 2));
    }
}
