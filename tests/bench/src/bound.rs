//! The same requests without us: axum handlers that run the same SQL through the same writer.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Json;
use axum::routing::get;
use model::event::EventKind;
use model::id::marker;
use model::{Audience, Code, Event, Id, Timestamp};
use runtime::token;
use serde_json::{Value, json};
use spacebar::ports::GatewaySlot;
use spacebar::settings::Storage;
use spacebar::stores::{Committed, Stores};
use spacebar::wakeup::Wakeup;
use store::messages::Stored;
use store::{
    Batch, Database, Store, channels, guilds, members, messages, read_states, roles, sessions,
    users,
};

type Answer = Result<Json<Value>, StatusCode>;

/// Serves until it is killed; prints its address.
pub async fn serve(data: &str) -> Result<()> {
    let stores = Arc::new(open(std::path::Path::new(data))?);
    let app = Router::new()
        .route("/api/v10/users/@me", get(get_my_user))
        .route(
            "/api/v10/channels/{channel_id}/messages",
            get(list_messages).post(create_message),
        )
        .route("/api/v10/guilds/{guild_id}/channels", get(list_channels))
        .with_state(stores);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| {
            let _ = stream.set_nodelay(true);
        }),
        app,
    )
    .await?;
    Ok(())
}

/// The database of a data folder that no system has open. Nobody hears of what is written.
///
/// # Errors
/// When it cannot be used.
pub fn open(data: &std::path::Path) -> Result<Stores> {
    let committed = Committed {
        gateway: GatewaySlot::default(),
        jobs: Wakeup::default(),
    };
    Stores::open(&data.join("main.db"), &Storage::default(), committed)
}

fn failed<T: std::fmt::Debug>(error: T) -> StatusCode {
    eprintln!("{error:?}");
    StatusCode::INTERNAL_SERVER_ERROR
}

fn credentials(headers: &HeaderMap) -> Result<(Vec<u8>, Id<marker::User>), StatusCode> {
    let text = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let text = token::from_header(text.ok_or(StatusCode::UNAUTHORIZED)?);
    Ok((
        token::hash(text),
        token::claimed_user(text).ok_or(StatusCode::UNAUTHORIZED)?,
    ))
}

async fn get_my_user(State(stores): State<Arc<Stores>>, headers: HeaderMap) -> Answer {
    let (hash, _) = credentials(&headers)?;
    let session = sessions::by_token(&hash).optional();
    let found = stores.read(Store::Main, session).await.map_err(failed)?;
    let account = found.ok_or(StatusCode::UNAUTHORIZED)?.account;
    Ok(Json(json!(account.private())))
}

/// What both message routes read of the caller's access.
macro_rules! access {
    ($stores:expr, $channel:expr, $hash:expr, $user:expr) => {
        $stores.read(
            Store::Main,
            (
                sessions::by_token(&$hash).optional(),
                channels::by_id($channel).optional(),
                channels::recipients($channel),
                guilds::of_channel($channel).optional(),
                roles::of_guild_of($channel),
                members::in_guild_of($channel, $user).optional(),
            ),
        )
    };
}

async fn list_messages(
    State(stores): State<Arc<Stores>>,
    Path(channel): Path<u64>,
    Query(query): Query<std::collections::HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let (hash, user) = credentials(&headers)?;
    let channel = Id::new(channel);
    access!(stores, channel, hash, user).await.map_err(failed)?;
    let limit = query
        .get("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(50);
    let page = messages::before(user, channel, i64::MAX as u64, limit);
    let page = stores
        .read(Store::messages(channel), page)
        .await
        .map_err(failed)?;
    let mut authors: Vec<_> = page.iter().map(|message| message.author_id).collect();
    authors.sort_unstable();
    authors.dedup();
    let authors = stores
        .read(Store::Main, users::by_ids(&authors))
        .await
        .map_err(failed)?;
    let message = |row: &Stored| {
        let author = authors.iter().find(|user| user.id == row.author_id);
        wire(row, json!(author))
    };
    Ok(Json(page.iter().map(message).collect()))
}

async fn list_channels(
    State(stores): State<Arc<Stores>>,
    Path(guild): Path<u64>,
    headers: HeaderMap,
) -> Answer {
    let (hash, user) = credentials(&headers)?;
    let guild = Id::new(guild);
    let access = (
        sessions::by_token(&hash).optional(),
        guilds::by_id(guild).optional(),
        roles::of_guild(guild),
        members::one(guild, user).optional(),
    );
    stores.read(Store::Main, access).await.map_err(failed)?;
    let mut list = stores
        .read(Store::Main, channels::of_guild(guild))
        .await
        .map_err(failed)?;
    let ids: Vec<_> = list.iter().map(|channel| channel.id).collect();
    // One file has every channel.
    let states = messages::channel_states(&ids);
    let states = stores.read(Store::messages(guild.cast()), states);
    for state in states.await.map_err(failed)? {
        if let Some(channel) = list.iter_mut().find(|one| one.id == state.channel_id) {
            channel.last_message_id = state.last_message_id;
        }
    }
    Ok(Json(json!(list)))
}

async fn create_message(
    State(stores): State<Arc<Stores>>,
    Path(channel): Path<u64>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let (hash, user) = credentials(&headers)?;
    let channel = Id::new(channel);
    let (session, _, _, guild, _, _) =
        access!(stores, channel, hash, user).await.map_err(failed)?;
    let account = session.ok_or(StatusCode::UNAUTHORIZED)?.account;
    let guild = guild.ok_or(StatusCode::NOT_FOUND)?;
    let content = body["content"].as_str().ok_or(StatusCode::BAD_REQUEST)?;
    loop {
        let id = fresh_id()?;
        let row = Stored::new(id, channel, user, content.to_owned());
        let message = wire(&row, json!(account.user));
        let mut batch = Batch::messages(channel);
        messages::insert(&mut batch, &row, &[], Code::Overloaded);
        batch.push(read_states::set(user, channel, id, 0));
        let audience = Audience::Channel {
            guild: guild.id,
            channel,
        };
        batch.emit(Event {
            audience,
            kind: EventKind::MessageCreate,
            data: message.to_string(),
        });
        match stores.write(batch).await {
            Ok(_) => return Ok(Json(message)),
            Err(store::Rejection::Code(_)) => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// An id as functions make theirs: later writers rarely get an earlier one.
fn fresh_id<T>() -> Result<Id<T>, StatusCode> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let micros = now.map_err(failed)?.as_micros() as u64;
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(failed)?;
    let low = (micros % 1000) << 12 | u64::from(u32::from_le_bytes(random)) & 0xfff;
    Ok(Id::generate(
        Timestamp::from_millis((micros / 1000) as i64),
        low as u32,
    ))
}

fn wire(row: &Stored, author: Value) -> Value {
    json!({
        "id": row.id,
        "channel_id": row.channel_id,
        "author": author,
        "content": row.content,
        "timestamp": row.id.created_at(),
        "edited_timestamp": null,
        "tts": false,
        "mention_everyone": false,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": false,
        "type": 0,
        "flags": 0,
    })
}
