//! Any user.
//!
//! See [Discord Docs/Get User](https://discord.com/developers/docs/resources/user#get-user).

use model::User;
use runtime::prelude::*;
use store::users;

function! {
    "/users/{user_id}"
    GET get_user
}

/// A user as everyone sees them.
async fn get_user(cx: &Cx, _: Caller, Path(id): Path<Id<marker::User>>) -> Result<Json<User>> {
    let user = cx.read(users::by_id(id).optional()).await?;
    Ok(Json(user.ok_or(Code::UnknownUser)?))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn a_user_shows_nothing_private() {
        let app = App::new();
        let alice = app.register("alice");
        let user = app
            .bot("robot")
            .get(&FUNCTION, &format!("/users/{}", alice.id))
            .ok();
        assert_eq!(
            (&user["username"], &user["flags"]),
            (&"alice".into(), &0.into())
        );
        assert!(user.get("email").is_none());
        assert_eq!(
            (&user["bio"], &user["pronouns"], &user["badge_ids"]),
            (&"".into(), &"".into(), &serde_json::json!([]))
        );
    }

    #[test]
    fn nobody_is_unknown_and_nonsense_is_no_snowflake() {
        let app = App::new();
        let alice = app.register("alice");
        alice.get(&FUNCTION, "/users/1").is(Code::UnknownUser);
        let nonsense = alice.get(&FUNCTION, "/users/alice");
        assert_eq!(nonsense.field_error(&["user_id"]), "NUMBER_TYPE_COERCE");
    }
}
