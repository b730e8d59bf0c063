//! Messages as clients see them: rows of the one store joined with the users of the other.

mod files;

use std::collections::BTreeMap;

use model::event::{MessageCreate, MessageUpdate};
use model::gateway::{ApplicationFlags, Intents};
use model::id::marker;
use model::member::Member;
use model::message::{Mention, Message, Snapshot, flags};
use model::user::User;
use model::{Audience, Channel, Event, Id, Permissions};
use runtime::access::{Caller, InChannel};
use runtime::{Cx, Result};
use store::messages::Stored;
use store::{applications, members, messages, threads, users};

use crate::channel_state;

type UserId = Id<marker::User>;

/// The users whom messages name, and those of them who are members of the messages' guild.
#[derive(Debug, Clone, Default)]
pub struct People {
    users: BTreeMap<UserId, User>,
    members: BTreeMap<UserId, Member>,
}

impl People {
    /// Reads these users, with the members of `guild` where it is given.
    ///
    /// # Errors
    /// The store's own.
    pub async fn read(
        cx: &Cx,
        guild: Option<Id<marker::Guild>>,
        ids: impl IntoIterator<Item = UserId>,
    ) -> Result<Self> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut people = Self::default();
        match guild {
            _ if ids.is_empty() => {}
            Some(guild) => {
                let queries = (users::by_ids(&ids), members::among(guild, &ids));
                let (users, members) = cx.read(queries).await?;
                users.into_iter().for_each(|user| people.add_user(user));
                members.iter().for_each(|member| people.add_member(member));
            }
            None => {
                let users = cx.read(users::by_ids(&ids)).await?;
                users.into_iter().for_each(|user| people.add_user(user));
            }
        }
        Ok(people)
    }

    /// Adds a user who is known without reading.
    pub fn add_user(&mut self, user: User) {
        self.users.insert(user.id, user);
    }

    /// Adds a member who is known without reading.
    pub fn add_member(&mut self, member: &Member) {
        if let Some(user) = &member.user {
            self.users.insert(user.id, user.clone());
            self.members.insert(user.id, member.clone());
        }
    }

    /// The user, if the account exists.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// The user as a member of the guild that was read.
    pub fn member(&self, id: UserId) -> Option<&Member> {
        self.members.get(&id)
    }
}

/// Whom a row names: its author and the users it mentions.
pub fn people_of(row: &Stored) -> impl Iterator<Item = UserId> {
    let author = row.user_id().into_iter();
    author.chain(row.extra.mentions.iter().copied())
}

/// The messages of `rows`, all of the caller's channel, in their order and as the caller sees them.
///
/// # Errors
/// The store's own.
pub async fn view_all<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    rows: Vec<Stored>,
) -> Result<Vec<Message>> {
    let mut messages = whole(cx, caller.caller.id(), rows).await?;
    conceal(cx, caller, &mut messages).await?;
    Ok(messages)
}

/// Takes from messages of the caller's channel what the caller may not read of them.
///
/// # Errors
/// The store's own.
pub async fn conceal<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    messages: &mut [Message],
) -> Result<()> {
    if !caller.allows(Permissions::READ_MESSAGE_HISTORY.bits()) {
        // One's own answer does not show what may no longer be read by itself.
        for message in messages.iter_mut() {
            message.referenced_message = None;
        }
    }
    let shared = caller.membership.is_some();
    if messages.is_empty() || !shared || reads_content(cx, &caller.caller).await? {
        return Ok(());
    }
    for message in messages {
        message.conceal(message.readable_by(caller.caller.id()));
    }
    Ok(())
}

/// Whether somebody reads what others say in guilds: everybody but bots whose application has no
/// message content intent.
///
/// # Errors
/// The store's own.
pub async fn reads_content(cx: &Cx, reader: &Caller) -> Result<bool> {
    if !reader.user().bot {
        return Ok(true);
    }
    let application = cx.read(applications::by_bot(reader.id()).optional());
    let flags = application.await?.map_or(0, |it| it.flags);
    let flags = ApplicationFlags::from_bits_retain(flags.cast_unsigned());
    Ok(Intents::privileged_for(flags).contains(Intents::MESSAGE_CONTENT))
}

/// The messages of `rows`, all of one channel, with everything that they say.
async fn whole(cx: &Cx, reader: UserId, rows: Vec<Stored>) -> Result<Vec<Message>> {
    let answered: Vec<_> = rows
        .iter()
        .filter_map(|row| row.answers()?.message_id)
        .collect();
    let channel = rows.first().map(|row| row.channel_id);
    let mut answered = match channel {
        Some(channel) if !answered.is_empty() => {
            let query = messages::by_ids(reader, channel, &answered);
            cx.read_messages(channel, query).await?
        }
        _ => Vec::new(),
    };
    answered.extend(beginning(cx, reader, &rows).await?);
    let people = People::read(cx, None, rows.iter().chain(&answered).flat_map(people_of)).await?;
    let threads = threads_of(cx, &rows).await?;
    let view = |row: &Stored| {
        let mut message = compose(cx, row, &people);
        let thread = threads.iter().find(|thread| thread.id == row.id.cast());
        message.thread = thread.cloned().map(Box::new);
        message.referenced_message = row.answers().or(row.begins_with()).map(|reference| {
            let found = answered
                .iter()
                .find(|row| Some(row.id) == reference.message_id);
            found.map(|row| Box::new(compose(cx, row, &people)))
        });
        message
    };
    Ok(rows.iter().map(view).collect())
}

/// The message of another channel that a thread among whose messages are `rows` was made from.
async fn beginning(cx: &Cx, reader: UserId, rows: &[Stored]) -> Result<Option<Stored>> {
    let reference = rows.iter().find_map(Stored::begins_with);
    let Some((channel, id)) = reference.and_then(|it| Some((it.channel_id, it.message_id?))) else {
        return Ok(None);
    };
    let query = messages::by_id(reader, channel, id).optional();
    cx.read_messages(channel, query).await
}

/// The threads that were made from these messages.
async fn threads_of(cx: &Cx, rows: &[Stored]) -> Result<Vec<Channel>> {
    let begun = rows.iter().filter(|row| row.flags & flags::HAS_THREAD != 0);
    let begun: Vec<_> = begun.map(|row| row.id.cast()).collect();
    if begun.is_empty() {
        return Ok(Vec::new());
    }
    let mut threads = cx.read(threads::by_ids(&begun)).await?;
    channel_state::fill(cx, &mut threads).await?;
    Ok(threads)
}

/// The message of `row` as the caller sees it.
///
/// # Errors
/// The store's own.
pub async fn view<const P: u64>(cx: &Cx, caller: &InChannel<P>, row: Stored) -> Result<Message> {
    let mut messages = view_all(cx, caller, vec![row]).await?;
    messages.pop().ok_or_else(no_view)
}

/// The message that a row answers, with everything that it says.
///
/// # Errors
/// The store's own.
pub async fn referenced(
    cx: &Cx,
    reader: UserId,
    row: Stored,
) -> Result<Option<Option<Box<Message>>>> {
    let mut messages = whole(cx, reader, vec![row]).await?;
    let message = messages.pop().ok_or_else(no_view)?;
    Ok(message.referenced_message)
}

fn no_view() -> runtime::Error {
    anyhow::anyhow!("a row has no view").into()
}

/// A message without the one it answers.
pub fn compose(cx: &Cx, row: &Stored, people: &People) -> Message {
    let extra = &row.extra;
    let mentions = extra.mentions.iter().filter_map(|id| people.user(*id));
    let mut message = Message {
        id: row.id,
        channel_id: row.channel_id,
        guild_id: None,
        member: None,
        author: author(row, people),
        kind: row.kind,
        content: row.content.clone(),
        timestamp: row.id.created_at(),
        edited_timestamp: row.edited_at,
        tts: extra.tts,
        mention_everyone: extra.mention_everyone,
        mentions: mentions
            .map(|user| Mention {
                user: user.clone(),
                member: None,
            })
            .collect(),
        mention_roles: extra.mention_roles.clone(),
        attachments: extra.attachments.clone(),
        embeds: extra.embeds.clone(),
        components: extra.components.clone(),
        reactions: row.reactions.clone(),
        nonce: None,
        pinned: row.pinned_at.is_some(),
        flags: row.flags,
        message_reference: extra.reference.clone(),
        referenced_message: None,
        thread: None,
        message_snapshots: extra.snapshots.clone(),
        webhook_id: row.webhook_id(),
        application_id: extra.application_id,
    };
    if row.flags & flags::SUPPRESS_EMBEDS != 0 {
        message.embeds.clear();
    }
    let cdn = cx.config().cdn_url();
    files::place(
        &cdn,
        &mut message.attachments,
        &mut message.embeds,
        &mut message.components,
    );
    for Snapshot { message } in &mut message.message_snapshots {
        files::place(
            &cdn,
            &mut message.attachments,
            &mut message.embeds,
            &mut message.components,
        );
    }
    message
}

/// Who wrote it, as a user.
fn author(row: &Stored, people: &People) -> User {
    let id = row.author_id;
    match &row.extra.webhook {
        Some(looks) => User {
            avatar: looks.avatar.clone(),
            bot: true,
            ..no_account(id, &looks.name)
        },
        None => {
            let user = people.user(id).cloned();
            user.unwrap_or_else(|| no_account(id, "Deleted User"))
        }
    }
}

/// Stands for an author that is no account: of one that is gone, or a webhook.
fn no_account(id: UserId, name: &str) -> User {
    User {
        id,
        username: name.to_owned(),
        discriminator: "0000".to_owned(),
        global_name: None,
        avatar: None,
        banner: None,
        accent_color: None,
        bot: false,
        public_flags: 0,
        avatar_decoration_data: None,
        collectibles: None,
        primary_guild: None,
        bio: String::new(),
        pronouns: String::new(),
        badge_ids: [],
    }
}

/// The event that tells of a new message.
pub fn created(audience: Audience, message: &Message, people: &People) -> Event {
    let message = as_told(&audience, message, people);
    Event::new(audience, &MessageCreate::new(&message))
}

/// The event that tells what a message is like now.
pub fn updated(audience: Audience, message: &Message, people: &People) -> Event {
    let message = as_told(&audience, message, people);
    Event::new(audience, &MessageUpdate::new(&message))
}

/// The message with its guild and those of `people` who are members of it. Reactions stay out,
/// since whose they are depends on the reader.
fn as_told(audience: &Audience, message: &Message, people: &People) -> Message {
    let mut message = message.clone();
    message.reactions.clear();
    if let Audience::Channel { guild, .. } = *audience {
        message.guild_id = Some(guild);
    }
    let member = |id| people.member(id).map(Member::without_user);
    message.member = member(message.author.id);
    for mention in &mut message.mentions {
        mention.member = member(mention.user.id);
    }
    message
}
