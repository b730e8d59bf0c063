//! The caller's settings in Discord's protobufs, which the server merges and otherwise only keeps.
//!
//! See [Userdoccers/User Settings Proto](https://docs.discord.food/resources/user-settings-proto).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::event::{ProtoSettings, UserSettingsProtoUpdate};
use runtime::prelude::*;
use serde::Serialize;
use store::Rejection;
use store::settings::{self, Proto};

use crate::proto;

function! {
    "/users/@me/settings-proto/{user_settings_proto_type}"
    GET get_user_settings_proto
    PATCH update_user_settings_proto
}

/// Bytes of one protobuf, as it is sent and as it is stored. Discord allows five times as much;
/// nothing that its clients write comes near.
const PROTO_BYTES_MAX: usize = 512 * 1024;
/// How often a change is tried again when another one came between.
const ATTEMPTS_MAX: u32 = 5;

struct UpdateUserSettingsProto {
    settings: Vec<u8>,
    required_data_version: Option<i64>,
}

impl Form for UpdateUserSettingsProto {
    fn read(fields: &mut Fields<'_>) -> Self {
        let encoded: String = fields.required("settings");
        let settings = STANDARD.decode(encoded.trim());
        if settings.is_err() {
            let message = "Could not interpret value as base64.";
            fields.error("settings", "BASE64_TYPE_CONVERT", message);
        }
        let settings = settings.unwrap_or_default();
        check_size(fields, settings.len());
        Self {
            settings,
            required_data_version: fields.int("required_data_version", 0..=i64::MAX),
        }
    }
}

fn check_size(fields: &mut Fields<'_>, bytes: usize) {
    if bytes > PROTO_BYTES_MAX {
        fields.error("settings", "BASE_TYPE_MAX_LENGTH", too_large());
    }
}

fn too_large() -> String {
    format!("Must be {PROTO_BYTES_MAX} or fewer bytes.")
}

/// Which protobuf a path names.
fn named(segment: &str) -> Result<Proto> {
    match segment {
        "1" => Ok(Proto::Preloaded),
        "2" => Ok(Proto::Frecency),
        "3" => Ok(Proto::Test),
        _ => {
            let message = "Value must be one of (1, 2, 3).";
            let field = &["user_settings_proto_type"];
            Err(Error::field(field, "BASE_TYPE_CHOICES", message))
        }
    }
}

async fn stored(cx: &Cx, caller: &Caller, which: Proto) -> Result<Option<Vec<u8>>> {
    let stored = settings::proto(caller.id(), which).optional();
    Ok(cx.read(stored).await?.flatten())
}

/// A protobuf of settings, in Base64.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct UserSettingsProto {
    settings: String,
    /// That the change was dropped, because it was made on the grounds of an older version.
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_date: Option<bool>,
}

impl UserSettingsProto {
    fn new(settings: String) -> Json<Self> {
        Json(Self {
            settings,
            out_of_date: None,
        })
    }
}

/// One of the caller's protobufs; empty before it is first set.
async fn get_user_settings_proto(
    cx: &Cx,
    Human(caller): Human,
    Path(kind): Path<String>,
) -> Result<Json<UserSettingsProto>> {
    let stored = stored(cx, &caller, named(&kind)?)
        .await?
        .unwrap_or_default();
    Ok(UserSettingsProto::new(STANDARD.encode(stored)))
}

/// Replaces those top-level fields of a protobuf that are sent. A change that was made on the
/// grounds of an older version than the stored one is dropped, and the answer says so.
async fn update_user_settings_proto(
    cx: &Cx,
    Human(caller): Human,
    Path(kind): Path<String>,
    Body(patch): Body<UpdateUserSettingsProto>,
) -> Result<Json<UserSettingsProto>> {
    let which = named(&kind)?;
    for _ in 0..ATTEMPTS_MAX {
        let old = stored(cx, &caller, which).await?;
        let before = old.as_deref().unwrap_or_default();
        let required = patch.required_data_version.map(|version| version as u64);
        if required.is_some_and(|required| required < proto::data_version(before)) {
            let settings = STANDARD.encode(before);
            return Ok(Json(UserSettingsProto {
                settings,
                out_of_date: Some(true),
            }));
        }
        let Some(merged) = proto::merge(before, &patch.settings) else {
            let message = "Could not interpret value as a protobuf.";
            return Err(Error::field(&["settings"], "PROTO_TYPE_CONVERT", message));
        };
        if merged.len() > PROTO_BYTES_MAX {
            return Err(Error::field(
                &["settings"],
                "BASE_TYPE_MAX_LENGTH",
                too_large(),
            ));
        }
        let encoded = STANDARD.encode(&merged);
        let mut batch = Batch::main();
        let replace = settings::replace_proto(caller.id(), which, old.as_deref(), &merged);
        batch.require_change(replace, Code::Overloaded);
        batch.emit(updated(&caller, &kind, &encoded));
        match cx.write(batch).await {
            Ok(_) => return Ok(UserSettingsProto::new(encoded)),
            Err(Rejection::Code(Code::Overloaded)) => {}
            Err(rejection) => return Err(rejection.into()),
        }
    }
    Err(Code::Overloaded.into())
}

fn updated(caller: &Caller, kind: &str, encoded: &str) -> Event {
    let told = UserSettingsProtoUpdate {
        partial: false,
        settings: ProtoSettings {
            proto: encoded.into(),
            kind: kind.parse().unwrap_or_default(),
        },
    };
    Event::new(Audience::Users(vec![caller.id()]), &told)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::{Value, json};
    use store::Store;

    use super::*;

    const PATH: &str = "/users/@me/settings-proto/1";

    #[test]
    fn a_patch_merges_and_own_sessions_hear_of_it() {
        let app = App::new();
        let alice = app.register("alice");
        assert_eq!(alice.get(&FUNCTION, PATH).ok(), json!({ "settings": "" }));
        // { 2: "ab" }, then { 3: 1 }.
        let first = STANDARD.encode([0x12, 2, b'a', b'b']);
        alice
            .patch(&FUNCTION, PATH, json!({ "settings": first }))
            .ok();
        app.events();
        let second = STANDARD.encode([0x18, 1]);
        let answer = alice
            .patch(&FUNCTION, PATH, json!({ "settings": second }))
            .ok();
        let merged = STANDARD.encode([0x0a, 2, 0x18, 2, 0x12, 2, b'a', b'b', 0x18, 1]);
        assert_eq!(answer, json!({ "settings": merged }));
        assert_eq!(alice.get(&FUNCTION, PATH).ok(), answer);
        let event = app.emitted(EventKind::UserSettingsProtoUpdate);
        assert_eq!(event.audience, Audience::Users(vec![alice.id]));
        let data: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(data["settings"], json!({ "proto": merged, "type": 1 }));
        let frecency = alice.get(&FUNCTION, "/users/@me/settings-proto/2").ok();
        assert_eq!(frecency["settings"], "");
    }

    #[test]
    fn an_outdated_change_is_dropped() {
        let app = App::new();
        let alice = app.register("alice");
        let change = |byte: u8, version: u64| {
            let settings = STANDARD.encode([0x18, byte]);
            let body = json!({ "settings": settings, "required_data_version": version });
            alice.patch(&FUNCTION, PATH, body).ok()
        };
        let stored = change(1, 0);
        assert_eq!(
            change(2, 0),
            json!({ "settings": stored["settings"], "out_of_date": true })
        );
        assert_eq!(change(3, 1).get("out_of_date"), None);
    }

    #[test]
    fn a_change_that_came_between_is_not_lost() {
        let app = App::new();
        let alice = app.register("alice");
        let replace = |old: Option<&[u8]>, new: &[u8]| {
            let mut batch = Batch::main();
            let replace = settings::replace_proto(alice.id, Proto::Preloaded, old, new);
            batch.require_change(replace, Code::Overloaded);
            let cx = runtime::testing::block_on(Cx::new(app.host())).unwrap();
            runtime::testing::block_on(cx.write(batch)).is_ok()
        };
        assert!(replace(None, &[0x18, 1]));
        assert!(!replace(None, &[0x18, 2]));
        assert!(replace(Some(&[0x18, 1]), &[0x18, 3]));
        let stored = app.read(Store::Main, settings::proto(alice.id, Proto::Preloaded));
        assert_eq!(stored, [Some(vec![0x18, 3])]);
    }

    #[test]
    fn mistakes_are_named() {
        let app = App::new();
        let alice = app.register("alice");
        let patch = |settings: &str| alice.patch(&FUNCTION, PATH, json!({ "settings": settings }));
        assert_eq!(patch("%").field_error(&["settings"]), "BASE64_TYPE_CONVERT");
        let no_proto = STANDARD.encode([0x12]);
        assert_eq!(
            patch(&no_proto).field_error(&["settings"]),
            "PROTO_TYPE_CONVERT"
        );
        let large = STANDARD.encode(vec![0; PROTO_BYTES_MAX + 1]);
        assert_eq!(
            patch(&large).field_error(&["settings"]),
            "BASE_TYPE_MAX_LENGTH"
        );
        let path = "/users/@me/settings-proto/4";
        let unknown = alice.get(&FUNCTION, path);
        assert_eq!(
            unknown.field_error(&["user_settings_proto_type"]),
            "BASE_TYPE_CHOICES"
        );
    }
}
