//! What is recorded of forms, and said of operations.

use model::id::marker;
use model::{Id, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::prelude::*;
use crate::schema::reference;

/// A form with a field of each kind, and itself below it.
struct CreateThing;

impl Form for CreateThing {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.required_name("name", 1..=100);
        fields.nullable_text("topic", 0..=1024);
        fields.int("position", -1..=10);
        fields.choice("type", &[0, 2]);
        fields.patch::<Timestamp>("at");
        fields.list::<Id<marker::Role>>("roles", 3);
        fields.forms::<Self>("parts", 5);
        fields.required::<bool>("nsfw");
        fields.has("name");
        fields.raw("anything");
        Self
    }
}

struct Page;

impl Form for Page {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("after");
        fields.get::<Id<marker::User>>("after");
        fields.int("limit", 1..=1000);
        Self
    }
}

/// A thing.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Thing {
    /// Its id.
    id: Id<marker::Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
}

function! {
    "/guilds/{guild_id}/things/{name}"
    GET list_things
    POST create_thing, 3 per 1_000 ms
        requires MANAGE_ROLES or MANAGE_GUILD and BAN_MEMBERS when "it has roles"
}

async fn list_things(_: &Cx, _: Anyone, _: Query<Page>) -> Result<Json<Vec<Thing>>> {
    Ok(Json(Vec::new()))
}

async fn create_thing(
    _: &Cx,
    _: InGuild<MANAGE_CHANNELS>,
    _: Path<(Id<marker::Guild>, String)>,
    _: Body<CreateThing>,
) -> Result<Result<Created<Thing>, NoContent>> {
    Ok(Err(NoContent))
}

fn described() -> Value {
    document([("things", &FUNCTION)])
}

#[test]
fn a_form_is_recorded_as_it_reads() {
    let form = &described()["components"]["schemas"]["CreateThing"];
    assert_eq!(form["required"], json!(["name", "nsfw"]));
    let nullable = |schema: Value| json!({ "anyOf": [schema, { "type": "null" }] });
    for (name, schema) in [
        (
            "name",
            json!({ "type": "string", "minLength": 1, "maxLength": 100 }),
        ),
        (
            "topic",
            json!({ "type": ["string", "null"], "maxLength": 1024 }),
        ),
        (
            "position",
            json!({ "type": ["integer", "null"], "format": "int64", "minimum": -1, "maximum": 10 }),
        ),
        (
            "type",
            nullable(json!({ "type": "integer", "format": "int64", "enum": [0, 2] })),
        ),
        ("at", reference("Timestamp")),
        (
            "roles",
            json!({ "type": ["array", "null"], "items": reference("Snowflake"), "maxItems": 3 }),
        ),
        (
            "parts",
            json!({ "type": ["array", "null"], "items": reference("CreateThing"), "maxItems": 5 }),
        ),
        ("nsfw", json!({ "type": "boolean" })),
        ("anything", json!({})),
    ] {
        assert_eq!(form["properties"][name], schema, "{name}");
    }
}

#[test]
fn an_operation_says_what_it_takes_and_answers() {
    let document = described();
    let create = &document["paths"]["/guilds/{guild_id}/things/{name}"]["post"];
    let body = &create["requestBody"];
    let json = |name: &str| json!({ "application/json": { "schema": reference(name) } });
    assert_eq!(
        body,
        &json!({ "required": true, "content": json("CreateThing") })
    );
    assert_eq!(
        create["parameters"][1]["schema"],
        json!({ "type": "string" })
    );
    assert_eq!(create["responses"]["201"]["content"], json("Thing"));
    assert_eq!(
        create["responses"]["204"],
        json!({ "description": "No Content" })
    );
    let thing = &document["components"]["schemas"]["Thing"];
    assert_eq!(thing["required"], json!(["id"]));
    let list = &document["paths"]["/guilds/{guild_id}/things/{name}"]["get"];
    let query = &list["parameters"].as_array().expect("parameters")[2..];
    let after = json!({
        "name": "after", "in": "query", "required": true, "schema": reference("Snowflake"),
    });
    let limit = json!({
        "name": "limit", "in": "query",
        "schema": { "type": "integer", "format": "int64", "minimum": 1, "maximum": 1000 },
    });
    assert_eq!(query, [after, limit]);
}

#[test]
fn an_operation_says_who_may_use_it_and_how_often() {
    let document = described();
    let item = &document["paths"]["/guilds/{guild_id}/things/{name}"];
    let create = &item["post"];
    assert_eq!(
        create["x-rate-limit"],
        json!({ "count": 3, "per_ms": 1000 })
    );
    assert_eq!(create["x-permissions"], json!(["MANAGE_CHANNELS"]));
    let any_of = json!([["MANAGE_ROLES"], ["BAN_MEMBERS", "MANAGE_GUILD"]]);
    assert_eq!(
        create["x-requires"],
        json!([{ "any_of": any_of, "when": "it has roles" }])
    );
    assert_eq!(
        create["security"],
        json!([{ "BotToken": [] }, { "UserToken": [] }])
    );
    assert_eq!(item["get"]["security"], json!([]));
    assert!(create["responses"]["401"].is_object() && item["get"]["responses"]["401"].is_null());
}
