//! What crosses between a function, its host and a client's socket.

use gateway_durable::durable::link::Envelope;
use gateway_durable::durable::{Durable, Input};
use gateway_durable::encoding::Encoding;
use gateway_durable::registry::Settings;
use model::Timestamp;
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

/// A message of the gateway in the External Term Format.
pub const COMMAND_ETF: Target = Target {
    name: "command_etf",
    seeds: &[
        b"\x83t\0\0\0\x02m\0\0\0\x02opa\x01m\0\0\0\x01db\0\0\x05\x39",
        b"\x83t\0\0\0\x02m\0\0\0\x02opa\x02m\0\0\0\x01dt\0\0\0\x04\
            m\0\0\0\x05tokenm\0\0\0\x01am\0\0\0\x05shardk\0\x02\0\x01\
            m\0\0\0\x07intentsb\0\0\x02\x01m\0\0\0\x08compresss\x05false",
        b"\x83t\0\0\0\x02m\0\0\0\x02opa\x08m\0\0\0\x01dt\0\0\0\x03m\0\0\0\x08guild_id\
            n\x08\0N\xf30\xa6K\x9b\xb6\x01\
            m\0\0\0\x05querym\0\0\0\0m\0\0\0\x05limitF?\xf8\0\0\0\0\0\0",
        b"\x83h\x02l\0\0\0\x02h\x01a\x01s\x03nilji\0\0\0\x01d\0\x01x",
    ],
    run: |_, bytes| {
        let _ = Encoding::Etf.command(bytes);
        if let Some(json) = gateway_durable::etf::to_json(bytes) {
            assert!(json.len() <= 16 + 8 * bytes.len(), "{json}");
            serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
        }
    },
};

/// What an object of the gateway tells another one.
pub const ENVELOPE: Target = Target {
    name: "envelope",
    seeds: &[
        b"\x08\0\x01\x01\x02\x01\x01\x011\
            {\"Told\":{\"Unsubscribe\":{\"session\":1,\"user\":\"1\"}}}",
        b"\x08\x01\x01\0\x02\x01\x01\x01!{\"Unsubscribed\":{\"sessions\":[1]}}",
        b"\x08\0\x01\x01\x02\x01\x01\0",
    ],
    run: |_, bytes| {
        let Some(envelope) = Envelope::read(bytes) else {
            return;
        };
        let written = Envelope::read(&envelope.write()).expect("what was written");
        assert_eq!(format!("{written:?}"), format!("{envelope:?}"));
        let settings = Settings {
            heartbeat_interval_ms: Settings::HEARTBEAT_INTERVAL_MS,
            gateway_url: "".into(),
            limit_starts: true,
        };
        let mut object = Durable::new(envelope.to, settings, envelope.meant_for);
        let now = Timestamp::from_millis(0);
        let row = object.handle(Input::Told(envelope), now, &mut Vec::new());
        assert!(row.is_some(), "what was told is kept");
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_of_envelopes_have_the_current_format() {
        for seed in ENVELOPE.seeds {
            assert!(Envelope::read(seed).is_some(), "{seed:?}");
        }
    }
}
