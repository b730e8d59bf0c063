//! A guild that the gateway keeps by events is the one that it would load: whatever GUILD_CREATE
//! says, REST says too, after deletions as well.

use gateway_durable::SessionId;
use gateway_durable::guild::{Effect, Guild, Input};
use gateway_durable::messages::{Layout, Listener, ToGuild};
use gateway_durable::wants::Wants;
use model::gateway::internal::GuildSnapshot;
use model::id::marker;
use model::{Id, Member};
use runtime::testing::{Actor, App};
use serde_json::{Value, json};

use crate::support::operations;

type GuildId = Id<marker::Guild>;
type ChannelId = Id<marker::Channel>;

/// The function that answers the operation with this name.
fn function(operation: &str) -> &'static runtime::Function {
    let found = operations().find(|(_, found)| found.name == operation);
    found.unwrap_or_else(|| panic!("no {operation}")).0
}

/// What is answered to a `POST`, by the id in it.
#[track_caller]
fn made<T>(actor: &Actor<'_>, operation: &str, path: &str, body: Value) -> Id<T> {
    let answer = actor.post(function(operation), path, body).ok();
    serde_json::from_value(answer["id"].clone()).unwrap()
}

fn say(actor: &Actor<'_>, channel: ChannelId) -> Id<marker::Message> {
    let path = format!("/channels/{channel}/messages");
    made(
        actor,
        "create_message",
        &path,
        json!({ "content": "hello" }),
    )
}

/// A forum of the guild.
fn forum(actor: &Actor<'_>, guild: GuildId) -> ChannelId {
    let path = format!("/guilds/{guild}/channels");
    let forum = json!({ "name": "forum", "type": 15 });
    made(actor, "create_guild_channel", &path, forum)
}

/// A post in the forum.
fn post(actor: &Actor<'_>, forum: ChannelId) -> ChannelId {
    let path = format!("/channels/{forum}/threads");
    let post = json!({ "name": "a post", "message": { "content": "hello" } });
    made(actor, "create_thread", &path, post)
}

/// A guild's core, and what functions publish of the guild.
struct Followed<'a> {
    app: &'a App,
    id: GuildId,
    guild: Guild,
}

impl<'a> Followed<'a> {
    /// Loads the guild for a session of this member.
    fn of(app: &'a App, id: GuildId, member: &Actor<'_>) -> Self {
        Self::of_while(app, id, member, || ())
    }

    /// The same, while something happens between what the stores answer and its arrival.
    fn of_while(app: &'a App, id: GuildId, member: &Actor<'_>, meanwhile: impl FnOnce()) -> Self {
        app.events();
        let loaded = load(app, id);
        let own = loaded.members.iter();
        let own = own.filter(|it| it.user.as_ref().is_some_and(|user| user.id == member.id));
        let own = own.cloned().collect::<Vec<Member>>().remove(0);
        let subscribe = ToGuild::Subscribe {
            listener: Listener {
                session: SessionId(1),
                user: member.id,
                wants: Wants {
                    bot: false,
                    intents: None,
                },
                layout: Layout::Bot,
                large_threshold: 50,
            },
            member: Box::new(own),
            as_of: app.now(),
            presence: None,
            friends: Vec::new(),
            joined: false,
        };
        let guild = Guild::new(id);
        let mut followed = Self { app, id, guild };
        followed.handle(Input::Told(subscribe));
        meanwhile();
        followed.hear();
        followed.handle(Input::Loaded(Ok(Box::new(loaded))));
        followed
    }

    fn handle(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.guild.handle(input, self.app.now(), &mut effects);
        let malformed = |effect: &Effect| matches!(effect, Effect::Malformed { .. });
        assert!(!effects.iter().any(malformed), "{effects:#?}");
    }

    /// Hears of what was published.
    fn hear(&mut self) {
        for event in self.app.events() {
            if event.audience.guild() == Some(self.id) {
                self.handle(Input::Publish(event));
            }
        }
    }

    /// Hears of what was published. The guild is then as it would be loaded.
    #[track_caller]
    fn is_as_stored(&mut self) {
        self.hear();
        let kept = self.guild.save().expect("it is loaded").snapshot;
        assert_eq!(comparable(kept), comparable(load(self.app, self.id)));
    }
}

fn load(app: &App, id: GuildId) -> GuildSnapshot {
    let path = format!("/guilds/{id}");
    let answer = app.itself().get(function("get_guild_snapshot"), &path).ok();
    serde_json::from_value(answer).unwrap()
}

/// A snapshot without the order of its lists.
fn comparable(mut snapshot: GuildSnapshot) -> Value {
    let user = |member: &Member| member.user.as_ref().map(|user| user.id);
    snapshot.members.sort_by_key(user);
    for member in &mut snapshot.members {
        // Events say of a member whose and where it is.
        (member.id, member.guild_id) = (None, None);
        member.roles.sort_unstable();
    }
    snapshot.channels.sort_by_key(|channel| channel.id);
    snapshot.threads.sort_by_key(|thread| thread.id);
    // Members of a thread are known before it is active, and after.
    let active: Vec<_> = snapshot.threads.iter().map(|thread| thread.id).collect();
    let members = &mut snapshot.thread_members;
    members.retain(|member| active.contains(&member.id));
    members.sort_by_key(|member| (member.id, member.user_id));
    snapshot.guild.roles.sort_by_key(|role| role.id);
    snapshot.guild.emojis.sort_by_key(|emoji| emoji.id);
    json!(snapshot)
}

#[test]
fn deleting_a_pinned_message_updates_the_last_pin() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let mut followed = Followed::of(&app, guild, &alice);
    let pin = |message| {
        app.advance(1_000);
        let path = format!("/channels/{channel}/messages/pins/{message}");
        alice
            .put(function("create_pin"), &path, json!({}))
            .no_content();
    };
    let delete = |message| {
        let path = format!("/channels/{channel}/messages/{message}");
        alice.delete(function("delete_message"), &path).no_content();
    };
    let pinned = |_| {
        let message = say(&alice, channel);
        pin(message);
        message
    };
    let [first, second, third] = [0, 1, 2].map(pinned);
    followed.is_as_stored();
    delete(third);
    followed.is_as_stored();
    let unpin = format!("/channels/{channel}/messages/pins/{second}");
    alice.delete(function("delete_pin"), &unpin).no_content();
    followed.is_as_stored();
    delete(first);
    followed.is_as_stored();
    let kept = followed.guild.save().unwrap().snapshot;
    assert_eq!(kept.channels[0].last_pin_timestamp, None);
    let path = format!("/channels/{channel}");
    let rest = alice.get(function("get_channel"), &path).ok();
    assert_eq!(rest.get("last_pin_timestamp"), None);
}

#[test]
fn a_message_that_is_pinned_while_it_is_deleted_leaves_no_pin() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let mut followed = Followed::of(&app, guild, &alice);
    let message = say(&alice, channel);
    let token = alice.token().to_owned();
    app.before_next_write(move |app| {
        let pin = format!("/channels/{channel}/messages/pins/{message}");
        let alice = app.holding(&token);
        alice
            .put(function("create_pin"), &pin, json!({}))
            .no_content();
    });
    let path = format!("/channels/{channel}/messages/{message}");
    alice.delete(function("delete_message"), &path).no_content();
    followed.is_as_stored();
}

#[test]
fn a_thread_counts_what_is_left_in_it() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, channel) = alice.create_guild();
    bob.join(guild);
    let bot = app.bot("bot");
    bot.join(guild);
    bot.grant(guild, 1, model::Permissions::MANAGE_MESSAGES.bits());
    let mut followed = Followed::of(&app, guild, &alice);
    let thread = json!({ "name": "a thread", "type": 11 });
    let path = format!("/channels/{channel}/threads");
    let thread: ChannelId = made(&alice, "create_thread", &path, thread);
    let said = [0, 1, 2, 3].map(|_| say(&alice, thread));
    followed.is_as_stored();
    let path = format!("/channels/{thread}/messages/{}", said[0]);
    alice.delete(function("delete_message"), &path).no_content();
    followed.is_as_stored();
    let path = format!("/channels/{thread}/messages/bulk-delete");
    let two = json!({ "messages": [said[1], said[2]] });
    bot.post(function("bulk_delete_messages"), &path, two)
        .no_content();
    followed.is_as_stored();
    assert_eq!(count(&followed), (1, 1));

    let path = format!("/channels/{thread}/thread-members/@me");
    bob.put(function("join_thread"), &path, json!({}))
        .no_content();
    followed.is_as_stored();
    let path = format!("/guilds/{guild}/members/{}", bob.id);
    alice
        .delete(function("delete_guild_member"), &path)
        .no_content();
    followed.is_as_stored();
    let begun = format!(
        "/channels/{channel}/messages/{}/threads",
        say(&alice, channel)
    );
    let name = json!({ "name": "another" });
    let begun: ChannelId = made(&alice, "create_thread_from_message", &begun, name);
    say(&alice, begun);
    followed.is_as_stored();
}

/// The messages and the members of the only thread.
fn count(followed: &Followed<'_>) -> (u32, u32) {
    let kept = followed.guild.save().unwrap().snapshot;
    let thread = kept.threads[0].thread().unwrap();
    (thread.message_count, thread.member_count)
}

#[test]
fn a_forums_last_post_is_the_last_that_is_left() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let forum = forum(&alice, guild);
    let mut followed = Followed::of(&app, guild, &alice);
    let posts = [(); 3].map(|()| post(&alice, forum));
    followed.is_as_stored();
    let archived = json!({ "archived": true });
    let path = |post: &ChannelId| format!("/channels/{post}");
    let channel = function("delete_channel");
    alice.patch(channel, &path(&posts[1]), archived).ok();
    followed.is_as_stored();
    for (deleted, left) in [(2, Some(posts[1])), (1, Some(posts[0])), (0, None)] {
        alice.delete(channel, &path(&posts[deleted])).ok();
        followed.is_as_stored();
        let rest = alice.get(channel, &path(&forum)).ok();
        assert_eq!(rest["last_message_id"], json!(left));
    }
}

/// While a guild is loaded, threads are heard of before all else.
#[test]
fn a_forum_that_is_loaded_meanwhile_has_its_last_post() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let forum = forum(&alice, guild);
    let [_, deleted] = [(); 2].map(|()| post(&alice, forum));
    let channel = function("delete_channel");
    let mut followed = Followed::of_while(&app, guild, &alice, || {
        alice.delete(channel, &format!("/channels/{deleted}")).ok();
        let last = post(&alice, forum);
        let archived = json!({ "archived": true });
        alice
            .patch(channel, &format!("/channels/{last}"), archived)
            .ok();
    });
    followed.is_as_stored();
}

/// A change of a channel rests on its last message of a moment ago, from the other store.
#[test]
fn a_change_of_a_channel_takes_back_no_message() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let mut followed = Followed::of(&app, guild, &alice);
    let first = say(&alice, channel);
    let read = alice
        .get(function("get_channel"), &format!("/channels/{channel}"))
        .ok();
    say(&alice, channel);
    followed.is_as_stored();
    let stale: model::Channel = serde_json::from_value(read).unwrap();
    assert_eq!(stale.last_message_id, Some(first));
    let audience = model::Audience::Channel { guild, channel };
    let changed = model::event::ChannelUpdate::new(&stale);
    followed.handle(Input::Publish(model::Event::new(audience, &changed)));
    followed.is_as_stored();
}

#[test]
fn references_to_deleted_roles_and_channels_are_cleared() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, channel) = alice.create_guild();
    bob.join(guild);
    let mut followed = Followed::of(&app, guild, &alice);
    let path = format!("/guilds/{guild}/roles");
    let role: Id<marker::Role> = made(&alice, "create_guild_role", &path, json!({ "name": "r" }));
    let held = format!("/guilds/{guild}/members/{}/roles/{role}", bob.id);
    alice
        .put(function("add_guild_member_role"), &held, json!({}))
        .no_content();
    let path = format!("/guilds/{guild}/channels");
    let category = json!({ "name": "category", "type": 4 });
    let category: ChannelId = made(&alice, "create_guild_channel", &path, category);
    let inside = json!({
        "name": "inside", "parent_id": category,
        "permission_overwrites": [{ "id": role, "type": 0, "allow": "1024", "deny": "0" }],
    });
    let inside: ChannelId = made(&alice, "create_guild_channel", &path, inside);
    say(&bob, channel);
    let system = json!({ "system_channel_id": channel });
    let changed = format!("/guilds/{guild}");
    alice.patch(function("update_guild"), &changed, system).ok();
    followed.is_as_stored();
    let deleted = format!("/guilds/{guild}/roles/{role}");
    alice
        .delete(function("delete_guild_role"), &deleted)
        .no_content();
    followed.is_as_stored();
    for gone in [category, channel, inside] {
        let path = format!("/channels/{gone}");
        alice.delete(function("delete_channel"), &path).ok();
        followed.is_as_stored();
    }
    let banned = format!("/guilds/{guild}/bans/{}", bob.id);
    alice
        .put(function("ban_user_from_guild"), &banned, json!({}))
        .no_content();
    followed.is_as_stored();
}
