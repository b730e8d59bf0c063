//! What of a guild may be seen before joining it.
//!
//! See [Discord Docs/Get Guild Preview](https://discord.com/developers/docs/resources/guild#get-guild-preview).

use actions::presence_count::present_in;
use model::Emoji;
use runtime::prelude::*;
use serde::Serialize;
use store::{emojis, guilds, members};

function! {
    "/guilds/{guild_id}/preview"
    GET get_guild_preview
}

/// What a guild shows of itself.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct GuildPreview {
    id: Id<marker::Guild>,
    name: String,
    icon: Option<String>,
    splash: Option<String>,
    discovery_splash: Option<String>,
    /// Guilds have none here.
    home_header: Option<String>,
    description: Option<String>,
    features: Vec<String>,
    emojis: Vec<Emoji>,
    /// No sticker can be made here yet.
    stickers: [(); 0],
    approximate_member_count: u32,
    approximate_presence_count: u32,
}

/// The guild's preview. Others than members see the previews of discoverable guilds only.
async fn get_guild_preview(
    cx: &Cx,
    caller: Caller,
    Path(id): Path<Id<marker::Guild>>,
) -> Result<Json<GuildPreview>> {
    let (guild, member, emojis, all, present) = cx
        .read((
            guilds::by_id(id).optional(),
            members::one(id, caller.id()).optional(),
            emojis::of_guild(id),
            guilds::member_count(id).optional(),
            present_in(&[id], cx.now()).optional(),
        ))
        .await?;
    let guild = guild.ok_or(Code::UnknownGuild)?;
    let discoverable = guild
        .features
        .iter()
        .any(|feature| feature == "DISCOVERABLE");
    if member.is_none() && !discoverable {
        return Err(Code::UnknownGuild.into());
    }
    Ok(Json(GuildPreview {
        id: guild.id,
        name: guild.name,
        icon: guild.icon,
        splash: guild.splash,
        discovery_splash: guild.discovery_splash,
        home_header: None,
        description: guild.description,
        features: guild.features,
        emojis,
        stickers: [],
        approximate_member_count: all.unwrap_or(0),
        approximate_presence_count: present.map_or(0, |(_, count)| count),
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn members_see_it_and_strangers_only_if_the_guild_is_discoverable() {
        let app = App::new();
        let alice = app.register("alice");
        let (id, _) = alice.create_guild();
        let path = format!("/guilds/{id}/preview");
        let seen = alice.get(&FUNCTION, &path).ok();
        assert_eq!(seen["approximate_member_count"], 1);
        let bob = app.register("bob");
        bob.get(&FUNCTION, &path).is(Code::UnknownGuild);
        let before = app.read(store::Store::Main, guilds::by_id(id)).remove(0);
        let mut guild = model::Guild::new(id, "open".to_owned(), alice.id);
        guild.features.push("DISCOVERABLE".to_owned());
        let mut batch = Batch::main();
        guilds::update(&mut batch, &before, &guild);
        app.write(batch);
        assert_eq!(bob.get(&FUNCTION, &path).ok()["name"], "open");
    }
}
