//! A guild as it is now: for the gateway.
//!
//! See [Discord Docs/Guild Create](https://discord.com/developers/docs/events/gateway-events#guild-create).

use actions::{channel_state, guild_view};
use model::gateway::internal::{GuildSnapshot, SNAPSHOT_MEMBERS_MAX};
use runtime::prelude::*;
use store::{channels, guilds, members, roles, threads};

function! {
    at internal "/guilds/{guild_id}"
    GET get_guild_snapshot
}

/// The guild with roles, channels and, if there are few, members. All from one moment.
async fn get_guild_snapshot(
    cx: &Cx,
    _: Internal,
    Path(id): Path<Id<marker::Guild>>,
) -> Result<Json<GuildSnapshot>> {
    cx.only_reads();
    let (guild, roles, view, mut channels, member_count, mut members, threads) = cx
        .read((
            guilds::by_id(id).optional(),
            roles::of_guild(id),
            guild_view::queries(id),
            channels::of_guild(id),
            guilds::member_count(id).optional(),
            members::page(id, 0, SNAPSHOT_MEMBERS_MAX + 1),
            (threads::active(id), threads::members_of_active(id)),
        ))
        .await?;
    let guild = guild.ok_or(Code::UnknownGuild)?;
    if members.len() > SNAPSHOT_MEMBERS_MAX as usize {
        members.clear();
    }
    let (mut threads, thread_members) = threads;
    channel_state::fill(cx, channels.iter_mut().chain(&mut threads)).await?;
    Ok(Json(GuildSnapshot {
        guild: guild_view::guild_view(guild, roles, view),
        channels,
        threads,
        thread_members,
        member_count: member_count.unwrap_or(0),
        members,
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use store::messages::Stored;

    use super::*;

    #[test]
    fn a_snapshot_is_what_the_gateway_reads() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let gateway = app.itself();
        let answer = gateway.get(&FUNCTION, &format!("/guilds/{guild}")).ok();
        let snapshot: GuildSnapshot = serde_json::from_value(answer).unwrap();
        assert_eq!(snapshot.guild.guild.id, guild);
        assert_eq!(snapshot.guild.roles.len(), 1);
        assert_eq!(snapshot.channels[0].id, channel);
        assert_eq!(snapshot.member_count, 1);
        assert_eq!(snapshot.members[0].user.as_ref().unwrap().id, alice.id);
        gateway.get(&FUNCTION, "/guilds/1").is(Code::UnknownGuild);
        alice
            .get(&FUNCTION, &format!("/guilds/{guild}"))
            .is(Code::NotFound);
    }

    #[test]
    fn every_channel_has_its_last_message() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let channels = app.create_channels_apart(guild);
        for channel in &channels {
            let row = Stored::new(app.id(), *channel, alice.id, "hello".to_owned());
            let mut batch = Batch::messages(*channel);
            store::messages::insert(&mut batch, &row, &[], Code::Overloaded);
            app.write(batch);
        }
        let path = format!("/guilds/{guild}");
        let snapshot = app.itself().get(&FUNCTION, &path).ok();
        let snapshot: GuildSnapshot = serde_json::from_value(snapshot).unwrap();
        let spoken = snapshot.channels.iter();
        let spoken = spoken.filter(|channel| channel.last_message_id.is_some());
        let mut spoken: Vec<_> = spoken.map(|channel| channel.id).collect();
        let mut channels = channels;
        spoken.sort();
        channels.sort();
        assert_eq!(spoken, channels);
    }
}
