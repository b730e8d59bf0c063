//! What crosses between a function, its host and a client's socket.

use model::gateway::Command;
use store::Call;
use store::wire::Reply;

use crate::Target;

/// A function's batch, as the host reads it.
pub const CALL: Target = Target {
    name: "call",
    seeds: &[
        b"\x00\x01\x01\x1cSELECT 1 FROM a WHERE b = ?1\x01\x01\x02\x01\x00",
        b"\x01\x00\x00\x00",
    ],
    run: |_, bytes| {
        if let Ok(call) = Call::decode(bytes) {
            let encoded = call.encode().expect("what was decoded");
            assert_eq!(Call::decode(&encoded).expect("what was encoded"), call);
        }
    },
};

/// The host's answer, as a function reads it.
pub const REPLY: Target = Target {
    name: "reply",
    seeds: &[b"\x00\x01\x01\x01\x01\x02\x00", b"\x01\x00\x02\x01a"],
    run: |_, bytes| {
        let _ = Reply::decode(bytes);
    },
};

/// A text frame of the gateway, with the payload of each opcode.
pub const COMMAND: Target = Target {
    name: "command",
    seeds: &[
        br#"{"op":1,"d":251}"#,
        br#"{"op":2,"d":{"token":"a","properties":{"os":"linux","browser":"x","device":"x"},
            "compress":false,"large_threshold":250,"shard":[0,1],"intents":513,"presence":
            {"activities":[{"name":"a","type":0}],"status":"dnd","since":91879201,"afk":false}}}"#,
        br#"{"op":3,"d":{"since":null,"activities":[{"name":"x","type":4,"state":"y","emoji":
            {"name":"z"}}],"status":"online","afk":false}}"#,
        br#"{"op":4,"d":{"guild_id":"1","channel_id":"2","self_mute":false,"self_deaf":true}}"#,
        br#"{"op":6,"d":{"token":"a","session_id":"0123456789abcdef","seq":1337}}"#,
        br#"{"op":8,"d":{"guild_id":["1"],"query":"","limit":0,"presences":true,"nonce":"n"}}"#,
        br#"{"op":8,"d":{"guild_id":"1","user_ids":["1","2"]}}"#,
        br#"{"op":14,"d":{"guild_id":"1","typing":true,"channels":{"2":[[0,99]]}}}"#,
        br#"{"op":37,"d":{"subscriptions":{"1":{"typing":true,"channels":{"2":[[0,99]]}}}}}"#,
        br#"{"op":40,"d":{"seq":8,"qos":{"ver":26,"active":true,"reasons":["foregrounded"]}}}"#,
    ],
    run: |_, bytes| {
        let _ = Command::from_json(&String::from_utf8_lossy(bytes));
    },
};
