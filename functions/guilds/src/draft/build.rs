//! The roles and channels of a draft.

use std::collections::BTreeMap;

use actions::channel_fields::new_channel;
use model::channel::{Channel, kind};
use model::permissions::{Overwrite, OverwriteKind};
use model::role::{Role, RoleColors};
use model::{Code, Guild, Id, Permissions, id::marker};
use runtime::{Cx, Error, Result};

use super::{Draft, DraftChannel, DraftRole};
use crate::channel_order::{CHILDREN_MAX, Group};

impl Draft {
    /// The roles, from the lowest, and the channels. Names the guild's own channels in it.
    ///
    /// # Errors
    /// Code 50035 for references to what the draft does not have, and the codes of the limits.
    pub(crate) fn build(&self, cx: &Cx, guild: &mut Guild) -> Result<(Vec<Role>, Vec<Channel>)> {
        let limits = &cx.config().limits;
        let roles = self.roles(guild.id);
        if roles.len() > limits.roles_per_guild_max as usize + 1 {
            return Err(Code::TooManyRoles.into());
        }
        if self.channels.is_empty() {
            return Ok((roles, default_channels(cx, guild)));
        }
        if self.channels.len() > limits.channels_per_guild_max as usize {
            return Err(Code::TooManyChannels.into());
        }
        let mut channels = Vec::with_capacity(self.channels.len());
        let mut places = Places::default();
        for (index, draft) in self.channels.iter().enumerate() {
            self.check_references(index, draft, &roles, guild.owner_id)?;
            channels.push(draft.build(cx, guild.id, &mut places)?);
        }
        guild.afk_channel_id = named(
            &channels,
            "afk_channel_id",
            self.afk_channel_id,
            &[kind::VOICE],
        )?;
        guild.system_channel_id = named(
            &channels,
            "system_channel_id",
            self.system_channel_id,
            &[kind::TEXT],
        )?;
        Ok((roles, channels))
    }

    fn roles(&self, guild: Id<marker::Guild>) -> Vec<Role> {
        let mut roles: Vec<Role> = self.roles.iter().map(DraftRole::build).collect();
        if roles.is_empty() {
            roles.push(role(guild.cast()));
        }
        if let Some(everyone) = roles.first_mut() {
            everyone.name = "@everyone".to_owned();
            (everyone.hoist, everyone.mentionable) = (false, false);
        }
        for (role, position) in roles.iter_mut().zip(0..) {
            role.position = position;
        }
        roles
    }

    /// Checks that a channel's category and the targets of its overwrites are in the draft too.
    fn check_references(
        &self,
        index: usize,
        channel: &DraftChannel,
        roles: &[Role],
        owner: Id<marker::User>,
    ) -> Result<()> {
        let at = |path: &[&str], code: &str, message: &str| {
            let index = index.to_string();
            let mut whole = vec!["channels", &index];
            whole.extend(path);
            Err(Error::field(&whole, code, message))
        };
        if let Some(parent) = channel.fields.parent_id.flatten() {
            let is_parent = |other: &&DraftChannel| {
                other.id == parent && other.fields.kind == Some(kind::CATEGORY)
            };
            let siblings = |other: &&DraftChannel| other.fields.parent_id == Some(Some(parent));
            if !self.channels.iter().any(|other| is_parent(&other)) {
                return at(
                    &["parent_id"],
                    "CHANNEL_PARENT_INVALID",
                    "Category does not exist",
                );
            }
            if self.channels.iter().filter(siblings).count() > CHILDREN_MAX as usize {
                let message = "Maximum number of channels in category reached (50)";
                return at(&["parent_id"], "CHANNEL_PARENT_MAX_CHANNELS", message);
            }
        }
        let known = |overwrite: &Overwrite| match overwrite.kind {
            OverwriteKind::Role => roles.iter().any(|role| role.id.get() == overwrite.id.get()),
            OverwriteKind::Member => owner.get() == overwrite.id.get(),
        };
        let overwrites = channel.fields.overwrites.as_deref().unwrap_or_default();
        match overwrites.iter().all(known) {
            true => Ok(()),
            false => {
                let message = "Unknown role or member.";
                at(
                    &["permission_overwrites"],
                    "OVERWRITE_TARGET_UNKNOWN",
                    message,
                )
            }
        }
    }
}

/// The next free place of each group of siblings.
type Places = BTreeMap<(Group, Option<Id<marker::Channel>>), i32>;

impl DraftChannel {
    fn build(&self, cx: &Cx, guild: Id<marker::Guild>, places: &mut Places) -> Result<Channel> {
        let kind = self.fields.kind.unwrap_or(kind::TEXT);
        let mut channel = new_channel(self.id, guild, kind);
        let parent = self.fields.parent_id.flatten();
        let place = places.entry((Group::of(kind), parent)).or_default();
        if let Some(own) = &mut channel.guild {
            own.position = self.fields.position.unwrap_or(*place);
            own.parent_id = parent.filter(|_| kind != kind::CATEGORY);
            own.permission_overwrites = self.fields.overwrites.clone().unwrap_or_default();
        }
        *place += 1;
        self.fields.clone().apply(cx, &mut channel)?;
        Ok(channel)
    }
}

impl DraftRole {
    fn build(&self) -> Role {
        let mut role = role(self.id);
        role.name = self.name.clone().unwrap_or(role.name);
        role.permissions = self.permissions.unwrap_or(role.permissions);
        role.color = self.color;
        role.colors.primary_color = self.color;
        role.hoist = self.hoist;
        role.mentionable = self.mentionable;
        role
    }
}

fn role(id: Id<marker::Role>) -> Role {
    Role {
        id,
        name: "new role".to_owned(),
        color: 0,
        colors: RoleColors::default(),
        hoist: false,
        icon: None,
        unicode_emoji: None,
        position: 0,
        permissions: Permissions::DEFAULT,
        managed: false,
        mentionable: false,
        flags: 0,
        tags: None,
    }
}

/// The channel that a field of the guild names, which must be of one of these types.
fn named(
    channels: &[Channel],
    field: &str,
    id: Option<Id<marker::Channel>>,
    kinds: &[u8],
) -> Result<Option<Id<marker::Channel>>> {
    let fits = |channel: &Channel| Some(channel.id) == id && kinds.contains(&channel.kind);
    match id {
        Some(_) if !channels.iter().any(fits) => {
            let message = "Channel does not exist or is of the wrong type.";
            Err(Error::field(&[field], "CHANNEL_INVALID", message))
        }
        id => Ok(id),
    }
}

/// What a guild begins with: one category and one channel for text, and the same for voice.
fn default_channels(cx: &Cx, guild: &mut Guild) -> Vec<Channel> {
    let mut channels = Vec::with_capacity(4);
    let pairs = [
        (0, "Text Channels", kind::TEXT, "general"),
        (1, "Voice Channels", kind::VOICE, "General"),
    ];
    for (position, category, kind, name) in pairs {
        let parent = cx.id();
        channels.push(default_channel(
            parent,
            guild.id,
            kind::CATEGORY,
            category,
            position,
            None,
        ));
        channels.push(default_channel(
            cx.id(),
            guild.id,
            kind,
            name,
            0,
            Some(parent),
        ));
    }
    let general = channels.iter().find(|channel| channel.kind == kind::TEXT);
    guild.system_channel_id = general.map(|channel| channel.id);
    channels
}

fn default_channel(
    id: Id<marker::Channel>,
    guild: Id<marker::Guild>,
    kind: u8,
    name: &str,
    position: i32,
    parent: Option<Id<marker::Channel>>,
) -> Channel {
    let mut channel = new_channel(id, guild, kind);
    if let Some(own) = &mut channel.guild {
        own.name = name.to_owned();
        own.position = position;
        own.parent_id = parent;
    }
    channel
}
