//! A gateway that has nothing to do for a while goes on where it was: on Cloudflare's runtime its
//! memory is gone by then.

use std::time::Duration;

use serde_json::json;

use crate::support::{Instance, Socket};

/// Longer than the runtime keeps an object in memory of which nobody wants anything.
const SILENCE: Duration = Duration::from_secs(13);

#[tokio::test(flavor = "multi_thread")]
async fn silence_loses_nothing() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let bot = owner.create_bot("robot").await;
    owner.add_bot(&bot, &guild, 0).await;
    let mut person = owner.connect().await;
    let intents = json!({ "intents": 1 | 1 << 9 });
    let mut robot = Socket::identify(&instance.sockets_url, &bot.token, intents).await;
    robot.event("GUILD_CREATE").await;
    owner.say(&channel, "before").await;
    for socket in [&mut person, &mut robot] {
        let event = socket.event("MESSAGE_CREATE").await;
        assert_eq!(event["content"], "before");
    }

    tokio::time::sleep(SILENCE).await;
    robot.send(1, json!(null)).await;
    owner.say(&channel, "after").await;
    for socket in [&mut person, &mut robot] {
        let event = socket.event("MESSAGE_CREATE").await;
        assert_eq!(event["content"], "after");
    }

    let (session, seq) = robot.cut();
    owner.say(&channel, "missed").await;
    assert_eq!(person.event("MESSAGE_CREATE").await["content"], "missed");
    tokio::time::sleep(SILENCE).await;
    let mut robot = Socket::resume(&instance.sockets_url, &bot.token, &session, seq).await;
    assert_eq!(robot.event("MESSAGE_CREATE").await["content"], "missed");
    robot.event("RESUMED").await;
    owner.say(&channel, "at last").await;
    for socket in [&mut person, &mut robot] {
        let event = socket.event("MESSAGE_CREATE").await;
        assert_eq!(event["content"], "at last");
    }
}
