//! What no client sends ends the connection that it came by, and no other one.

use crate::support::{Instance, Socket};

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_frame_ends_its_own_connection() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let (_, channel) = owner.create_guild("a community").await;
    let mut socket = owner.connect().await;
    // The last is as long as Cloudflare passes on.
    for mebibytes in [1, 1, 31] {
        let mut giant = Socket::open(&instance.sockets_url).await;
        giant.send_bytes(mebibytes << 20).await;
        giant.ends().await;
    }
    owner.say(&channel, "still here").await;
    let heard = socket.event("MESSAGE_CREATE").await;
    assert_eq!(heard["content"], "still here");
}
