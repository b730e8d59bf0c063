//! The decoders, by what they read.

pub mod body;
pub mod text;
pub mod wire;

use http::request::Builder;
use http::{Method, Request};
use model::{Id, Permissions};
use runtime::testing::Answer;
use runtime::{BodyStream, Function, Operation};
use serde_json::Value;

use crate::Ground;

/// The function of this path in the catalogue.
///
/// # Panics
/// When there is none.
fn function(path: &str) -> &'static Function {
    let files = functions::CATALOGUE.iter().flat_map(|(_, files)| *files);
    let mut functions = files.map(|(_, function)| function);
    let found = functions.find(|function| function.path == path);
    found.expect("a path of the catalogue")
}

impl Ground {
    /// Calls a function as the owner; whatever was sent, it is not the server that is at fault.
    fn call(&self, function: &Function, request: Builder, body: Vec<u8>) -> Answer {
        let owner = self.app.holding(&self.token);
        let answer = owner.send_raw(function, request, BodyStream::from(body));
        assert_ne!(answer.status, 500, "{answer:?}");
        answer
    }

    /// Calls an operation with a body, and what of it fits as a query: as the guild's owner, or as
    /// a bot that administrates it.
    ///
    /// # Panics
    /// When the operation does, or says that the server is at fault.
    pub fn operate(&self, function: &Function, operation: &Operation, bot: bool, body: &Value) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in body.as_object().into_iter().flatten() {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            query.append_pair(name, &text);
        }
        let uri = format!(
            "{}?{}",
            self.path(function.mount.prefix(), function),
            query.finish()
        );
        let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
        let caller = if bot {
            let bot = self.app.bot("bot");
            bot.join(Id::new(self.guild));
            bot.grant(Id::new(self.guild), 1, Permissions::ADMINISTRATOR.bits());
            bot
        } else {
            self.app.holding(&self.token)
        };
        let body = BodyStream::from(body.to_string().into_bytes());
        let request = request(method, &uri, "application/json");
        let answer = caller.send_raw(function, request, body);
        assert_ne!(answer.status, 500, "{answer:?}");
    }

    /// The path of `function` in the owner's guild, below `mount`.
    fn path(&self, mount: &str, function: &Function) -> String {
        let segments = function.path.split('/').map(|part| match part {
            "{guild_id}" => self.guild.to_string(),
            "{channel_id}" => self.channel.to_string(),
            "{emoji}" => "%F0%9F%94%A5".to_owned(),
            _ if part.ends_with("_id}") => "1234567890123".to_owned(),
            _ if part.starts_with('{') => "1".to_owned(),
            _ => part.to_owned(),
        });
        let path: Vec<String> = segments.collect();
        format!("{mount}{}", path.join("/"))
    }
}

/// A request with a body of this type.
fn request(method: Method, uri: &str, content_type: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(uri)
        .header(http::header::CONTENT_TYPE, content_type)
}
