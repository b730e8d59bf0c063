//! twilight: its models refuse what discord.js would shrug at.

use std::sync::Arc;
use std::time::Duration;

use model::permissions::bits::ADMINISTRATOR;
use twilight_gateway::{ConfigBuilder, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
use twilight_http::Client;
use twilight_http::api_error::ApiError;
use twilight_http::error::ErrorType;
use twilight_http::request::AuditLogReason as _;
use twilight_http::request::channel::reaction::RequestReactionType;
use twilight_model::gateway::event::Event;
use twilight_model::gateway::payload::outgoing::RequestGuildMembers;
use twilight_model::http::attachment::Attachment;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, MessageMarker, UserMarker};

use crate::support::{Actor, Instance};

/// How long an expected event may take.
const EVENT_WITHIN: Duration = Duration::from_secs(15);

/// A bot in a guild, with a person to act with.
struct Life {
    client: Client,
    shard: Shard,
    guild: Id<GuildMarker>,
    channel: Id<ChannelMarker>,
    person: Actor,
    user: Id<UserMarker>,
}

impl Life {
    async fn new(instance: &Arc<Instance>) -> Self {
        let owner = instance.register("owner").await;
        let (guild, channel) = owner.create_guild("a community").await;
        let bot = owner.create_bot("automaton").await;
        owner.add_bot(&bot, &guild, ADMINISTRATOR).await;
        let person = instance.register("person").await;
        owner.invite(&channel, &person).await;
        let token = bot.token.trim_start_matches("Bot ").to_owned();
        let authority = instance.url.trim_start_matches("http://").to_owned();
        let client = Client::builder()
            .proxy(authority, true)
            .token(token.clone())
            .build();
        let config = ConfigBuilder::new(token, Intents::all())
            .proxy_url(instance.gateway_url())
            .build();
        Self {
            client,
            shard: Shard::with_config(ShardId::ONE, config),
            guild: guild.parse().expect("an id"),
            channel: channel.parse().expect("an id"),
            user: person.id.parse().expect("an id"),
            person,
        }
    }

    /// The next event for which `wanted` has an answer. Any that cannot be read fails the test.
    async fn event<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        let found = tokio::time::timeout(EVENT_WITHIN, async {
            loop {
                match self.shard.next_event(EventTypeFlags::all()).await {
                    Some(Ok(event)) => {
                        if let Some(found) = wanted(event) {
                            return found;
                        }
                    }
                    Some(Err(error)) => panic!("twilight cannot read an event: {error:?}"),
                    None => panic!("the shard ended"),
                }
            }
        });
        found.await.expect("the event comes in time")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twilight_lives_a_bots_life() {
    let instance = Instance::shared().await;
    let mut life = Life::new(&instance).await;
    identify(&mut life).await;
    messages(&mut life).await;
    files_and_emoji(&mut life).await;
    administration(&mut life).await;
    members(&mut life).await;
    errors(&life).await;
}

async fn identify(life: &mut Life) {
    let guild = life.guild;
    let ready = life.event(|event| match event {
        Event::Ready(ready) => Some(ready),
        _ => None,
    });
    assert!(
        ready
            .await
            .guilds
            .iter()
            .any(|unavailable| unavailable.id == guild)
    );
    let created = life.event(|event| match event {
        Event::GuildCreate(created) => Some(created),
        _ => None,
    });
    assert_eq!(created.await.id(), guild);
    let found = life
        .client
        .guild(guild)
        .with_counts(true)
        .await
        .expect("an answer");
    assert_eq!(
        found
            .model()
            .await
            .expect("a guild")
            .approximate_member_count,
        Some(3)
    );
    let application = life
        .client
        .current_user_application()
        .await
        .expect("an answer");
    application.model().await.expect("an application");
}

async fn messages(life: &mut Life) {
    let channel = life.channel;
    let sent = life
        .client
        .create_message(channel)
        .content("hello")
        .await
        .expect("it is sent");
    let sent = sent.model().await.expect("a message");
    let heard = life.event(|event| match event {
        Event::MessageCreate(message) if message.content == "hello" => Some(message),
        _ => None,
    });
    assert_eq!(heard.await.id, sent.id);

    let edit = life
        .client
        .update_message(channel, sent.id)
        .content(Some("edited"))
        .await;
    assert_eq!(
        edit.expect("an answer")
            .model()
            .await
            .expect("a message")
            .content,
        "edited"
    );
    life.event(|event| matches!(event, Event::MessageUpdate(_)).then_some(()))
        .await;

    let reply = life
        .client
        .create_message(channel)
        .reply(sent.id)
        .content("a reply")
        .await;
    let reply = reply.expect("an answer").model().await.expect("a message");
    assert_eq!(
        reply.referenced_message.map(|message| message.id),
        Some(sent.id)
    );

    reactions_and_pins(life, sent.id).await;
    deletions_and_typing(life).await;
}

async fn reactions_and_pins(life: &mut Life, message: Id<MessageMarker>) {
    let channel = life.channel;
    let fire = RequestReactionType::Unicode { name: "🔥" };
    life.client
        .create_reaction(channel, message, &fire)
        .await
        .expect("a reaction");
    life.event(|event| matches!(event, Event::ReactionAdd(_)).then_some(()))
        .await;
    let read = life
        .client
        .message(channel, message)
        .await
        .expect("an answer");
    assert!(read.model().await.expect("a message").reactions[0].me);

    life.client
        .create_pin(channel, message)
        .await
        .expect("a pin");
    life.event(|event| matches!(event, Event::ChannelPinsUpdate(_)).then_some(()))
        .await;
    let page = life
        .client
        .channel_messages(channel)
        .limit(10)
        .await
        .expect("an answer");
    assert!(page.models().await.expect("messages").len() >= 3);
}

async fn deletions_and_typing(life: &mut Life) {
    let channel = life.channel;
    let mut ids = Vec::new();
    for number in 0..3 {
        let content = format!("to go {number}");
        let sent = life
            .client
            .create_message(channel)
            .content(&content)
            .await
            .expect("sent");
        ids.push(sent.model().await.expect("a message").id);
    }
    life.client
        .delete_messages(channel, &ids)
        .await
        .expect("they are deleted");
    life.event(|event| matches!(event, Event::MessageDeleteBulk(_)).then_some(()))
        .await;

    let channel = channel.get();
    life.person
        .post(
            &format!("/channels/{channel}/typing"),
            serde_json::json!({}),
        )
        .await
        .ok();
    life.event(|event| matches!(event, Event::TypingStart(_)).then_some(()))
        .await;
    life.client
        .create_typing_trigger(life.channel)
        .await
        .expect("it types");
}

async fn files_and_emoji(life: &mut Life) {
    let bytes: Vec<u8> = (0..50_000u32).map(|number| (number * 13) as u8).collect();
    let files = [Attachment::from_bytes(
        "bytes.bin".to_owned(),
        bytes.clone(),
        1,
    )];
    let sent = life
        .client
        .create_message(life.channel)
        .attachments(&files)
        .await
        .expect("sent");
    let sent = sent.model().await.expect("a message");
    assert_eq!(sent.attachments[0].size, bytes.len() as u64);
    let back = reqwest::get(&sent.attachments[0].url)
        .await
        .expect("an answer");
    assert_eq!(back.bytes().await.expect("a body"), bytes);

    let pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
    let emoji = life
        .client
        .create_emoji(life.guild, "pixel", pixel)
        .await
        .expect("an emoji");
    assert_eq!(emoji.model().await.expect("an emoji").name, "pixel");
    life.event(|event| matches!(event, Event::GuildEmojisUpdate(_)).then_some(()))
        .await;
}

async fn administration(life: &mut Life) {
    let role = life
        .client
        .create_role(life.guild)
        .name("painters")
        .color(0xff_0000)
        .await;
    let role = role.expect("an answer").model().await.expect("a role");
    life.event(|event| matches!(event, Event::RoleCreate(_)).then_some(()))
        .await;
    let add = life
        .client
        .add_guild_member_role(life.guild, life.user, role.id);
    add.await.expect("the role is given");
    life.event(|event| matches!(event, Event::MemberUpdate(_)).then_some(()))
        .await;
    let made = life
        .client
        .create_guild_channel(life.guild, "rooms")
        .await
        .expect("an answer");
    made.model().await.expect("a channel");
    life.event(|event| matches!(event, Event::ChannelCreate(_)).then_some(()))
        .await;
    let invite = life
        .client
        .create_invite(life.channel)
        .max_age(60)
        .await
        .expect("an answer");
    invite.model().await.expect("an invite");
    life.event(|event| matches!(event, Event::InviteCreate(_)).then_some(()))
        .await;
    let private = life
        .client
        .create_private_channel(life.user)
        .await
        .expect("an answer");
    private.model().await.expect("a conversation");
}

async fn members(life: &mut Life) {
    let request = RequestGuildMembers::builder(life.guild).query("", None);
    life.shard.command(&request);
    let user = life.user;
    let chunk = life.event(|event| match event {
        Event::MemberChunk(chunk) => Some(chunk),
        _ => None,
    });
    assert!(
        chunk
            .await
            .members
            .iter()
            .any(|member| member.user.id == user)
    );
    let member = life
        .client
        .guild_member(life.guild, user)
        .await
        .expect("an answer");
    member.model().await.expect("a member");

    life.client
        .create_ban(life.guild, user)
        .reason("a reason")
        .await
        .expect("a ban");
    life.event(|event| matches!(event, Event::BanAdd(_)).then_some(()))
        .await;
    let ban = life.client.ban(life.guild, user).await.expect("an answer");
    assert_eq!(
        ban.model().await.expect("a ban").reason.as_deref(),
        Some("a reason")
    );
    life.client
        .delete_ban(life.guild, user)
        .await
        .expect("it is lifted");
    let log = life.client.audit_log(life.guild).await.expect("an answer");
    assert!(log.model().await.expect("a log").entries.len() >= 5);
}

async fn errors(life: &Life) {
    let missing = life
        .client
        .message(life.channel, Id::new(1_234_567_890_123))
        .await;
    let error = missing.expect_err("there is no such message");
    let ErrorType::Response {
        error: ApiError::General(error),
        status,
        ..
    } = error.kind()
    else {
        panic!("twilight cannot read the error: {error:?}");
    };
    assert_eq!((error.code, status.get()), (10008, 404));
}
