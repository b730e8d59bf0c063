//! Editing a message.

use model::Message;
use model::message::{flags, kind};
use runtime::prelude::*;
use store::messages;
use store::messages::Stored;

use crate::attachments::Uploads;
use crate::blocks::{self, Act};
use crate::delete_messages::release_files;
use crate::message_view::{self, People, compose, people_of, updated};
use crate::send_message::{EditMessage, mentions};

/// How often an edit is made while others change the same message.
const ATTEMPTS_MAX: u32 = 32;

/// Changes a message as `uploads` asks, and returns it as the editor sees it.
///
/// # Errors
/// [`Code::CannotEditOthersMessage`] for the content of a message that somebody else wrote, whoever
/// asks; [`Code::MissingPermissions`] for embeds without EMBED_LINKS; code 50035 for fields that
/// are wrong; [`Code::EmptyMessage`] when nothing would remain; [`Code::UnknownMessage`].
pub async fn edit_message<const P: u64>(
    cx: &Cx,
    editor: &InChannel<P>,
    id: Id<marker::Message>,
    uploads: &Uploads,
) -> Result<Message> {
    for attempt in 1.. {
        // The files are there already, so the request as a whole cannot be handled again.
        match edit_once(cx, editor, id, uploads).await {
            Err(Error::Conflict) if attempt < ATTEMPTS_MAX && cx.has_room_for_attempt(attempt) => {}
            answer => return answer,
        }
    }
    Err(Error::Conflict)
}

async fn edit_once<const P: u64>(
    cx: &Cx,
    editor: &InChannel<P>,
    id: Id<marker::Message>,
    uploads: &Uploads,
) -> Result<Message> {
    let channel = editor.channel.id;
    let query = messages::by_id(editor.caller.id(), channel, id).optional();
    let row = cx.read_for_update(channel, query).await?;
    let row = row.ok_or(Code::UnknownMessage)?;
    let edit: EditMessage = Fields::read(uploads.payload.clone())?;
    check_editor(editor, &row, &edit, uploads)?;
    blocks::require_unblocked(cx, editor, Act::Edit).await?;
    edit.check(cx, &row)?;
    let reader = editor.caller.id();
    let answered = match row.answers().and_then(|reference| reference.message_id) {
        Some(id) => {
            let query = messages::by_id(reader, row.channel_id, id);
            cx.read_messages(row.channel_id, query.optional()).await?
        }
        None => None,
    };
    let own = row.author_id == reader;
    let mut edited = row.clone();
    let people = if let Some(text) = edit.text.as_ref().filter(|_| own) {
        let allowed = &edit.allowed_mentions;
        let found = mentions::resolve(cx, editor, text, allowed, answered.as_ref()).await?;
        found.write_to(&mut edited.extra);
        found.people
    } else {
        let named = people_of(&row).chain(answered.iter().flat_map(people_of));
        People::read(cx, editor.channel.guild_id(), named).await?
    };
    apply(&mut edited, edit, own, uploads, cx.now());
    let max = cx.config().limits.attachments_per_message_max as usize;
    if edited.extra.attachments.len() > max {
        return Err(Code::TooManyAttachments.into());
    }
    if is_empty(&edited) {
        return Err(Code::EmptyMessage.into());
    }
    let mut message = compose(cx, &edited, &people);
    message.referenced_message = edited.answers().map(|_| {
        let answered = answered.as_ref();
        answered.map(|answered| Box::new(compose(cx, answered, &people)))
    });
    let mut batch = Batch::messages(row.channel_id);
    messages::update(&mut batch, &row, &edited);
    uploads.claim(&mut batch);
    let kept = &edited.extra.attachments;
    let gone = row
        .extra
        .attachments
        .iter()
        .filter(|file| !kept.contains(file));
    release_files(&mut batch, row.channel_id, gone);
    batch.emit(updated(editor.audience(), &message, &people));
    cx.write(batch).await?;
    message_view::conceal(cx, editor, std::slice::from_mut(&mut message)).await?;
    Ok(message)
}

/// Tells everyone who sees the channel what a message is like now.
///
/// # Errors
/// The store's own.
pub async fn update_event<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    row: &Stored,
) -> Result<Event> {
    let people = People::read(cx, caller.channel.guild_id(), people_of(row)).await?;
    let mut message = compose(cx, row, &people);
    if row.answers().is_some() {
        // An answer without what it answers would look like the answer to a deleted message.
        let answered = message_view::referenced(cx, caller.caller.id(), row.clone());
        message.referenced_message = answered.await?;
    }
    Ok(updated(caller.audience(), &message, &people))
}

fn check_editor<const P: u64>(
    editor: &InChannel<P>,
    row: &Stored,
    edit: &EditMessage,
    uploads: &Uploads,
) -> Result<()> {
    let written = matches!(row.kind, kind::DEFAULT | kind::REPLY);
    if row.author_id == editor.caller.id() {
        if edit
            .embeds
            .as_ref()
            .is_some_and(|embeds| !embeds.is_empty())
        {
            editor.require(EMBED_LINKS)?;
        }
        let forwarded = !row.extra.snapshots.is_empty() && edit.changes_content();
        return match written && !forwarded {
            true => Ok(()),
            false => Err(Code::CannotExecuteOnSystemMessage.into()),
        };
    }
    if edit.changes_content() || edit.flags.is_none() || !uploads.attachments.is_empty() {
        return Err(Code::CannotEditOthersMessage.into());
    }
    // The answer shows the message.
    editor.require(READ_MESSAGE_HISTORY)?;
    editor.require(MANAGE_MESSAGES)
}

/// Puts into the row what changes. Others than the author hide and show embeds, nothing else.
fn apply(row: &mut Stored, edit: EditMessage, own: bool, uploads: &Uploads, now: Timestamp) {
    if let Some(bits) = edit.flags {
        let set = bits & flags::SUPPRESS_EMBEDS;
        row.flags = row.flags & !flags::SUPPRESS_EMBEDS | set;
        if own {
            // A message of components stays one.
            row.flags |= bits & flags::IS_COMPONENTS_V2;
        }
    }
    if !own {
        return;
    }
    if edit.changes_content() || !uploads.attachments.is_empty() {
        row.edited_at = Some(now);
    }
    let extra = &mut row.extra;
    if let Some(kept) = &edit.attachments {
        extra.attachments.retain(|file| kept.contains(&file.id));
    }
    extra
        .attachments
        .extend(uploads.attachments.iter().cloned());
    row.content = edit.text.unwrap_or(std::mem::take(&mut row.content));
    extra.embeds = edit.embeds.unwrap_or(std::mem::take(&mut extra.embeds));
    extra.components = edit
        .components
        .unwrap_or(std::mem::take(&mut extra.components));
}

fn is_empty(row: &Stored) -> bool {
    let extra = &row.extra;
    row.content.is_empty()
        && extra.attachments.is_empty()
        && extra.embeds.is_empty()
        && extra.components.is_empty()
        && extra.snapshots.is_empty()
}
