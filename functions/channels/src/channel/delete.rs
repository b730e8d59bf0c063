//! Deleting a guild's channel.

use actions::audit_log::{self, Entry};
use actions::delete_messages::{IN_FLIGHT_MS, of_deleted_channel};
use actions::{channel_state, guild_view};
use model::event::{ChannelDelete, ChannelUpdate};
use model::{Channel, Guild};
use runtime::access::Membership;
use runtime::prelude::*;
use store::{channels, jobs};

/// What the audit log tells of a deleted channel.
const LOGGED: &[&str] = &[
    "name",
    "type",
    "topic",
    "nsfw",
    "rate_limit_per_user",
    "bitrate",
    "permission_overwrites",
];

/// Deletes a channel with its overwrites, invites and threads. Channels in a category lose it, and
/// the guild its references. The messages are in the other store and go by jobs.
///
/// # Errors
/// [`Code::MissingPermissions`] without MANAGE_CHANNELS, [`Code::RequiredByCommunity`] for what a
/// community cannot do without.
pub async fn guild_channel(
    cx: &Cx,
    caller: &InChannel,
    membership: &Membership,
    channel: &Channel,
    reason: Option<String>,
) -> Result<()> {
    caller.require(MANAGE_CHANNELS)?;
    let (id, guild) = (channel.id, &membership.guild);
    let community = guild.features.iter().any(|feature| feature == "COMMUNITY");
    if community && [guild.rules_channel_id, guild.public_updates_channel_id].contains(&Some(id)) {
        return Err(Code::RequiredByCommunity.into());
    }
    let (siblings, view) = cx
        .read((channels::of_guild(guild.id), guild_view::queries(guild.id)))
        .await?;
    let mut orphans: Vec<_> = siblings
        .into_iter()
        .filter_map(|child| orphaned(child, id))
        .collect();
    channel_state::fill(cx, &mut orphans).await?;

    let mut batch = Batch::main();
    for after_ms in [0, IN_FLIGHT_MS] {
        let due = cx.now().plus_millis(after_ms);
        batch.push(jobs::insert_deletion_of_threads(&cx.ulid(), id, due));
    }
    channels::delete(&mut batch, guild.id, id);
    of_deleted_channel(cx, &mut batch, id);
    for orphan in &orphans {
        let audience = Audience::Channel {
            guild: guild.id,
            channel: orphan.id,
        };
        batch.emit(Event::new(audience, &ChannelUpdate::new(orphan)));
    }
    batch.emit(Event::new(caller.audience(), &ChannelDelete::new(channel)));
    let without = without_references(guild, id);
    if without != *guild {
        let view = guild_view::guild_view(without, membership.roles.clone(), view);
        guild_view::tell_changed(&mut batch, &view);
    }
    let entry = Entry::new(guild.id, caller.caller.id(), audit_log::CHANNEL_DELETE)
        .target(id)
        .differences(LOGGED, Some(channel), None::<&Channel>)
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(())
}

/// A channel that was in the category, without it.
fn orphaned(mut child: Channel, category: Id<marker::Channel>) -> Option<Channel> {
    let guild = child.guild.as_mut()?;
    (guild.parent_id.take() == Some(category)).then_some(child)
}

/// The guild without what it says of a channel.
fn without_references(guild: &Guild, channel: Id<marker::Channel>) -> Guild {
    let mut guild = guild.clone();
    for reference in [
        &mut guild.afk_channel_id,
        &mut guild.system_channel_id,
        &mut guild.rules_channel_id,
        &mut guild.public_updates_channel_id,
        &mut guild.safety_alerts_channel_id,
    ] {
        reference.take_if(|id| *id == channel);
    }
    guild
}
