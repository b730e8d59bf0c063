//! The gateway's address and how bots should connect.
//!
//! See [Discord Docs/Get Gateway Bot](https://discord.com/developers/docs/events/gateway#get-gateway-bot).

use model::gateway::{MAX_CONCURRENCY, STARTS_PER_DAY};
use runtime::prelude::*;
use serde::Serialize;
use store::{members, session_starts};

function! {
    "/gateway/bot"
    GET get_bot_gateway, 2 per 5_000 ms
}

/// Guilds for which one shard is recommended, as on Discord.
const GUILDS_PER_SHARD: usize = 1000;

/// Where the gateway is, and how to connect to it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct BotGateway {
    url: String,
    shards: usize,
    session_start_limit: SessionStartLimit,
}

/// How many sessions may be started.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct SessionStartLimit {
    total: u32,
    remaining: u32,
    /// Milliseconds.
    reset_after: i64,
    /// Identifies within five seconds.
    max_concurrency: u32,
}

/// Where to open a gateway connection, and how many of them.
async fn get_bot_gateway(cx: &Cx, caller: Caller) -> Result<Json<BotGateway>> {
    let (guilds, starts) = cx
        .read((
            members::guild_ids_of(caller.id()),
            session_starts::of(caller.id(), cx.now()).optional(),
        ))
        .await?;
    let started = starts.map_or(0, |starts| starts.count);
    let ends = starts.map(|starts| starts.since.plus_millis(session_starts::WINDOW_MS));
    Ok(Json(BotGateway {
        url: cx.config().gateway_public_url(),
        shards: guilds.len().div_ceil(GUILDS_PER_SHARD).max(1),
        session_start_limit: SessionStartLimit {
            total: STARTS_PER_DAY,
            remaining: STARTS_PER_DAY.saturating_sub(started),
            reset_after: ends.map_or(0, |ends| ends.since_millis(cx.now())),
            max_concurrency: MAX_CONCURRENCY,
        },
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::identify;

    #[test]
    fn a_small_bot_needs_one_shard() {
        let app = App::new();
        let answer = app.bot("robot").get(&FUNCTION, "/gateway/bot").ok();
        assert_eq!(answer["shards"], 1);
        let limit = &answer["session_start_limit"];
        assert_eq!(limit["max_concurrency"], 16);
        assert_eq!(
            (&limit["remaining"], &limit["reset_after"]),
            (&json!(1000), &json!(0))
        );
    }

    #[test]
    fn sessions_that_were_started_are_counted_for_a_day() {
        let app = App::new();
        let (alice, bot) = (app.register("alice"), app.bot("robot"));
        let identify = |token: &str, counts| {
            let body = json!({ "token": token, "counts": counts });
            app.itself().post(&identify::FUNCTION, "/identify", body)
        };
        let limit = || bot.get(&FUNCTION, "/gateway/bot").ok()["session_start_limit"].clone();
        identify(bot.token(), false).ok();
        assert_eq!(limit()["remaining"], 1000);
        for _ in 0..1000 {
            identify(bot.token(), true).ok();
            identify(alice.token(), true).ok();
        }
        app.advance(60_000);
        assert_eq!(
            (&limit()["remaining"], &limit()["reset_after"]),
            (&json!(0), &json!(86_340_000))
        );
        identify(bot.token(), true).is(Code::RateLimited);
        identify(bot.token(), false).ok();
        app.advance(86_340_000);
        assert_eq!(limit()["remaining"], 1000);
        identify(bot.token(), true).ok();
        assert_eq!(limit()["remaining"], 999);
    }
}
