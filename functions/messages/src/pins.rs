//! A channel's pinned messages.

use actions::message_view::view_all;
use actions::pins;
use model::Message;
use runtime::prelude::*;
use serde::Serialize;

function! {
    "/channels/{channel_id}/messages/pins"
    GET list_pins
}

/// Pins in a page.
const LIMIT_MAX: i64 = 50;

struct Page {
    before: Option<Timestamp>,
    limit: u32,
}

impl Form for Page {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            before: fields.get("before"),
            limit: fields.int("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT_MAX) as u32,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Pins {
    items: Vec<Pin>,
    has_more: bool,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Pin {
    pinned_at: Timestamp,
    message: Message,
}

/// A page of pinned messages, the last pinned first.
///
/// See [Discord Docs/Get Channel Pins](https://discord.com/developers/docs/resources/message#get-channel-pins).
async fn list_pins(cx: &Cx, caller: InChannel, Query(page): Query<Page>) -> Result<Json<Pins>> {
    let mut rows = pins::page(cx, &caller, page.before, page.limit + 1).await?;
    let has_more = rows.len() > page.limit as usize;
    rows.truncate(page.limit as usize);
    let times: Vec<_> = rows.iter().filter_map(|row| row.pinned_at).collect();
    let messages = view_all(cx, &caller, rows).await?;
    let items = times.into_iter().zip(messages);
    let items = items
        .map(|(pinned_at, message)| Pin { pinned_at, message })
        .collect();
    Ok(Json(Pins { items, has_more }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::deprecated_pins::FUNCTION as DEPRECATED_PINS;
    use crate::messages::FUNCTION as MESSAGES;
    use crate::pin::FUNCTION as PIN;

    #[test]
    fn the_last_pinned_is_the_first_in_both_lists() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/messages");
        let mut pins = Vec::new();
        for content in ["a", "b", "c"] {
            let message = alice
                .post(&MESSAGES, &path, json!({ "content": content }))
                .ok();
            pins.push(format!(
                "{path}/pins/{}",
                message["id"].as_str().expect("an id")
            ));
            app.advance(1);
        }
        for pin in &pins {
            alice.put(&PIN, pin, json!({})).no_content();
            app.advance(1);
        }
        let page = alice.get(&FUNCTION, &format!("{path}/pins?limit=2")).ok();
        assert_eq!(page["has_more"], true);
        assert_eq!(page["items"][0]["message"]["content"], "c");
        let before = page["items"][1]["pinned_at"]
            .as_str()
            .expect("a time")
            .replace('+', "%2B");
        let page = alice
            .get(&FUNCTION, &format!("{path}/pins?before={before}"))
            .ok();
        assert_eq!(page["has_more"], false);
        assert_eq!(page["items"][0]["message"]["content"], "a");
        let old = alice
            .get(&DEPRECATED_PINS, &format!("/channels/{channel}/pins"))
            .ok();
        assert_eq!(old[0]["content"], "c");
        assert_eq!(old.as_array().map(Vec::len), Some(3));
        let wrong = alice.get(&FUNCTION, &format!("{path}/pins?limit=51"));
        assert_eq!(wrong.field_error(&["limit"]), "NUMBER_TYPE_MAX");
        let mallory = app.register("mallory");
        mallory
            .get(&FUNCTION, &format!("{path}/pins"))
            .is(Code::MissingAccess);
    }
}
