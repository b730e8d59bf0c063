//! What clients show when somebody looks at a user.
//!
//! See [Userdoccers/Get User Profile](https://docs.discord.food/resources/user#get-user-profile).

mod view;

use actions::images::{self, Image, Owner};
use model::limits::{BIO_CHARS_MAX, RELATIONSHIPS_MAX};
use runtime::prelude::*;
use serde_json::Value;
use store::users::{self, Edit};
use store::{applications, members, relationships};

use crate::edit;
use view::{MemberProfile, MutualGuild, ProfileApplication, ProfileMetadata, UserProfile};

function! {
    "/users/{user_id}/profile"
    GET get_user_profile
    PATCH update_my_profile, 5 per 30_000 ms
    uses images
}

/// Characters of the pronouns.
const PRONOUNS_CHARS_MAX: usize = 40;
/// The greatest colour: 24 bits.
const COLOR_MAX: i64 = 0xff_ffff;

/// What a profile has besides a name and an avatar; `PATCH /users/@me` takes it too.
pub(crate) struct UpdateMyProfile {
    banner: Option<Option<Image>>,
    accent_color: Option<Option<u32>>,
    bio: Option<String>,
    pronouns: Option<String>,
}

impl Form for UpdateMyProfile {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        let clears_color = fields.raw("accent_color").is_some_and(Value::is_null);
        let color = fields
            .int("accent_color", 0..=COLOR_MAX)
            .map(|color| Some(color as u32));
        let bio = fields.nullable_text("bio", 0..=BIO_CHARS_MAX);
        let pronouns = fields.nullable_text("pronouns", 0..=PRONOUNS_CHARS_MAX);
        Self {
            banner: fields.nullable("banner"),
            accent_color: if clears_color { Some(None) } else { color },
            bio: bio.map(Option::unwrap_or_default),
            pronouns: pronouns.map(Option::unwrap_or_default),
        }
    }
}

impl UpdateMyProfile {
    /// The changes, with the banner stored.
    pub async fn into_edit(self, cx: &Cx, user: Id<marker::User>) -> Result<Edit> {
        let banner = match self.banner {
            Some(Some(image)) => Some(Some(
                image.store(cx, Owner::UserBanner(user), "banner").await?,
            )),
            cleared_or_not => cleared_or_not.map(|_| None),
        };
        Ok(Edit {
            banner,
            accent_color: self.accent_color,
            bio: self.bio,
            pronouns: self.pronouns,
            ..Edit::default()
        })
    }
}

struct GetUserProfileQuery {
    guild: Option<Id<marker::Guild>>,
    with_mutual_guilds: bool,
    with_mutual_friends: bool,
}

impl Form for GetUserProfileQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            guild: fields.get("guild_id"),
            with_mutual_guilds: fields.get("with_mutual_guilds").unwrap_or(true),
            with_mutual_friends: fields.get("with_mutual_friends").unwrap_or_default(),
        }
    }
}

/// Whom a path means: an id, or `@me`.
fn named(caller: &Caller, segment: &str) -> Result<Id<marker::User>> {
    if segment == "@me" {
        return Ok(caller.id());
    }
    segment.parse().map_err(|_| {
        let shown: String = segment.chars().take(64).collect();
        let message = format!("Value \"{shown}\" is not snowflake.");
        Error::field(&["user_id"], "NUMBER_TYPE_COERCE", message)
    })
}

/// A user's profile: the caller's own, a bot's, a friend's, or that of somebody the caller shares a
/// guild with.
async fn get_user_profile(
    cx: &Cx,
    Human(caller): Human,
    Path(user): Path<String>,
    Query(wanted): Query<GetUserProfileQuery>,
) -> Result<Json<UserProfile>> {
    let id = named(&caller, &user)?;
    let guild = wanted.guild.unwrap_or(Id::new(0));
    let (account, mutual, friend, application, member, friends) = cx
        .read((
            users::account_by_id(id).optional(),
            members::mutual_guilds(caller.id(), id),
            relationships::friends_among(caller.id(), &[id]),
            applications::by_bot(id).optional(),
            members::one(guild, id).optional(),
            relationships::mutual_friends(caller.id(), id, RELATIONSHIPS_MAX),
        ))
        .await?;
    let account = account.ok_or(Code::UnknownUser)?;
    let known = id == caller.id() || account.user.bot;
    let known = known || !mutual.is_empty() || !friend.is_empty();
    if !known {
        return Err(Code::MissingAccess.into());
    }
    // Nobody has friends in common with themselves.
    let friends = if id == caller.id() {
        Vec::new()
    } else {
        friends
    };
    let mut profile = UserProfile::new(account, friends.len());
    if wanted.with_mutual_friends {
        profile.mutual_friends = Some(cx.read(users::by_ids(&friends)).await?);
    }
    // A member's profile is for those who are in the guild.
    let shared = mutual.iter().any(|(id, _)| *id == guild);
    if let Some(member) = member.filter(|_| shared) {
        profile.guild_member_profile = Some(MemberProfile::new(guild, &member));
        profile.guild_member = Some(member);
    }
    if wanted.with_mutual_guilds {
        let mutual = mutual.into_iter();
        profile.mutual_guilds = Some(mutual.map(|(id, nick)| MutualGuild { id, nick }).collect());
    }
    profile.application = application.as_ref().map(ProfileApplication::new);
    Ok(Json(profile))
}

/// Changes the caller's own profile.
async fn update_my_profile(
    cx: &Cx,
    Human(caller): Human,
    Path(user): Path<String>,
    Body(patch): Body<UpdateMyProfile>,
) -> Result<Json<ProfileMetadata>> {
    if named(&caller, &user)? != caller.id() {
        return Err(Code::Forbidden.into());
    }
    let edit = patch.into_edit(cx, caller.id()).await?;
    let (account, _) = edit::write(cx, &caller, &edit, None).await?;
    Ok(Json(ProfileMetadata::new(&account)))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_of_a_shared_guild_see_the_profile() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        let path = format!("/users/{}/profile", alice.id);
        bob.get(&FUNCTION, &path).is(Code::MissingAccess);
        bob.join(guild);
        let profile = bob.get(&FUNCTION, &format!("{path}?guild_id={guild}")).ok();
        assert_eq!(profile["user"]["username"], "alice");
        assert_eq!(
            profile["mutual_guilds"],
            json!([{ "id": guild, "nick": null }])
        );
        assert_eq!(profile["guild_member"]["user"]["id"], json!(alice.id));
        let without = format!("{path}?with_mutual_guilds=false");
        assert!(
            bob.get(&FUNCTION, &without)
                .ok()
                .get("mutual_guilds")
                .is_none()
        );
    }

    #[test]
    fn friends_in_common_are_counted_and_listed() {
        let app = App::new();
        let (alice, bob, carol) = (
            app.register("alice"),
            app.register("bob"),
            app.register("carol"),
        );
        let (guild, _) = alice.create_guild();
        bob.join(guild);
        let path = format!("/users/{}/profile", alice.id);
        let list = format!("{path}?with_mutual_friends=true");
        assert_eq!(bob.get(&FUNCTION, &list).ok()["mutual_friends"], json!([]));
        let mut batch = Batch::main();
        let friend = model::relationship::kind::FRIEND;
        for (one, other) in [(&alice, &carol), (&bob, &carol), (&alice, &bob)] {
            batch.push(relationships::set(one.id, other.id, friend, app.now()));
            batch.push(relationships::set(other.id, one.id, friend, app.now()));
        }
        app.write(batch);
        let profile = bob.get(&FUNCTION, &list).ok();
        assert_eq!(profile["mutual_friends_count"], 1);
        assert_eq!(profile["mutual_friends"][0]["username"], "carol");
        let profile = bob.get(&FUNCTION, &path).ok();
        assert_eq!(profile["mutual_friends_count"], 1);
        assert!(profile.get("mutual_friends").is_none());
        let own = bob.get(&FUNCTION, "/users/@me/profile").ok();
        assert_eq!(own["mutual_friends_count"], 0);
    }

    #[test]
    fn a_member_of_another_guild_is_not_shown() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (shared, _) = alice.create_guild();
        bob.join(shared);
        let (other, _) = alice.create_guild();
        let path = format!("/users/{}/profile?guild_id={other}", alice.id);
        assert!(bob.get(&FUNCTION, &path).ok().get("guild_member").is_none());
    }

    #[test]
    fn bots_show_themselves_and_do_not_look() {
        let app = App::new();
        let (alice, robot) = (app.register("alice"), app.bot("robot"));
        let path = format!("/users/{}/profile", robot.id);
        assert_eq!(alice.get(&FUNCTION, &path).ok()["user"]["bot"], true);
        robot.get(&FUNCTION, &path).is(Code::BotsNotAllowed);
    }

    #[test]
    fn only_the_own_profile_is_changed() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let body = json!({ "bio": "hi", "pronouns": "she", "accent_color": 255 });
        let answer = alice
            .patch(&FUNCTION, "/users/@me/profile", body.clone())
            .ok();
        assert_eq!(
            (&answer["bio"], &answer["accent_color"]),
            (&json!("hi"), &json!(255))
        );
        app.emitted(EventKind::UserUpdate);
        let answer = alice.get(&FUNCTION, "/users/@me/profile").ok();
        assert_eq!(answer["user_profile"]["pronouns"], "she");
        let path = format!("/users/{}/profile", bob.id);
        alice.patch(&FUNCTION, &path, body).is(Code::Forbidden);
        let wrong = alice.patch(
            &FUNCTION,
            "/users/@me/profile",
            json!({ "accent_color": -1 }),
        );
        assert_eq!(wrong.field_error(&["accent_color"]), "NUMBER_TYPE_MIN");
    }
}
