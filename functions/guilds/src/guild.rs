//! One guild.
//!
//! See [Discord Docs/Get Guild](https://discord.com/developers/docs/resources/guild#get-guild).

mod edit;

use actions::audit_log::{self, Entry};
use actions::guild_view::{self, guild_view};
use actions::presence_count::present_in;
use actions::second_factor::Proof;
use model::guild::FullGuild;
use runtime::extract::Reason;
use runtime::prelude::*;
use store::{channels, guilds, members};

use crate::removal;
use edit::Edit;

function! {
    "/guilds/{guild_id}"
    GET get_guild
    PATCH update_guild
        requires MANAGE_CHANNELS when "channels are made for a community"
        requires ADMINISTRATOR when "COMMUNITY is switched on or off"
    DELETE delete_guild
    uses blobs
}

struct Show {
    with_counts: bool,
}

impl Form for Show {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            with_counts: fields.get("with_counts").unwrap_or_default(),
        }
    }
}

/// The guild, with about how many members it has where that is asked for.
async fn get_guild(cx: &Cx, caller: InGuild, Query(show): Query<Show>) -> Result<Json<FullGuild>> {
    let id = caller.guild.id;
    let (rest, all, present) = cx
        .read((
            guild_view::queries(id),
            guilds::member_count(id).optional(),
            present_in(&[id], cx.now()).optional(),
        ))
        .await?;
    let membership = caller.membership;
    let mut view = guild_view(membership.guild, membership.roles, rest);
    if show.with_counts {
        view.approximate_member_count = all;
        view.approximate_presence_count = present.map(|(_, count)| count);
    }
    Ok(Json(view))
}

/// Edits the guild. Only its owner hands it over, only administrators make it a community.
async fn update_guild(
    cx: &Cx,
    caller: InGuild<MANAGE_GUILD>,
    Body(mut edit): Body<Edit>,
    Reason(reason): Reason,
) -> Result<Json<FullGuild>> {
    let id = caller.guild.id;
    edit.check_caller(&caller)?;
    let (mut channels, rest, heir) = cx
        .read((
            channels::of_guild(id),
            guild_view::queries(id),
            members::one(id, edit.owner_id.unwrap_or(Id::new(0))).optional(),
        ))
        .await?;
    let mut batch = Batch::main();
    edit.make_channels(cx, &mut batch, &caller, &mut channels, reason.as_deref())?;
    edit.check(&caller.guild, &channels, heir.as_ref())?;
    let before = caller.guild.clone();
    edit.hand_over(cx, &mut batch, &caller).await?;
    let after = edit.apply(cx, &before).await?;
    if after == before {
        return Ok(Json(guild_view(after, caller.membership.roles, rest)));
    }
    guilds::update(&mut batch, &before, &after);
    edit::remove_replaced(cx, &mut batch, &before, &after);
    let view = guild_view(after, caller.membership.roles, rest);
    guild_view::tell_changed(&mut batch, &view);
    let entry = Entry::new(id, caller.caller.id(), audit_log::GUILD_UPDATE)
        .target(id)
        .differences(edit::AUDIT_KEYS, Some(&before), Some(&view.guild))
        .reason(reason);
    let entry = edit::image_differences(entry, &before, &view.guild);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(Json(view))
}

/// Deletes the guild with everything in it.
async fn delete_guild(cx: &Cx, caller: OwnsGuild, Body(proof): Body<Proof>) -> Result<NoContent> {
    removal::delete(cx, &caller, &proof).await
}

#[cfg(test)]
mod tests;
