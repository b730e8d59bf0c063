//! Editing channels, by what they are.

use actions::audit_log::{self, Entry};
use actions::channel_fields::ChannelFields;
use actions::images::{self, Image, Owner};
use actions::system_message::{self, Notice};
use actions::{channel_state, forum_tags, group, overwrites};
use model::Channel;
use model::channel::kind;
use model::event::ChannelUpdate;
use model::message::kind as message_kind;
use model::permissions::Overwrite;
use runtime::access::Membership;
use runtime::prelude::*;
use store::channels;

use crate::overwrite::log_changes;

/// Channels that a category may have.
const CHILDREN_MAX: u32 = 50;

/// What the audit log tells of a changed channel.
const LOGGED: &[&str] = &[
    "name",
    "type",
    "topic",
    "position",
    "parent_id",
    "nsfw",
    "rate_limit_per_user",
    "bitrate",
    "user_limit",
    "rtc_region",
    "video_quality_mode",
    "default_auto_archive_duration",
    "flags",
    "available_tags",
    "default_reaction_emoji",
    "default_thread_rate_limit_per_user",
    "default_sort_order",
    "default_forum_layout",
];

/// Changes the settings of a guild's channel.
///
/// # Errors
/// [`Code::MissingPermissions`] without MANAGE_CHANNELS, and without MANAGE_ROLES for overwrites;
/// code 50035 for a type that the channel cannot have and a category that is none.
pub async fn guild_channel(
    cx: &Cx,
    caller: InChannel,
    mut fields: ChannelFields,
    reason: Option<String>,
) -> Result<Channel> {
    caller.require(MANAGE_CHANNELS)?;
    let membership = caller.membership()?;
    let before = &caller.channel;
    let mut channel = before.clone();
    let (parent, overwrites) = (fields.parent_id.take(), fields.overwrites.take());
    if let Some(kind) = fields.kind {
        channel.kind = converted(before.kind, kind)?;
    }
    fields.apply(cx, &mut channel)?;
    let mut batch = Batch::main();
    let mut guild = channel.guild.take().ok_or(Code::CannotExecuteOnDm)?;
    if let Some(parent) = parent {
        guild.parent_id = parent;
    }
    if let Some(overwrites) = overwrites {
        check_overwrites(cx, &caller, membership, &overwrites).await?;
        guild.permission_overwrites = overwrites;
    }
    if let Some(category) = guild.parent_id.filter(|_| parent.is_some()) {
        check_seen(cx, membership, category).await?;
        check_category(&mut batch, before, guild.guild_id, category)?;
    }
    channel.guild = Some(guild);
    if channel.overwrites() != before.overwrites() {
        channels::replace_overwrites(&mut batch, [&channel]);
    }
    channels::update(&mut batch, before, &channel);
    forum_tags::follow(cx, &mut batch, before, &channel).await?;
    channel_state::fill(cx, [&mut channel]).await?;
    let audience = caller.audience();
    batch.emit(Event::new(audience, &ChannelUpdate::new(&channel)));
    let entry = Entry::new(
        membership.guild.id,
        caller.caller.id(),
        audit_log::CHANNEL_UPDATE,
    )
    .target(channel.id)
    .differences(LOGGED, Some(before), Some(&channel))
    .reason(reason.clone());
    if !entry.is_unchanged() {
        audit_log::write(cx, &mut batch, entry);
    }
    log_changes(
        cx,
        &mut batch,
        &caller,
        membership,
        channel.overwrites(),
        reason,
    );
    cx.write(batch).await.map_err(no_category)?;
    Ok(channel)
}

/// The type that a channel has after it was asked to have another: text and announcement channels
/// can become each other, and no others.
fn converted(from: u8, to: u8) -> Result<u8> {
    let convertible = |kind| matches!(kind, kind::TEXT | kind::ANNOUNCEMENT);
    if from == to || convertible(from) && convertible(to) {
        return Ok(to);
    }
    let message = "Value must be one of (0, 5).";
    Err(Error::field(&["type"], "BASE_TYPE_CHOICES", message))
}

async fn check_overwrites(
    cx: &Cx,
    caller: &InChannel,
    membership: &Membership,
    after: &[Overwrite],
) -> Result<()> {
    caller.require(MANAGE_ROLES)?;
    let settable = overwrites::settable_in(cx, membership, &caller.channel).await?;
    overwrites::check_bits(settable, caller.channel.overwrites(), after)?;
    overwrites::check_targets(cx, membership, after).await
}

/// What the write says when the category does not exist or is full. Never answered as it is: the
/// field says what is wrong.
const CATEGORY_MISSING: Code = Code::UnknownChannel;
const CATEGORY_FULL: Code = Code::TooManyChannels;

/// Nobody puts a channel where they do not see what is there.
async fn check_seen(cx: &Cx, membership: &Membership, category: Id<marker::Channel>) -> Result<()> {
    let found = cx.read(channels::by_id(category).optional()).await?;
    let seen = found.is_some_and(|category| {
        let held = membership.permissions_in(&category, cx.now());
        held.allows(Permissions::VIEW_CHANNEL)
    });
    match seen {
        true => Ok(()),
        false => Err(no_category(CATEGORY_MISSING)),
    }
}

fn check_category(
    batch: &mut Batch,
    channel: &Channel,
    guild: Id<marker::Guild>,
    category: Id<marker::Channel>,
) -> Result<()> {
    if channel.kind == kind::CATEGORY {
        return Err(no_category(CATEGORY_MISSING));
    }
    batch.require(channels::category_exists(guild, category), CATEGORY_MISSING);
    batch.require(
        channels::children_at_most(category, CHILDREN_MAX),
        CATEGORY_FULL,
    );
    Ok(())
}

fn no_category(error: impl Into<Error>) -> Error {
    match error.into() {
        Error::Api(CATEGORY_MISSING) => Error::field(
            &["parent_id"],
            "CHANNEL_PARENT_INVALID",
            "Category does not exist",
        ),
        Error::Api(CATEGORY_FULL) => {
            let message =
                format!("Maximum number of channels in category reached ({CHILDREN_MAX})");
            Error::field(&["parent_id"], "CHANNEL_PARENT_MAX_CHANNELS", message)
        }
        other => other,
    }
}

/// What a request says about a group conversation.
pub struct GroupFields {
    name: Option<Option<String>>,
    icon: Option<Option<Image>>,
}

impl Form for GroupFields {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.nullable_name("name", 100),
            icon: fields.nullable("icon"),
        }
    }
}

/// Changes the name and the icon of a group conversation, and says so in it.
///
/// # Errors
/// [`Code::CannotExecuteOnChannelType`] in a conversation of two.
pub async fn group(cx: &Cx, caller: InChannel, fields: GroupFields) -> Result<Channel> {
    group::require_group(&caller.channel)?;
    let user = caller.caller.user();
    let mut channel = caller.channel.clone();
    let Some(private) = &mut channel.private else {
        return Err(Code::CannotExecuteOnChannelType.into());
    };
    let before = private.clone();
    if let Some(name) = fields.name {
        private.name = name;
    }
    match fields.icon {
        None => {}
        Some(None) => private.icon = None,
        Some(Some(image)) => {
            private.icon = Some(
                image
                    .store(cx, Owner::ChannelIcon(channel.id), "icon")
                    .await?,
            );
        }
    }
    let mut batch = Batch::main();
    let (old, new) = (before.icon.as_deref(), private.icon.as_deref());
    images::replaced(cx, &mut batch, Owner::ChannelIcon(channel.id), old, new);
    let (renamed, redrawn) = (private.name != before.name, private.icon != before.icon);
    let name = private.name.clone().unwrap_or_default();
    channels::update(&mut batch, &caller.channel, &channel);
    channel_state::fill(cx, [&mut channel]).await?;
    group::tell_each(&mut batch, &channel, user);
    cx.write(batch).await?;
    let notices = [
        (renamed, message_kind::CHANNEL_NAME_CHANGE, name),
        (redrawn, message_kind::CHANNEL_ICON_CHANGE, String::new()),
    ];
    for (_, kind, content) in notices.into_iter().filter(|(changed, ..)| *changed) {
        let notice = Notice {
            channel: channel.id,
            audience: caller.audience(),
            kind,
            author: user.id,
            mentions: Vec::new(),
            content,
            reference: None,
        };
        channel.last_message_id = Some(system_message::send(cx, notice).await?.id);
    }
    Ok(channel)
}
