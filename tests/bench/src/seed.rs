//! A small community to measure in.

use anyhow::{Context, Result};
use http::Method;
use serde_json::{Value, json};

use crate::load::{self, Target};
use crate::system::Server;

/// A person, their guild and fifty messages.
pub async fn community(server: &Server) -> Result<Target> {
    let mut target = Target {
        authority: server.authority.clone(),
        data: server.folder.path().to_owned(),
        ..Target::default()
    };
    let body = json!({
        "username": "owner",
        "email": "owner@example.org",
        "password": "correct horse battery",
        "consent": true,
        "date_of_birth": "2000-01-01",
    });
    target.token = text(
        &call(&target, Method::POST, "/auth/register", body).await?,
        "token",
    )?;
    settle(&mut target).await?;
    fill(&target, &target.channel, 50).await?;
    target.bot = bot(&target).await?;
    Ok(target)
}

/// Another guild of the same person, with a bot of its own.
pub async fn another(target: &Target) -> Result<Target> {
    let mut target = target.clone();
    settle(&mut target).await?;
    target.bot = bot(&target).await?;
    Ok(target)
}

/// Makes the guild.
async fn settle(target: &mut Target) -> Result<()> {
    let name = json!({ "name": "a community" });
    let guild = call(target, Method::POST, "/guilds", name).await?;
    target.guild = text(&guild, "id")?;
    let path = format!("/guilds/{}/channels", target.guild);
    let channels = call(target, Method::GET, &path, Value::Null).await?;
    let channels = channels.as_array().context("no list of channels")?;
    let channel = channels.iter().find(|channel| channel["type"] == 0);
    target.channel = text(channel.context("no text channel")?, "id")?;
    Ok(())
}

/// A bot in the guild: its token.
async fn bot(target: &Target) -> Result<String> {
    /// Members and the content of messages, as for a bot in few guilds.
    const INTENTS: u64 = 1 << 15 | 1 << 19;
    let application = call(
        target,
        Method::POST,
        "/applications",
        json!({ "name": "bot" }),
    )
    .await?;
    let id = text(&application, "id")?;
    let path = format!("/applications/{id}");
    call(target, Method::PATCH, &path, json!({ "flags": INTENTS })).await?;
    let bot = call(target, Method::POST, &format!("{path}/bot"), json!({})).await?;
    let path = format!("/oauth2/authorize?client_id={id}&scope=bot");
    let body = json!({ "guild_id": target.guild, "permissions": "8", "authorize": true });
    call(target, Method::POST, &path, body).await?;
    text(&bot, "token")
}

/// Another channel of the guild, with some messages.
pub async fn channel(target: &Target, messages: usize) -> Result<String> {
    let path = format!("/guilds/{}/channels", target.guild);
    let channel = call(target, Method::POST, &path, json!({ "name": "short" })).await?;
    let id = text(&channel, "id")?;
    fill(target, &id, messages).await?;
    Ok(id)
}

async fn fill(target: &Target, channel: &str, messages: usize) -> Result<()> {
    let path = format!("/channels/{channel}/messages");
    for number in 0..messages {
        let body = json!({ "content": format!("message {number} of some length, to be read") });
        call(target, Method::POST, &path, body).await?;
    }
    Ok(())
}

async fn call(target: &Target, method: Method, path: &str, body: Value) -> Result<Value> {
    let mut sender = load::connect(&target.authority).await?;
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = load::send(
        &mut sender,
        target,
        method,
        &format!("/api/v10{path}"),
        &body,
    )
    .await?;
    Ok(serde_json::from_slice(&answer).unwrap_or_default())
}

fn text(value: &Value, name: &str) -> Result<String> {
    let text = value[name]
        .as_str()
        .with_context(|| format!("no {name} in {value}"))?;
    Ok(text.to_owned())
}
