//! A guild's channels.
//!
//! See [Discord Docs/Get Guild Channels](https://discord.com/developers/docs/resources/guild#get-guild-channels).

mod reorder;

use actions::audit_log::{self, Entry};
use actions::channel_fields::{ChannelFields, new_channel};
use actions::{channel_state, overwrites};
use model::channel::{Channel, kind};
use model::event::{ChannelCreate, ChannelUpdate};
use runtime::access::Membership;
use runtime::extract::{BodyList, Reason};
use runtime::prelude::*;
use store::{channels, guilds};

use crate::channel_order::{self, CHILDREN_MAX};
use reorder::Move;

function! {
    "/guilds/{guild_id}/channels"
    GET list_guild_channels
    POST create_guild_channel
    PATCH bulk_update_guild_channels
        requires MANAGE_ROLES when "a channel takes its category's overwrites"
}

/// The channels that the caller sees.
async fn list_guild_channels(cx: &Cx, caller: InGuild) -> Result<Json<Vec<Channel>>> {
    let mut list = cx.read(channels::of_guild(caller.guild.id)).await?;
    list.retain(|channel| sees(&caller, channel, cx.now()));
    channel_state::fill(cx, &mut list).await?;
    Ok(Json(list))
}

fn sees(caller: &Membership, channel: &Channel, now: Timestamp) -> bool {
    caller
        .permissions_in(channel, now)
        .allows(Permissions::VIEW_CHANNEL)
}

struct NewChannel(ChannelFields);

impl Form for NewChannel {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("name");
        Self(ChannelFields::read(fields))
    }
}

/// Creates a channel. One without overwrites of its own takes those of its category.
async fn create_guild_channel(
    cx: &Cx,
    caller: InGuild<MANAGE_CHANNELS>,
    Body(NewChannel(fields)): Body<NewChannel>,
    Reason(reason): Reason,
) -> Result<Created<Channel>> {
    let guild = caller.guild.id;
    let siblings = cx.read(channels::of_guild(guild)).await?;
    let channel = build(cx, &caller, &siblings, fields).await?;
    let mut batch = Batch::main();
    let max = cx.config().limits.channels_per_guild_max;
    batch.require(guilds::exists(guild), Code::UnknownGuild);
    batch.require(channels::fewer_than(guild, max), Code::TooManyChannels);
    if let Some(own) = &channel.guild {
        batch.push(channels::insert(&channel, own));
        if let Some(parent) = own.parent_id {
            batch.require(
                channels::category_exists(guild, parent),
                Code::UnknownChannel,
            );
            let few = channels::children_at_most(parent, CHILDREN_MAX);
            batch.require(few, Code::TooManyChannels);
        }
    }
    batch.extend(channels::insert_overwrites([&channel]));
    let audience = Audience::Channel {
        guild,
        channel: channel.id,
    };
    batch.emit(Event::new(audience, &ChannelCreate::new(&channel)));
    let entry = Entry::new(guild, caller.caller.id(), audit_log::CHANNEL_CREATE)
        .target(channel.id)
        .differences(AUDIT_KEYS, None::<&Channel>, Some(&channel))
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(Created(channel))
}

/// The fields of a channel that the audit log tells of.
const AUDIT_KEYS: &[&str] = &[
    "name",
    "type",
    "topic",
    "nsfw",
    "rate_limit_per_user",
    "bitrate",
    "user_limit",
    "permission_overwrites",
];

/// The channel that the fields describe, in its place among its siblings.
async fn build(
    cx: &Cx,
    caller: &Membership,
    siblings: &[Channel],
    fields: ChannelFields,
) -> Result<Channel> {
    let kind = fields.kind.unwrap_or(kind::TEXT);
    let parent = fields
        .parent_id
        .flatten()
        .filter(|_| kind != kind::CATEGORY);
    let category = match parent {
        Some(parent) => Some(category(caller, siblings, parent, cx.now())?),
        None => None,
    };
    if let Some(own) = &fields.overwrites {
        let settable = overwrites::settable(caller, None, None, cx.now());
        overwrites::check_bits(settable, &[], own)?;
        overwrites::check_targets(cx, caller, own).await?;
    }
    let mut channel = new_channel(cx.id(), caller.guild.id, kind);
    if let Some(own) = &mut channel.guild {
        let last = channel_order::last_place(siblings, kind, parent);
        own.position = fields.position.unwrap_or(last);
        own.parent_id = parent;
        own.permission_overwrites = match fields.overwrites.clone() {
            Some(own) => own,
            None => overwrites::inherited(category),
        };
    }
    fields.apply(cx, &mut channel)?;
    Ok(channel)
}

/// The category that a channel is put into.
fn category<'a>(
    caller: &Membership,
    channels: &'a [Channel],
    id: Id<marker::Channel>,
    now: Timestamp,
) -> Result<&'a Channel> {
    let found = channel_order::category(channels, id);
    let Some(category) = found.filter(|category| sees(caller, category, now)) else {
        let message = "Category does not exist";
        return Err(Error::field(
            &["parent_id"],
            "CHANNEL_PARENT_INVALID",
            message,
        ));
    };
    if channel_order::children(channels, id) >= CHILDREN_MAX as usize {
        let message = "Maximum number of channels in category reached (50)";
        return Err(Error::field(
            &["parent_id"],
            "CHANNEL_PARENT_MAX_CHANNELS",
            message,
        ));
    }
    Ok(category)
}

/// Moves channels, between categories too.
async fn bulk_update_guild_channels(
    cx: &Cx,
    caller: InGuild<MANAGE_CHANNELS>,
    BodyList(moves): BodyList<Move>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    let guild = caller.guild.id;
    let mut before = cx.read(channels::of_guild(guild)).await?;
    channel_state::fill(cx, &mut before).await?;
    let after = reorder::apply(&caller, &before, &moves, cx.now())?;
    let mut batch = Batch::main();
    let (mut places, mut opened, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for (old, new) in before.iter().zip(&after).filter(|(old, new)| old != new) {
        let Some(own) = &new.guild else { continue };
        places.push((new.id, own.position, own.parent_id));
        if old.overwrites() != new.overwrites() {
            opened.push(new);
        }
        let audience = Audience::Channel {
            guild,
            channel: new.id,
        };
        batch.emit(Event::new(audience, &ChannelUpdate::new(new)));
        let entry = Entry::new(guild, caller.caller.id(), audit_log::CHANNEL_UPDATE)
            .target(new.id)
            .differences(&["position", "parent_id"], Some(old), Some(new))
            .reason(reason.clone());
        entries.push(entry);
    }
    if places.is_empty() {
        return Ok(NoContent);
    }
    channels::replace_overwrites(&mut batch, opened);
    audit_log::write_all(cx, &mut batch, guild, entries);
    batch.push(channels::set_positions(guild, &places));
    for parent in reorder::new_parents(&before, &after) {
        batch.require(
            channels::category_exists(guild, parent),
            Code::UnknownChannel,
        );
        batch.require(
            channels::children_at_most(parent, CHILDREN_MAX),
            Code::TooManyChannels,
        );
    }
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests;
