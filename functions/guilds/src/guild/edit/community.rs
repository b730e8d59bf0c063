//! The channels that a community must have, made for a client that asks for them.
//!
//! See [Discord Docs/Modify Guild](https://discord.com/developers/docs/resources/guild#modify-guild).

use actions::audit_log::{self, Entry};
use actions::channel_fields::new_channel;
use model::Permissions;
use model::channel::{Channel, kind};
use model::event::ChannelCreate;
use model::permissions::{Overwrite, OverwriteKind};
use runtime::prelude::*;
use store::{channels, guilds};

use super::{ChannelId, Edit};
use crate::channel_order;

/// What a client sends in place of a channel that is to be made: no channel has this number.
const TO_BE_MADE: ChannelId = Id::new(1);
/// The channel for rules, where only moderators write.
const RULES: (&str, u64) = ("rules", SEND_MESSAGES);
/// The channel for notices, which only moderators see.
const UPDATES: (&str, u64) = ("moderator-only", VIEW_CHANNEL);

impl Edit {
    /// Has the batch make the channels that the request asks for in place of naming them, and puts
    /// them among `channels`. Only a community's are made; elsewhere the number names no channel.
    ///
    /// # Errors
    /// [`Code::MissingPermissions`] for who may not make channels.
    pub(in super::super) fn make_channels(
        &mut self,
        cx: &Cx,
        batch: &mut Batch,
        caller: &InGuild<MANAGE_GUILD>,
        channels: &mut Vec<Channel>,
        reason: Option<&str>,
    ) -> Result<()> {
        if !self.makes_community(&caller.guild) {
            return Ok(());
        }
        for (field, (name, denied)) in [
            (&mut self.rules_channel_id, RULES),
            (&mut self.public_updates_channel_id, UPDATES),
        ] {
            if *field != Some(Some(TO_BE_MADE)) {
                continue;
            }
            caller.require(MANAGE_CHANNELS)?;
            let channel = build(cx, caller, channels, name, denied);
            insert(cx, batch, caller, &channel, reason);
            *field = Some(Some(channel.id));
            channels.push(channel);
        }
        Ok(())
    }
}

/// A channel for text after all others, of whose permissions everyone lacks `denied`.
fn build(
    cx: &Cx,
    caller: &InGuild<MANAGE_GUILD>,
    siblings: &[Channel],
    name: &str,
    denied: u64,
) -> Channel {
    let guild = caller.guild.id;
    let mut channel = new_channel(cx.id(), guild, kind::TEXT);
    if let Some(own) = &mut channel.guild {
        own.name = name.to_owned();
        own.position = channel_order::last_place(siblings, kind::TEXT, None);
        own.permission_overwrites = vec![Overwrite {
            id: guild.cast(),
            kind: OverwriteKind::Role,
            allow: Permissions::empty(),
            deny: Permissions::from_bits_retain(denied),
        }];
    }
    channel
}

fn insert(
    cx: &Cx,
    batch: &mut Batch,
    caller: &InGuild<MANAGE_GUILD>,
    channel: &Channel,
    reason: Option<&str>,
) {
    let guild = caller.guild.id;
    let max = cx.config().limits.channels_per_guild_max;
    batch.require(guilds::exists(guild), Code::UnknownGuild);
    batch.require(channels::fewer_than(guild, max), Code::TooManyChannels);
    if let Some(own) = &channel.guild {
        batch.push(channels::insert(channel, own));
    }
    batch.extend(channels::insert_overwrites([channel]));
    let audience = Audience::Channel {
        guild,
        channel: channel.id,
    };
    batch.emit(Event::new(audience, &ChannelCreate::new(channel)));
    let entry = Entry::new(guild, caller.caller.id(), audit_log::CHANNEL_CREATE)
        .target(channel.id)
        .differences(
            &["name", "type", "permission_overwrites"],
            None::<&Channel>,
            Some(channel),
        )
        .reason(reason.map(str::to_owned));
    audit_log::write(cx, batch, entry);
}
