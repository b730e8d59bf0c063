//! Deleting a guild.

use actions::delete_messages::IN_FLIGHT_MS;
use actions::images::{Owner, Unnamed};
use actions::second_factor::Proof;
use model::event::GuildDelete;
use runtime::prelude::*;
use store::images::MemberImages;
use store::{guilds, images, jobs};

/// Deletes the guild: its rows at once, what hangs on its channels in the other store by a job.
pub(crate) async fn delete(cx: &Cx, caller: &OwnsGuild, proof: &Proof) -> Result<NoContent> {
    let OwnsGuild(caller) = caller;
    let id = caller.guild.id;
    let members = cx.read(images::of_members(id)).await?;
    let mut batch = Batch::main();
    proof.require(cx, &mut batch, &caller.caller).await?;
    batch.require(
        guilds::is_owned_by(id, caller.caller.id()),
        Code::MissingPermissions,
    );
    // A sender that was admitted a moment ago may still be writing.
    let later = cx.now().plus_millis(IN_FLIGHT_MS);
    batch.push(jobs::insert_deletion_of_channels(&cx.ulid(), id, later));
    actions::images::remove(cx, &mut batch, &images_of(caller, members));
    guilds::delete(&mut batch, id);
    let gone = GuildDelete {
        id,
        unavailable: Some(false),
    };
    batch.emit(Event::new(Audience::Guild(id), &gone));
    cx.write(batch).await?;
    Ok(NoContent)
}

/// The images that the guild, its roles and its members in it have. Those of emoji stay, because
/// old messages elsewhere show them.
fn images_of(caller: &InGuild, members: Vec<MemberImages>) -> Vec<Unnamed> {
    let guild = &caller.guild;
    let id = guild.id;
    let own = [
        (Owner::GuildIcon(id), guild.icon.clone()),
        (Owner::GuildBanner(id), guild.banner.clone()),
        (Owner::GuildSplash(id), guild.splash.clone()),
        (Owner::DiscoverySplash(id), guild.discovery_splash.clone()),
    ];
    let roles = caller.roles.iter();
    let roles = roles.map(|role| (Owner::RoleIcon(role.id), role.icon.clone()));
    let members = members.into_iter().flat_map(|(user, avatar, banner)| {
        [
            (Owner::MemberAvatar(id, user), avatar),
            (Owner::MemberBanner(id, user), banner),
        ]
    });
    let all = own.into_iter().chain(roles).chain(members);
    all.filter_map(|(owner, hash)| Some(Unnamed::new(owner, &hash?)))
        .collect()
}
