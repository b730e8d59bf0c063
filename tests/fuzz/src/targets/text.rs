//! What stands in a request's head.

use http::{HeaderValue, Method, Request, Uri};
use model::id::marker;
use model::{Id, Permissions, Timestamp};
use runtime::{Function, token};

use super::function;
use crate::{Ground, Target};

/// A token, by itself and in the header that carries it.
pub const TOKEN: Target = Target {
    name: "token",
    seeds: &[
        b"Bot MTE5.Zm9v.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        b"MTE5MTE5MTE5MTE5MTE5.aSDF4A.x",
        b"Bearer ",
    ],
    run: |ground, bytes| {
        let text = String::from_utf8_lossy(bytes);
        token::claimed_user(token::from_header(&text));
        token::hash(&text);
        let Ok(value) = HeaderValue::from_bytes(bytes) else {
            return;
        };
        let nobody = ground.app.nobody();
        let request = Request::builder()
            .uri("/api/v10/users/@me")
            .header("authorization", value);
        let answer = nobody.send_raw(function("/users/@me"), request, Vec::new().into());
        assert_eq!(answer.status, 401);
    },
};

/// Snowflakes, permissions and times, as text.
pub const NUMBERS: Target = Target {
    name: "numbers",
    seeds: &[
        b"175928847299117063",
        b"18446744073709551615",
        b"2026-01-01T00:00:00.000000+00:00",
        b"2024-02-29T23:59:60-12:00",
    ],
    run: |_, bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(id) = text.parse::<Id<marker::User>>() {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        let value = serde_json::Value::from(text);
        if let Ok(time) = serde_json::from_value::<Timestamp>(value.clone()) {
            let again = serde_json::to_value(time).expect("a text");
            assert_eq!(serde_json::from_value::<Timestamp>(again).ok(), Some(time));
        }
        let _ = serde_json::from_value::<Permissions>(value);
    },
};

/// A query string, before functions that read some of everything.
pub const QUERY: Target = Target {
    name: "query",
    seeds: &[
        b"limit=50&before=175928847299117063",
        b"around=1&limit=0",
        b"query=a%20b&limit=1000",
        b"days=7&include_roles=1,2&compute_prune_count=true",
        b"user_id=1&action_type=22&after=2&limit=100",
        b"limit=1&limit=2&limit=%ff",
    ],
    run: |ground, bytes| {
        let text = String::from_utf8_lossy(bytes);
        for path in [
            "/channels/{channel_id}/messages",
            "/guilds/{guild_id}/members/search",
            "/guilds/{guild_id}/audit-logs",
            "/guilds/{guild_id}/prune",
            "/users/@me/guilds",
        ] {
            let uri = format!("{}?{text}", ground.path("/api/v10", function(path)));
            get(ground, function(path), &uri);
        }
    },
};

/// Headers that are more than a word: who called, and why.
pub const HEADERS: Target = Target {
    name: "headers",
    seeds: &[
        b"because%20of%20%F0%9F%94%A5",
        b"127.0.0.1, ::1",
        b"bytes=0-",
    ],
    run: |ground, bytes| {
        let Ok(value) = HeaderValue::from_bytes(bytes) else {
            return;
        };
        let member = function("/guilds/{guild_id}/members/{user_id}");
        let mut request = Request::builder()
            .method(Method::PATCH)
            .uri(ground.path("/api/v10", member));
        for name in [
            "x-audit-log-reason",
            "x-forwarded-for",
            "content-type",
            "range",
        ] {
            request = request.header(name, value.clone());
        }
        ground.call(member, request, b"{}".to_vec());
    },
};

/// The names and sizes of files.
pub const CDN_NAME: Target = Target {
    name: "cdn_name",
    seeds: &[
        b"a_0123456789abcdef0123456789abcdef.gif?size=128",
        b"0123456789abcdef0123456789abcdef.png?size=4096&quality=lossless",
        b"3.webp",
        b"%2e%2e%2fconfig.toml",
    ],
    run: |ground, bytes| {
        let text = String::from_utf8_lossy(bytes);
        let all = functions::CATALOGUE.iter().flat_map(|(_, files)| *files);
        for (_, function) in all.filter(|(_, function)| function.mount == runtime::Mount::Cdn) {
            let path = ground.path("/cdn", function);
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            get(ground, function, &format!("{folder}/{text}"));
        }
    },
};

/// `GET uri`, when that is a URI at all and still the function's.
fn get(ground: &Ground, function: &Function, uri: &str) {
    let matches = |uri: &Uri| function.matches(uri.path()).is_some();
    if uri.parse().is_ok_and(|uri| matches(&uri)) {
        ground.call(function, Request::builder().uri(uri), Vec::new());
    }
}
