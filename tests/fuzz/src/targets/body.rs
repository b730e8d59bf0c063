//! Bodies: JSON, forms with files, images, protobufs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::json;

use super::{function, request};
use crate::{Ground, Target};

const JSON: &str = "application/json";
const MESSAGES: &str = "/channels/{channel_id}/messages";

/// A JSON body, before those functions that read the most.
pub const FIELDS: Target = Target {
    name: "fields",
    seeds: &[
        br#"{"content":"a","tts":false,"nonce":1,"embeds":[{"title":"t","fields":[{"name":"n",
            "value":"v"}],"footer":{"text":"f"},"timestamp":"2026-01-01T00:00:00Z"}],
            "allowed_mentions":{"parse":["users"],"users":["1"]},"message_reference":
            {"message_id":"1"},"components":[{"type":1,"components":[{"type":2,"style":1,
            "label":"l","custom_id":"c"}]}],"attachments":[{"id":0}],"flags":4}"#,
        br#"{"name":"a","type":0,"topic":"t","parent_id":"1","permission_overwrites":[{"id":"1",
            "type":0,"allow":"1","deny":"2"}],"rate_limit_per_user":5,"position":1}"#,
        br#"{"name":"a","color":1,"permissions":"8","hoist":true,"unicode_emoji":"x"}"#,
        br#"[{"id":"1","position":2},{"id":"2","parent_id":null,"lock_permissions":true}]"#,
        br#"{"username":"a","avatar":null,"global_name":"b","bio":"c"}"#,
    ],
    run: |ground, bytes| {
        for (method, path) in [
            (Method::POST, MESSAGES),
            (Method::PATCH, "/channels/{channel_id}"),
            (Method::POST, "/guilds/{guild_id}/channels"),
            (Method::PATCH, "/guilds/{guild_id}/channels"),
            (Method::POST, "/guilds/{guild_id}/roles"),
            (Method::PATCH, "/guilds/{guild_id}"),
            (Method::PATCH, "/users/@me"),
        ] {
            send(ground, method, path, JSON, bytes.to_vec());
        }
    },
};

/// The body of a form with files.
pub const MULTIPART: Target = Target {
    name: "multipart",
    seeds: &[
        b"--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n\
          {\"content\":\"a\"}\r\n--x\r\nContent-Disposition: form-data; name=\"files[0]\"; \
          filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nb\r\n--x--\r\n",
        b"--x\r\nContent-Disposition: form-data; name=files[1]; \
          filename*=UTF-8''%e2%82%ac.png\r\n\r\n\x89PNG\r\n--x--",
    ],
    run: |ground, bytes| {
        let kind = "multipart/form-data; boundary=x";
        send(ground, Method::POST, MESSAGES, kind, bytes.to_vec());
    },
};

/// What a form says of where its parts end.
pub const BOUNDARY: Target = Target {
    name: "boundary",
    seeds: &[
        b"multipart/form-data; boundary=x",
        b"Multipart/Form-Data;charset=utf-8; boundary=\"a b\"",
    ],
    run: |ground, bytes| {
        let messages = function(MESSAGES);
        let uri = ground.path("/api/v10", messages);
        let Ok(value) = http::HeaderValue::from_bytes(bytes) else {
            return;
        };
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header("content-type", value);
        ground.call(messages, request, b"--x\r\n\r\n--x--".to_vec());
    },
};

/// An image, by the head that tells its size.
pub const IMAGE: Target = Target {
    name: "image",
    seeds: &[
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
          \0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0\
          IEND\xaeB`\x82",
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\
          \0\0\x02\x01D\0;",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x0b\x08\0\x01\0\x01\x01",
        b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0",
    ],
    run: |ground, bytes| {
        for mime in ["png", "gif", "jpeg", "webp"] {
            let url = format!("data:image/{mime};base64,{}", STANDARD.encode(bytes));
            let body = json!({ "name": "emoji", "image": url }).to_string();
            let path = "/guilds/{guild_id}/emojis";
            send(ground, Method::POST, path, JSON, body.into());
        }
    },
};

/// A user's settings as a protobuf, merged into those before.
pub const SETTINGS_PROTO: Target = Target {
    name: "settings_proto",
    seeds: &[
        &[0x0a, 4, 8, 5, 0x18, 99, 0x12, 1, b'c'],
        &[0x12, 2, b'a', b'b', 0x18, 0xac, 2],
        &[0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8],
    ],
    run: |ground, bytes| {
        let body = json!({ "settings": STANDARD.encode(bytes) }).to_string();
        let path = "/users/@me/settings-proto/{user_settings_proto_type}";
        send(ground, Method::PATCH, path, JSON, body.into());
    },
};

fn send(ground: &Ground, method: Method, path: &str, content_type: &str, body: Vec<u8>) {
    let function = function(path);
    let uri = ground.path("/api/v10", function);
    ground.call(function, request(method, &uri, content_type), body);
}
