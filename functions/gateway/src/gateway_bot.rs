//! The gateway's address and how bots should connect.
//!
//! See [Discord Docs/Get Gateway Bot](https://discord.com/developers/docs/events/gateway#get-gateway-bot).

use model::gateway::MAX_CONCURRENCY;
use runtime::prelude::*;
use serde::Serialize;
use store::members;

function! {
    "/gateway/bot"
    GET get_bot_gateway, 2 per 5_000 ms
}

/// Guilds for which one shard is recommended, as on Discord.
const GUILDS_PER_SHARD: usize = 1000;

/// Sessions that a bot may start in a day. Nothing here is scarce, so the gateway counts none.
const STARTS_PER_DAY: u32 = 1000;

/// Where the gateway is, and how to connect to it.
#[derive(Serialize)]
struct BotGateway {
    url: String,
    shards: usize,
    session_start_limit: SessionStartLimit,
}

/// How many sessions may be started.
#[derive(Serialize)]
struct SessionStartLimit {
    total: u32,
    remaining: u32,
    /// Milliseconds.
    reset_after: u32,
    /// Identifies within five seconds.
    max_concurrency: u32,
}

/// Where to open a gateway connection, and how many of them.
async fn get_bot_gateway(cx: &Cx, caller: Caller) -> Result<Json<BotGateway>> {
    let guilds = cx.read(members::guild_ids_of(caller.id())).await?;
    Ok(Json(BotGateway {
        url: cx.config().gateway_public_url(),
        shards: guilds.len().div_ceil(GUILDS_PER_SHARD).max(1),
        session_start_limit: SessionStartLimit {
            total: STARTS_PER_DAY,
            remaining: STARTS_PER_DAY,
            reset_after: 0,
            max_concurrency: MAX_CONCURRENCY,
        },
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn a_small_bot_needs_one_shard() {
        let app = App::new();
        let answer = app.bot("robot").get(&FUNCTION, "/gateway/bot").ok();
        assert_eq!(answer["shards"], 1);
        assert_eq!(answer["session_start_limit"]["max_concurrency"], 16);
    }
}
