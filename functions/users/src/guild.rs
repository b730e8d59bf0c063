//! Leaving a guild.
//!
//! See [Discord Docs/Leave Guild](https://discord.com/developers/docs/resources/user#leave-guild).

use actions::leave_guild;
use runtime::prelude::*;
use store::guilds;

function! {
    "/users/@me/guilds/{guild_id}"
    DELETE leave_guild
}

/// Takes the caller out of the guild. Its owner stays: they give it away or delete it.
async fn leave_guild(cx: &Cx, caller: InGuild) -> Result<NoContent> {
    let (guild, user) = (caller.guild.id, caller.caller.user());
    if caller.guild.owner_id == user.id {
        return Err(Code::InvalidGuild.into());
    }
    let mut batch = Batch::main();
    // Somebody might be giving the caller the guild at this moment.
    batch.require(guilds::is_not_owned_by(guild, user.id), Code::InvalidGuild);
    leave_guild::leave_guild(&mut batch, guild, &caller.roles, std::iter::once(user));
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use store::{Store, members};

    use super::*;

    #[test]
    fn a_member_leaves() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, _) = alice.create_guild();
        bob.join(guild);
        bob.grant(guild, 1, 0);
        let path = format!("/users/@me/guilds/{guild}");
        bob.delete(&FUNCTION, &path).no_content();
        let event = app.emitted(EventKind::GuildMemberRemove);
        assert_eq!(event.audience, Audience::Guild(guild));
        assert!(event.data.contains(&format!(r#""id":"{}""#, bob.id)));
        assert!(
            app.read(Store::Main, members::one(guild, bob.id))
                .is_empty()
        );
        assert_eq!(app.read(Store::Main, guilds::member_count(guild)), [1]);
        bob.delete(&FUNCTION, &path).is(Code::MissingAccess);
    }

    #[test]
    fn the_owner_stays() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        alice
            .delete(&FUNCTION, &format!("/users/@me/guilds/{guild}"))
            .is(Code::InvalidGuild);
        assert!(app.events().is_empty());
    }
}
