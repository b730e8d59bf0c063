//! Creating guilds.
//!
//! See [Userdoccers/Create Guild](https://docs.discord.food/resources/guild#create-guild).

use actions::guild_view::guild_view;
use actions::images::{self, Owner};
use actions::join_guild::join_guild;
use model::Guild;
use model::guild::FullGuild;
use model::role::Role;
use runtime::prelude::*;
use serde_json::{Map, Value};
use store::{channels, guilds, members, roles};

use crate::draft::{self, Draft};

function! {
    "/guilds"
    POST create_guild, 10 per 60_000 ms
    uses blobs
}

/// Guilds that a bot may be in and still create another.
const BOT_GUILDS_MAX: u32 = 10;

/// The body with its placeholders: which of its fields count is for [`Draft`] to say.
struct Placeholders(Map<String, Value>);

impl Form for Placeholders {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        let named = Draft::FIELDS.iter().filter_map(|name| {
            let value = fields.raw(name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        Self(named.collect())
    }

    #[cfg(not(target_family = "wasm"))]
    fn schema(schemas: &runtime::openapi::Schemas) -> Value {
        Draft::schema(schemas)
    }
}

/// Creates a guild that the caller owns. Their sessions get GUILD_CREATE, since they join it.
async fn create_guild(
    cx: &Cx,
    caller: Caller,
    Body(Placeholders(body)): Body<Placeholders>,
) -> Result<Created<FullGuild>> {
    let id: Id<marker::Guild> = cx.id();
    let body = draft::number(body, id, || cx.id());
    let draft: Draft = Fields::read(body.into())?;
    let mut guild = Guild::new(id, draft.name.clone(), caller.id());
    draft.apply(&mut guild);
    let (roles, channels) = draft.build(cx, &mut guild)?;
    if let Some(icon) = draft.icon {
        guild.icon = Some(icon.store(cx, Owner::GuildIcon(id), "icon").await?);
    }
    let mut batch = Batch::main();
    if caller.user().bot {
        let few = members::in_fewer_than(caller.id(), BOT_GUILDS_MAX);
        batch.require(few, Code::TooManyGuilds);
    }
    batch.push(guilds::insert(&guild));
    batch.extend(roles::insert_all(id, &roles));
    batch.extend(channels::insert_all(&channels));
    join_guild(
        cx,
        &mut batch,
        &guild,
        caller.user(),
        Vec::new(),
        false,
        None,
    );
    cx.write(batch).await?;
    Ok(Created(view(guild, roles)))
}

fn view(guild: Guild, roles: Vec<Role>) -> FullGuild {
    guild_view(guild, roles, (Vec::new(), None))
}

#[cfg(test)]
mod tests;
