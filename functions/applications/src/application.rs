//! One application, as its owner manages it.
//!
//! See [Discord Docs/Get Application](https://discord.com/developers/docs/resources/application).

use actions::second_factor::Proof;
use runtime::prelude::*;

use crate::edit::UpdateApplication;
use crate::owned::Owned;
use crate::view::PrivateApplication;

function! {
    "/applications/{application_id}"
    GET get_application
    PATCH update_application
    DELETE delete_application
    uses blobs
}

/// The application.
async fn get_application(
    cx: &Cx,
    caller: Caller,
    Path(id): Path<Id<marker::Application>>,
) -> Result<Json<PrivateApplication>> {
    Owned::find(cx, &caller, id).await?.view(cx).await
}

/// Changes the application.
async fn update_application(
    cx: &Cx,
    caller: Caller,
    Path(id): Path<Id<marker::Application>>,
    Body(edit): Body<UpdateApplication>,
) -> Result<Json<PrivateApplication>> {
    let mut owned = Owned::find(cx, &caller, id).await?;
    let edit = match caller.user().bot {
        true => edit.by_bot(),
        false => edit,
    };
    edit.apply(cx, &mut owned).await?;
    owned.view(cx).await
}

/// Deletes the application; see `POST /applications/{application_id}/delete`.
async fn delete_application(
    cx: &Cx,
    Human(caller): Human,
    Path(id): Path<Id<marker::Application>>,
    Body(proof): Body<Proof>,
) -> Result<NoContent> {
    crate::application_delete::delete(cx, &caller, id, &proof).await
}

#[cfg(test)]
mod tests {
    use runtime::testing::{App, block_on};
    use serde_json::{Value, json};
    use store::{Store, applications, users};

    use super::*;
    use crate::testing::{application, code, with_bot, with_second_factor};

    #[test]
    fn an_application_is_its_owners() {
        let app = App::new();
        let (alice, mallory) = (app.register("alice"), app.register("mallory"));
        let (_, path) = application(&alice);
        alice.get(&FUNCTION, &path).ok();
        mallory.get(&FUNCTION, &path).is(Code::NotApplicationOwner);
        mallory
            .patch(&FUNCTION, &path, json!({}))
            .is(Code::NotApplicationOwner);
        mallory
            .delete(&FUNCTION, &path)
            .is(Code::NotApplicationOwner);
        alice
            .get(&FUNCTION, "/applications/1")
            .is(Code::UnknownApplication);
    }

    #[test]
    fn edits_are_stored_and_other_fields_stay() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, path) = application(&alice);
        let edit = json!({
            "description": { "default": "It beeps." },
            "tags": ["b", "a", "a"],
            "interactions_endpoint_url": "https://robot.example/",
            "install_params": { "scopes": ["bot"], "permissions": "8" },
            "integration_types_config": { "0": { "oauth2_install_params": { "scopes": ["bot"] } } },
            "flags": (1 << 15) | 1,
            "bot_public": false,
        });
        alice.patch(&FUNCTION, &path, edit).ok();
        let edited = alice.patch(&FUNCTION, &path, json!({ "name": "R2" })).ok();
        assert_eq!(edited["name"], "R2");
        assert_eq!(edited["description"], "It beeps.");
        assert_eq!(edited["tags"], json!(["a", "b"]));
        assert_eq!(
            edited["install_params"],
            json!({ "scopes": ["bot"], "permissions": "8" })
        );
        assert_eq!(
            edited["flags"],
            1 << 15,
            "of flags the owner sets only some"
        );
        assert_eq!(edited["bot_public"], false);
        let cleared = json!({ "interactions_endpoint_url": null });
        let cleared = alice.patch(&FUNCTION, &path, cleared).ok();
        assert_eq!(cleared["interactions_endpoint_url"], Value::Null);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, path) = application(&alice);
        let edit = json!({
            "name": "",
            "description": "x".repeat(401),
            "tags": ["a", "b", "c", "d", "e", "f"],
            "terms_of_service_url": "javascript:alert(1)",
            "flags": "many",
            "install_params": { "permissions": "x", "scopes": ["x".repeat(101)] },
        });
        let answer = alice.patch(&FUNCTION, &path, edit);
        for field in [
            "name",
            "description",
            "tags",
            "terms_of_service_url",
            "flags",
        ] {
            answer.field_error(&[field]);
        }
        answer.field_error(&["install_params", "permissions"]);
        let code = answer.field_error(&["install_params", "scopes"]);
        assert_eq!(code, "BASE_TYPE_MAX_LENGTH");
    }

    #[test]
    fn a_bot_does_not_rename_its_application() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, bot) = with_bot(&app, &alice);
        let path = format!("/applications/{id}");
        let edit = json!({ "name": "Mine", "description": "It beeps." });
        let edited = bot.patch(&FUNCTION, &path, edit.clone()).ok();
        assert_eq!(
            (&edited["name"], &edited["description"]),
            (&json!("Robot"), &json!("It beeps."))
        );
        assert_eq!(alice.patch(&FUNCTION, &path, edit).ok()["name"], "Mine");
    }

    #[test]
    fn the_gateway_hears_which_intents_are_allowed() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, bot) = with_bot(&app, &alice);
        let path = format!("/applications/{id}");
        alice.patch(&FUNCTION, &path, json!({ "name": "R2" })).ok();
        assert!(app.events().is_empty());
        for flags in [1 << 15, 0] {
            let edit = json!({ "flags": flags });
            alice.patch(&FUNCTION, &path, edit).ok();
            let event = app.emitted(EventKind::IntentsAllowed);
            assert_eq!(event.audience, Audience::Users(vec![bot.id]));
            assert_eq!(event.data, flags.to_string());
        }
    }

    #[test]
    fn two_edits_of_settings_at_once_both_count() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, path) = application(&alice);
        let cx = block_on(Cx::new(app.host())).unwrap();
        let (application, owner) = app.read(
            Store::Main,
            (
                applications::by_id(id).optional(),
                users::by_id(alice.id).optional(),
            ),
        );
        let mut owned = Owned {
            application: application.unwrap(),
            owner: owner.unwrap(),
            bot: None,
        };
        alice.patch(&FUNCTION, &path, json!({ "tags": ["a"] })).ok();
        let edit = json!({ "terms_of_service_url": "https://robot.example/" });
        let edit: UpdateApplication = Fields::read(edit).unwrap();
        block_on(edit.apply(&cx, &mut owned)).unwrap();
        let both = alice.get(&FUNCTION, &path).ok();
        assert_eq!(both["tags"], json!(["a"]));
        assert_eq!(both["terms_of_service_url"], "https://robot.example/");
    }

    #[test]
    fn a_deleted_application_takes_its_bot_along() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (id, bot) = with_bot(&app, &alice);
        bot.join(guild);
        let path = format!("/applications/{id}");
        bot.get(&FUNCTION, &path).ok();
        bot.delete(&FUNCTION, &path).is(Code::BotsNotAllowed);
        alice.delete(&FUNCTION, &path).no_content();
        let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [EventKind::GuildMemberRemove, EventKind::SessionsRevoked]
        );
        bot.get(&FUNCTION, &path).is(Code::Unauthorized);
        alice.get(&FUNCTION, &path).is(Code::UnknownApplication);
    }

    #[test]
    fn deletion_requires_the_second_factor() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, path) = application(&alice);
        with_second_factor(&app, &alice);
        alice.delete(&FUNCTION, &path).is(Code::MfaRequired);
        let post = &crate::application_delete::FUNCTION;
        let path = format!("{path}/delete");
        alice
            .post(post, &path, json!({ "code": "000000" }))
            .is(Code::InvalidMfaCode);
        alice
            .post(post, &path, json!({ "code": code(app.now()) }))
            .no_content();
    }
}
