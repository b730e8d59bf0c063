//! Settings of a guild's widget.
//!
//! See [Discord Docs/Get Guild Widget Settings](https://discord.com/developers/docs/resources/guild#get-guild-widget-settings).

use actions::audit_log::{self, Entry};
use actions::guild_view::{self, Widget, guild_view};
use runtime::extract::Reason;
use runtime::prelude::*;
use serde::Serialize;
use serde_json::json;
use store::{channels, guilds};

function! {
    "/guilds/{guild_id}/widget"
    GET get_guild_widget_settings
    PATCH update_guild_widget_settings
}

/// How a guild's widget is set.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct GuildWidgetSettings {
    enabled: bool,
    channel_id: Option<Id<marker::Channel>>,
}

/// Whether the widget is on, and where its invites lead.
async fn get_guild_widget_settings(
    cx: &Cx,
    caller: InGuild<MANAGE_GUILD>,
) -> Result<Json<GuildWidgetSettings>> {
    let widget = cx.read(guilds::widget(caller.guild.id).optional()).await?;
    Ok(Json(view(widget.unwrap_or_default())))
}

fn view((enabled, channel_id): Widget) -> GuildWidgetSettings {
    GuildWidgetSettings {
        enabled,
        channel_id,
    }
}

struct UpdateGuildWidgetSettings {
    enabled: Option<bool>,
    channel_id: Option<Option<Id<marker::Channel>>>,
}

impl Form for UpdateGuildWidgetSettings {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            enabled: fields.get("enabled"),
            channel_id: fields.nullable("channel_id"),
        }
    }
}

/// Switches the widget, or leads its invites elsewhere.
async fn update_guild_widget_settings(
    cx: &Cx,
    caller: InGuild<MANAGE_GUILD>,
    Body(edit): Body<UpdateGuildWidgetSettings>,
    Reason(reason): Reason,
) -> Result<Json<GuildWidgetSettings>> {
    let id = caller.guild.id;
    let wanted = edit.channel_id.flatten();
    let (emojis, widget, channel) = cx
        .read((
            store::emojis::of_guild(id),
            guilds::widget(id).optional(),
            channels::by_id(wanted.unwrap_or(Id::new(0))).optional(),
        ))
        .await?;
    let known = channel.is_some_and(|channel| channel.guild_id() == Some(id));
    if wanted.is_some() && !known {
        return Err(Error::field(
            &["channel_id"],
            "CHANNEL_INVALID",
            "Channel does not exist.",
        ));
    }
    let before = widget.unwrap_or_default();
    let (enabled, channel) = (
        edit.enabled.unwrap_or(before.0),
        edit.channel_id.unwrap_or(before.1),
    );
    let after = (enabled, channel);
    if after == before {
        return Ok(Json(view(after)));
    }
    let mut batch = Batch::main();
    batch.require_change(guilds::set_widget(id, enabled, channel), Code::UnknownGuild);
    let entry = Entry::new(id, caller.caller.id(), audit_log::GUILD_UPDATE)
        .target(id)
        .change(
            "widget_enabled",
            Some(json!(before.0)),
            Some(json!(enabled)),
        )
        .change(
            "widget_channel_id",
            Some(json!(before.1)),
            Some(json!(channel)),
        )
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    let membership = caller.membership;
    let guild = guild_view(membership.guild, membership.roles, (emojis, Some(after)));
    guild_view::tell_changed(&mut batch, &guild);
    cx.write(batch).await?;
    Ok(Json(view(after)))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn the_widget_is_switched_on_and_stays_so() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let path = format!("/guilds/{guild}/widget");
        let off = json!({ "enabled": false, "channel_id": null });
        assert_eq!(alice.get(&FUNCTION, &path).ok(), off);
        let on = json!({ "enabled": true, "channel_id": channel });
        assert_eq!(alice.patch(&FUNCTION, &path, on.clone()).ok(), on);
        let event = app.emitted(EventKind::GuildUpdate);
        assert!(event.data.contains(r#""widget_enabled":true"#));
        assert_eq!(alice.get(&FUNCTION, &path).ok(), on);
    }

    #[test]
    fn it_leads_only_to_channels_of_the_guild() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let (_, elsewhere) = alice.create_guild();
        let body = json!({ "channel_id": elsewhere });
        let answer = alice.patch(&FUNCTION, &format!("/guilds/{guild}/widget"), body);
        assert_eq!(answer.field_error(&["channel_id"]), "CHANNEL_INVALID");
    }
}
