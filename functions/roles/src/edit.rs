//! What creating and editing a role have in common.
//!
//! See [Discord Docs/Create Guild Role](https://discord.com/developers/docs/resources/guild#create-guild-role).

use actions::audit_log::Entry;
use actions::images::{self, Image, Owner};
use model::event::GuildRoleUpdate;
use model::limits::ROLE_NAME_CHARS_MAX;
use model::role::{Role, RoleColors};
use model::unicode_emoji;
use runtime::access::Membership;
use runtime::prelude::*;
use serde_json::json;

/// The greatest colour: 24 bits.
const COLOR_MAX: i64 = 0xFF_FFFF;

/// What a request says about a role. What it leaves out is `None`.
pub(crate) struct RoleFields {
    pub(crate) name: Option<String>,
    pub(crate) permissions: Option<Permissions>,
    colors: Option<RoleColors>,
    hoist: Option<bool>,
    mentionable: Option<bool>,
    icon: Option<Option<Image>>,
    unicode_emoji: Option<Option<String>>,
}

struct Colors(RoleColors);

impl Form for Colors {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut color = |name| fields.int(name, 0..=COLOR_MAX).map(|color| color as u32);
        Self(RoleColors {
            primary_color: color("primary_color").unwrap_or_default(),
            secondary_color: color("secondary_color"),
            tertiary_color: color("tertiary_color"),
        })
    }
}

impl Form for RoleFields {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        let color = fields.int("color", 0..=COLOR_MAX).map(|color| RoleColors {
            primary_color: color as u32,
            ..RoleColors::default()
        });
        Self {
            name: fields.name("name", 1..=ROLE_NAME_CHARS_MAX),
            permissions: fields.get("permissions"),
            colors: fields
                .form::<Colors>("colors")
                .map(|colors| colors.0)
                .or(color),
            hoist: fields.get("hoist"),
            mentionable: fields.get("mentionable"),
            icon: fields.nullable("icon"),
            unicode_emoji: emoji(fields),
        }
    }
}

/// The field `unicode_emoji`: one emoji, or none.
fn emoji(fields: &mut Fields<'_>) -> Option<Option<String>> {
    let text: Option<String> = fields.nullable("unicode_emoji")?;
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Some(None);
    };
    let found = unicode_emoji::find(&text);
    if found.is_none() {
        fields.error("unicode_emoji", "INVALID_EMOJI", "Invalid emoji");
    }
    found.map(|emoji| Some(emoji.to_owned()))
}

impl RoleFields {
    /// Whether the request changes anything but permissions, which is all that `@everyone` has.
    pub(crate) fn has_looks(&self) -> bool {
        let text = self.name.is_some() || self.unicode_emoji.is_some();
        let flags = self.hoist.is_some() || self.mentionable.is_some();
        text || flags || self.colors.is_some() || self.icon.is_some()
    }

    /// Writes the fields into `role`, and a new icon into the blob storage.
    pub(crate) async fn apply(self, cx: &Cx, role: &mut Role) -> Result<()> {
        set(&mut role.name, self.name);
        set(&mut role.permissions, self.permissions);
        set(&mut role.colors, self.colors);
        role.color = role.colors.primary_color;
        set(&mut role.hoist, self.hoist);
        set(&mut role.mentionable, self.mentionable);
        if let Some(emoji) = self.unicode_emoji {
            role.unicode_emoji = emoji;
        }
        match self.icon {
            Some(Some(icon)) => {
                role.icon = Some(icon.store(cx, Owner::RoleIcon(role.id), "icon").await?);
                // A role has one or the other.
                role.unicode_emoji = None;
            }
            Some(None) => role.icon = None,
            None => {}
        }
        Ok(())
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Nobody grants or takes away what they do not hold.
pub(crate) fn check_grant(
    caller: &Membership,
    before: Permissions,
    after: Permissions,
) -> Result<()> {
    match caller.permissions.allows(before ^ after) {
        true => Ok(()),
        false => Err(Code::MissingPermissions.into()),
    }
}

/// Tells the guild of a role that changed.
pub(crate) fn tell_changed(batch: &mut Batch, guild: Id<marker::Guild>, role: &Role) {
    let changed = GuildRoleUpdate::new(guild, role);
    batch.emit(Event::new(Audience::Guild(guild), &changed));
}

/// The entry's changes from one state of a role to another.
pub(crate) fn differences(entry: Entry, old: Option<&Role>, new: Option<&Role>) -> Entry {
    let keys = [
        "name",
        "permissions",
        "color",
        "hoist",
        "mentionable",
        "unicode_emoji",
    ];
    let icon = |role: Option<&Role>| role.map(|role| json!(role.icon));
    entry
        .differences(&keys, old, new)
        .change("icon_hash", icon(old), icon(new))
}
