//! Settings of forums and of threads' defaults, which the server stores and returns.
//!
//! See [Discord Docs/Forum Tag Object](https://discord.com/developers/docs/resources/channel#forum-tag-object).

use model::Id;
use model::channel::kind;
use model::id::marker;
use model::limits::SLOWMODE_SECS_MAX;
use runtime::{Cx, Fields, Form};
use serde_json::{Map, Value, json};

/// Flags that requests may set: `REQUIRE_TAG` and `HIDE_MEDIA_DOWNLOAD_OPTIONS`.
pub(super) const FLAGS: i64 = 1 << 4 | 1 << 15;

/// Tags of a forum.
const TAGS_MAX: usize = 20;
/// Characters of a tag's name.
const TAG_NAME_CHARS_MAX: usize = 50;

#[derive(Debug, Clone, Default)]
pub(super) struct ForumFields {
    thread_slowmode_secs: Option<i64>,
    sort_order: Option<Option<i64>>,
    layout: Option<i64>,
    tag_setting: Option<String>,
    reaction: Option<Option<DefaultReaction>>,
    tags: Option<Vec<Tag>>,
}

#[derive(Debug, Clone)]
struct DefaultReaction {
    id: Option<Id<marker::Emoji>>,
    name: Option<String>,
}

#[derive(Debug, Clone)]
struct Tag {
    id: Option<Id<marker::Generic>>,
    name: String,
    moderated: bool,
    emoji: DefaultReaction,
}

impl Form for DefaultReaction {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            id: fields.get("emoji_id"),
            name: fields.text("emoji_name", 0..=100),
        }
    }
}

impl Form for Tag {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            id: fields.get("id"),
            name: fields.required_name("name", 1..=TAG_NAME_CHARS_MAX),
            moderated: fields.get("moderated").unwrap_or_default(),
            emoji: DefaultReaction::read(fields),
        }
    }
}

impl ForumFields {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let reaction = fields.form("default_reaction_emoji");
        let tag_setting = fields.get::<String>("default_tag_setting");
        if let Some(setting) = &tag_setting
            && !matches!(setting.as_str(), "match_all" | "match_some")
        {
            let message = "Value must be one of ('match_all', 'match_some').";
            fields.error("default_tag_setting", "BASE_TYPE_CHOICES", message);
        }
        Self {
            thread_slowmode_secs: fields
                .int("default_thread_rate_limit_per_user", 0..=SLOWMODE_SECS_MAX),
            sort_order: match fields.nullable::<i64>("default_sort_order") {
                Some(None) => Some(None),
                _ => fields.choice("default_sort_order", &[0, 1]).map(Some),
            },
            layout: fields.choice("default_forum_layout", &[0, 1, 2]),
            tag_setting,
            reaction: fields.has("default_reaction_emoji").then_some(reaction),
            tags: fields.forms("available_tags", TAGS_MAX),
        }
    }

    /// Writes the fields that a channel of this type has.
    pub(super) fn apply(self, cx: &Cx, kind: u8, settings: &mut Map<String, Value>) {
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                settings.insert(name.to_owned(), value);
            }
        };
        let slowmode = self.thread_slowmode_secs.map(|secs| json!(secs));
        set("default_thread_rate_limit_per_user", slowmode);
        if !matches!(kind, kind::FORUM | kind::MEDIA) {
            return;
        }
        set(
            "default_sort_order",
            self.sort_order.map(|order| json!(order)),
        );
        set(
            "default_forum_layout",
            self.layout.map(|layout| json!(layout)),
        );
        set(
            "default_tag_setting",
            self.tag_setting.map(|setting| json!(setting)),
        );
        let reaction = self.reaction.map(|emoji| emoji.map(|emoji| emoji.view()));
        set("default_reaction_emoji", reaction.map(|emoji| json!(emoji)));
        let known = known_tags(settings);
        let tags = self.tags.map(|tags| {
            let tags = tags.into_iter().map(|tag| tag.view(cx, &known));
            tags.collect::<Value>()
        });
        if let Some(tags) = tags {
            settings.insert("available_tags".to_owned(), tags);
        }
    }
}

impl DefaultReaction {
    fn view(&self) -> Value {
        json!({ "emoji_id": self.id, "emoji_name": self.name })
    }
}

impl Tag {
    /// The tag as it is stored; a new one gets an id, whatever number the client gave it.
    fn view(self, cx: &Cx, known: &[Id<marker::Generic>]) -> Value {
        let id = self.id.filter(|id| known.contains(id));
        json!({
            "id": id.unwrap_or_else(|| cx.id()),
            "name": self.name,
            "moderated": self.moderated,
            "emoji_id": self.emoji.id,
            "emoji_name": self.emoji.name,
        })
    }
}

/// The tags that a channel with these settings has.
fn known_tags(settings: &Map<String, Value>) -> Vec<Id<marker::Generic>> {
    let tags = settings.get("available_tags").and_then(Value::as_array);
    let ids = tags
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["id"].as_str());
    ids.filter_map(|id| id.parse().ok()).collect()
}

/// What clients expect of a new channel of this type.
pub(super) fn defaults(kind: u8) -> Map<String, Value> {
    let mut defaults = Map::new();
    if matches!(kind, kind::FORUM | kind::MEDIA) {
        defaults.insert("available_tags".to_owned(), json!([]));
        defaults.insert("default_reaction_emoji".to_owned(), Value::Null);
        defaults.insert("default_sort_order".to_owned(), Value::Null);
        defaults.insert("default_forum_layout".to_owned(), json!(0));
    }
    defaults
}
