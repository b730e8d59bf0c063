//! A gateway that has nothing to do for a while goes on where it was: on Cloudflare's runtime its
//! memory is gone by then.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::support::{Instance, Options, Socket};

/// Longer than the runtime keeps an object in memory of which nobody wants anything.
const SILENCE: Duration = Duration::from_secs(13);

#[tokio::test(flavor = "multi_thread")]
async fn silence_loses_nothing() {
    // One that nobody else keeps awake, with the settings that everybody begins with.
    let options = Options {
        undivided: true,
        ..Options::default()
    };
    let instance = Instance::start(&options).await;
    let instance = Arc::new(instance.expect("an instance"));
    let owner = instance.register("owner").await;
    let (guild, channel) = owner.create_guild("a community").await;
    let bot = owner.create_bot("robot").await;
    owner.add_bot(&bot, &guild, 0).await;
    let mut person = owner.connect().await;
    let intents = json!({ "intents": 1 | 1 << 9 });
    let mut robot = Socket::identify(&instance.sockets_url, &bot.token, intents).await;
    robot.event("GUILD_CREATE").await;
    let before = owner.say(&channel, "before").await;
    for socket in [&mut person, &mut robot] {
        assert_eq!(socket.event("MESSAGE_CREATE").await["id"], before["id"]);
    }

    tokio::time::sleep(SILENCE).await;
    robot.send(1, json!(null)).await;
    let after = owner.say(&channel, "after").await;
    for socket in [&mut person, &mut robot] {
        assert_eq!(socket.event("MESSAGE_CREATE").await["id"], after["id"]);
    }

    let (session, seq) = robot.cut();
    let missed = owner.say(&channel, "missed").await;
    assert_eq!(person.event("MESSAGE_CREATE").await["id"], missed["id"]);
    tokio::time::sleep(SILENCE).await;
    let mut robot = Socket::resume(&instance.sockets_url, &bot.token, &session, seq).await;
    assert_eq!(robot.event("MESSAGE_CREATE").await["id"], missed["id"]);
    robot.event("RESUMED").await;
    let last = owner.say(&channel, "at last").await;
    for socket in [&mut person, &mut robot] {
        assert_eq!(socket.event("MESSAGE_CREATE").await["id"], last["id"]);
    }
}
