//! Whom a message mentions: what its text names, within what the sender allows.
//!
//! See [Discord Docs/Allowed Mentions](https://discord.com/developers/docs/resources/message#allowed-mentions-object).

use std::collections::BTreeSet;

use runtime::fields::{Complaint, FromField};
use runtime::prelude::*;
use serde_json::Value;
use store::messages::{Extra, Stored};

use crate::message_view::{People, people_of};

/// Ids that may be listed for each kind of mention.
const LISTED_MAX: usize = 100;

/// Mentions that a text names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// `<@1>` and `<@!1>`.
    pub users: BTreeSet<Id<marker::User>>,
    /// `<@&1>`.
    pub roles: BTreeSet<Id<marker::Role>>,
    /// `@everyone` or `@here`.
    pub everyone: bool,
}

impl Mentions {
    /// What `content` names, outside of code.
    pub fn of(content: &str) -> Self {
        let mut mentions = Self::default();
        // Most messages name nobody.
        if content.contains('@') {
            outside_code(content, |text| mentions.add(text));
        }
        mentions
    }

    fn add(&mut self, text: &str) {
        self.everyone |= text.contains("@everyone") || text.contains("@here");
        for (start, _) in text.match_indices("<@") {
            let Some((name, _)) = text[start + 2..].split_once('>') else {
                return;
            };
            if let Some(role) = name.strip_prefix('&') {
                self.roles.extend(role.parse::<Id<marker::Role>>());
            } else {
                let user = name.strip_prefix('!').unwrap_or(name);
                self.users.extend(user.parse::<Id<marker::User>>());
            }
        }
    }
}

/// Hands over every part of `content` that does not stand between two equal runs of backticks.
fn outside_code(content: &str, mut part: impl FnMut(&str)) {
    let mut rest = content;
    while let Some(start) = rest.find('`') {
        let (before, code) = rest.split_at(start);
        part(before);
        let body = code.trim_start_matches('`');
        let fence = &code[..code.len() - body.len()];
        rest = match closing(body, fence) {
            Some(after) => after,
            None => body,
        };
    }
    part(rest);
}

/// What follows the first run of backticks that is exactly `fence`.
fn closing<'a>(body: &'a str, fence: &str) -> Option<&'a str> {
    let mut rest = body;
    while let Some(start) = rest.find('`') {
        let run = &rest[start..];
        let after = run.trim_start_matches('`');
        if run.len() - after.len() == fence.len() {
            return Some(after);
        }
        rest = after;
    }
    None
}

/// Which mentions of a message take effect.
#[derive(Debug, Default)]
pub struct AllowedMentions {
    /// `@everyone` and `@here`.
    pub everyone: bool,
    /// Which users.
    pub users: Allowed<marker::User>,
    /// Which roles.
    pub roles: Allowed<marker::Role>,
    /// Whether the author of the message that is answered.
    pub replied_user: bool,
}

/// Which of the ids that a text names.
#[derive(Debug)]
pub enum Allowed<T> {
    /// All of them.
    All,
    /// These alone.
    Listed(Vec<Id<T>>),
}

impl<T> Default for Allowed<T> {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl<T> Allowed<T> {
    /// Whether this one.
    pub fn has(&self, id: Id<T>) -> bool {
        match self {
            Self::All => true,
            Self::Listed(ids) => ids.contains(&id),
        }
    }
}

impl AllowedMentions {
    /// All of them: what holds when the sender says nothing.
    pub fn all() -> Self {
        Self {
            everyone: true,
            users: Allowed::All,
            roles: Allowed::All,
            replied_user: true,
        }
    }
}

/// One of the kinds of mention that take effect without being listed.
struct Parse(&'static str);

impl Parse {
    const KINDS: [&str; 3] = ["users", "roles", "everyone"];
}

impl FromField for Parse {
    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        let known = value
            .as_str()
            .and_then(|text| Self::KINDS.into_iter().find(|kind| *kind == text));
        known.map(Self).ok_or_else(|| {
            let message = "Value must be one of ('users', 'roles', 'everyone').";
            ("BASE_TYPE_CHOICES", message.to_owned())
        })
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(_: &runtime::openapi::Schemas) -> Value {
        serde_json::json!({ "type": "string", "enum": Self::KINDS })
    }
}

impl Form for AllowedMentions {
    fn read(fields: &mut Fields<'_>) -> Self {
        let parse: Vec<Parse> = fields.list("parse", LISTED_MAX).unwrap_or_default();
        let parses = |name: &str| parse.iter().any(|Parse(parsed)| *parsed == name);
        Self {
            everyone: parses("everyone"),
            users: allowed(fields, "users", parses("users")),
            roles: allowed(fields, "roles", parses("roles")),
            replied_user: fields.get("replied_user").unwrap_or_default(),
        }
    }
}

/// All or the listed ones; to ask for both is a mistake.
fn allowed<T>(fields: &mut Fields<'_>, name: &str, all: bool) -> Allowed<T> {
    let listed: Vec<Id<T>> = fields.list(name, LISTED_MAX).unwrap_or_default();
    if !all {
        return Allowed::Listed(listed);
    }
    if !listed.is_empty() {
        let message = format!("parse:[\"{name}\"] and {name}: [ids...] are mutually exclusive.");
        fields.error_here("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
    }
    Allowed::All
}

/// Whom a message mentions, with what is known of them.
#[derive(Debug)]
pub struct Mentioned {
    users: Vec<Id<marker::User>>,
    roles: Vec<Id<marker::Role>>,
    everyone: bool,
    /// The author, the mentioned, and whom the message that is answered names.
    pub people: People,
}

/// Reads whom `text` mentions, within what the author allows and is allowed. `answered` is the
/// message that is answered.
///
/// # Errors
/// The store's own.
pub async fn resolve<const P: u64>(
    cx: &Cx,
    author: &InChannel<P>,
    text: &str,
    allowed: &AllowedMentions,
    answered: Option<&Stored>,
) -> Result<Mentioned> {
    let named = Mentions::of(text);
    let mut users = named.users;
    users.retain(|id| allowed.users.has(*id));
    if let Some(row) = answered.filter(|_| allowed.replied_user) {
        users.extend(row.user_id());
    }
    let read = users
        .iter()
        .copied()
        .chain(answered.into_iter().flat_map(people_of));
    let guild = author.channel.guild_id();
    let mut people = People::read(cx, guild, read).await?;
    people.add_user(author.caller.user().clone());
    if let Some(membership) = &author.membership {
        people.add_member(&membership.member);
    }
    users.retain(|id| people.user(*id).is_some());
    let broadly = author.allows(MENTION_EVERYONE);
    let roles = author
        .membership
        .iter()
        .flat_map(|membership| &membership.roles);
    let roles = roles.filter(|role| {
        named.roles.contains(&role.id)
            && allowed.roles.has(role.id)
            && (role.mentionable || broadly)
            && Some(role.id.get()) != guild.map(Id::get)
    });
    Ok(Mentioned {
        users: users.into_iter().take(LISTED_MAX).collect(),
        roles: roles.map(|role| role.id).collect(),
        everyone: named.everyone && broadly && allowed.everyone,
        people,
    })
}

impl Mentioned {
    /// Notes in a message whom it mentions.
    pub fn write_to(&self, extra: &mut Extra) {
        extra.mentions.clone_from(&self.users);
        extra.mention_roles.clone_from(&self.roles);
        extra.mention_everyone = self.everyone;
    }

    /// The roles it mentions, with everyone as the guild's own.
    pub fn broad<const P: u64>(&self, author: &InChannel<P>) -> Vec<Id<marker::Role>> {
        let everyone = author
            .channel
            .guild_id()
            .filter(|_| self.everyone)
            .map(Id::cast);
        self.roles.iter().copied().chain(everyone).collect()
    }

    /// Whose count of unread mentions goes up: the mentioned who see the channel, or everyone in a
    /// private conversation. Never the author, and no bots, which read nothing.
    pub fn counted<const P: u64>(
        &self,
        author: &InChannel<P>,
        now: Timestamp,
    ) -> Vec<Id<marker::User>> {
        if let Some(private) = &author.channel.private {
            let people = private.recipients.iter().filter(|user| !user.bot);
            return people.map(|user| user.id).collect();
        }
        let Some(membership) = &author.membership else {
            return Vec::new();
        };
        let sees = |id: &Id<marker::User>| {
            let member = self
                .people
                .member(*id)
                .filter(|_| *id != author.caller.id());
            member.is_some_and(|member| {
                let bot = member.user.as_ref().is_some_and(|user| user.bot);
                let permissions = membership.permissions_of(member, &author.channel, now);
                !bot && permissions.contains(Permissions::VIEW_CHANNEL)
            })
        };
        self.users.iter().copied().filter(sees).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(content: &str) -> Vec<u64> {
        Mentions::of(content)
            .users
            .iter()
            .map(|id| id.get())
            .collect()
    }

    #[test]
    fn users_roles_and_everyone_are_found() {
        let mentions = Mentions::of("<@1> and <@!2>, <@&3> @here <@x> <@> <@4");
        assert_eq!(users("<@1> and <@!2>, <@&3> <@x> <@1>"), [1, 2]);
        assert!(mentions.roles.contains(&Id::new(3)));
        assert!(mentions.everyone);
        assert_eq!(Mentions::of("a@example.org"), Mentions::default());
    }

    #[test]
    fn code_mentions_nobody() {
        assert_eq!(users("`<@1>` <@2> ```\n<@3> ` <@4>``` <@5>"), [2, 5]);
        assert_eq!(users("` <@1>"), [1]);
        assert!(!Mentions::of("`@everyone`").everyone);
    }
}
