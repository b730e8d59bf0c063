//! Somebody who calls the API.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::Method;
use model::Code;
use serde_json::{Value, json};

use super::{Instance, Socket, schema};

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody who calls the API, with a token or without.
#[derive(Clone)]
pub struct Actor {
    instance: Arc<Instance>,
    http: reqwest::Client,
    /// The token, empty for nobody.
    pub token: String,
    /// The id, empty for nobody.
    pub id: String,
    /// The username, empty for nobody.
    pub name: String,
}

impl Actor {
    /// The actor with this token.
    pub fn new(instance: Arc<Instance>, token: String) -> Self {
        let http = reqwest::Client::new();
        Self {
            instance,
            http,
            token,
            id: String::new(),
            name: String::new(),
        }
    }

    /// A new account. A number is added to the name, so that scenarios can share an instance.
    pub async fn register(instance: Arc<Instance>, name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{name}{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut actor = Self::new(instance, String::new());
        let body = json!({
            "username": name,
            "email": format!("{name}@example.org"),
            "password": PASSWORD,
            "consent": true,
            "date_of_birth": "2000-01-01",
        });
        let answer = actor.post("/auth/register", body).await.ok();
        actor.token = answer["token"].as_str().expect("a token").to_owned();
        let user = actor.get("/users/@me").await.ok();
        actor.id = user["id"].as_str().expect("an id").to_owned();
        actor.name = name;
        actor
    }

    /// A new application of this person with a bot, as the developer portal makes one.
    pub async fn create_bot(&self, name: &str) -> Self {
        let application = self
            .post("/applications", json!({ "name": name }))
            .await
            .ok();
        let id = application["id"].as_str().expect("an id").to_owned();
        let bot = self
            .post(&format!("/applications/{id}/bot"), json!({}))
            .await
            .ok();
        let token = bot["token"].as_str().expect("a token");
        let mut actor = Self::new(self.instance.clone(), format!("Bot {token}"));
        // All privileged intents, as for a bot in few guilds.
        let flags = (1 << 13) | (1 << 15) | (1 << 19);
        actor
            .patch("/applications/@me", json!({ "flags": flags }))
            .await
            .ok();
        let user = actor.get("/users/@me").await.ok();
        actor.id = user["id"].as_str().expect("an id").to_owned();
        actor.name = user["username"].as_str().expect("a name").to_owned();
        actor
    }

    /// Adds a bot to a guild of this person's, with these permissions.
    pub async fn add_bot(&self, bot: &Self, guild: &str, permissions: u64) {
        let path = format!("/oauth2/authorize?client_id={}&scope=bot", bot.id);
        let body = json!({
            "guild_id": guild,
            "permissions": permissions.to_string(),
            "authorize": true,
        });
        self.post(&path, body).await.ok();
    }

    /// A new guild: its id and that of its first text channel. It does not say who joins, so that
    /// nobody hears of other messages than those of the test.
    pub async fn create_guild(&self, name: &str) -> (String, String) {
        let guild = json!({ "name": name, "system_channel_flags": 1 });
        let guild = self.post("/guilds", guild).await.ok();
        let id = guild["id"].as_str().expect("an id").to_owned();
        let channels = self.get(&format!("/guilds/{id}/channels")).await.ok();
        let channels = channels.as_array().expect("a list of channels");
        let text = channels
            .iter()
            .find(|channel| channel["type"] == 0)
            .expect("a text channel");
        (id, text["id"].as_str().expect("an id").to_owned())
    }

    /// Lets another person join through a new invite to this channel.
    pub async fn invite(&self, channel: &str, other: &Self) {
        let invite = self
            .post(&format!("/channels/{channel}/invites"), json!({}))
            .await
            .ok();
        let code = invite["code"].as_str().expect("a code");
        other
            .post(&format!("/invites/{code}"), json!({}))
            .await
            .ok();
    }

    /// Sends a message and returns it.
    pub async fn say(&self, channel: &str, content: &str) -> Value {
        let path = format!("/channels/{channel}/messages");
        self.post(&path, json!({ "content": content })).await.ok()
    }

    /// A gateway connection that has received READY, with all intents.
    pub async fn connect(&self) -> Socket {
        Socket::ready(&self.instance.sockets_url, &self.token).await
    }

    /// `GET` below `/api/v10`.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// `POST` below `/api/v10`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// `PATCH` below `/api/v10`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// `PUT` below `/api/v10`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// `DELETE` below `/api/v10`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method.clone(), &format!("/api/v10{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(method, path, request).await
    }

    /// A request to any path of the origin, with the token if there is one.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.instance.url));
        match self.token.as_str() {
            "" => request,
            token => request.header("authorization", token),
        }
    }

    /// Sends a request; the answer must be what Discord's description says of its path. `path` is
    /// what the answer says it was asked for.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        request: reqwest::RequestBuilder,
    ) -> Answer {
        let request = request.build().expect("a request");
        let url = request.url().clone();
        let response = self.http.execute(request).await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.bytes().await.expect("a whole body").to_vec();
        if let Err(complaint) = schema::check(&method, url.path(), status, &body) {
            let text = String::from_utf8_lossy(&body);
            panic!("{method} {path}: {status} is not as Discord describes it: {complaint}: {text}");
        }
        Answer {
            method,
            path: path.to_owned(),
            status,
            body,
        }
    }
}

/// What the system answered.
#[derive(Debug)]
pub struct Answer {
    /// The request's method.
    pub method: Method,
    /// The request's path below the API.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The JSON of a success; null for none.
    #[track_caller]
    pub fn ok(self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert!(
            (200..300).contains(&self.status),
            "{} {}: {} {text}",
            self.method,
            self.path,
            self.status
        );
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Asserts one of Discord's errors.
    #[track_caller]
    pub fn is(&self, code: Code) {
        let body = self.json();
        let found = (self.status, body["code"].as_u64());
        let wanted = (code.status(), Some(u64::from(code.number())));
        assert_eq!(found, wanted, "{} {}: {body}", self.method, self.path);
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
