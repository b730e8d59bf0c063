//! A component to test the host with: it does what functions do, and what they must not.
#![cfg(target_os = "wasi")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use spin_sdk::http_service;
use spin_sdk::sqlite::Value as SpinValue;
use spin_sdk::sqlite::wit::sqlite::Connection;
use store::wire::RESERVED_STATEMENT;
use store::{Call, Reply, Statement, Store, Value, params};

const CLEAR: &str = include_str!("../sql/clear.sql");
const COUNT: &str = include_str!("../sql/count.sql");
const INSERT: &str = include_str!("../sql/insert.sql");
const INSERT_NEXT: &str = include_str!("../sql/insert_next.sql");
const LIST: &str = include_str!("../sql/list.sql");

/// Any channel: its messages are in the one file there is.
const CHANNEL: model::Id<model::id::marker::Channel> = model::Id::new(1);

type Answer = anyhow::Result<Response<Full<Bytes>>>;

#[http_service]
async fn handle(request: spin_sdk::http::Request) -> Answer {
    let path = request.uri().path().to_owned();
    match path.rsplit('/').next().unwrap_or_default() {
        "headers" => headers(&request),
        "echo" => whole(request.into_body().collect().await?.to_bytes()),
        "length" => length(request).await,
        "spin" => loop {
            std::hint::black_box(0);
        },
        "sleep" => {
            spin_sdk::time::sleep(std::time::Duration::from_secs(3600)).await;
            whole("awake")
        }
        "nap" => {
            spin_sdk::time::sleep(std::time::Duration::from_millis(500)).await;
            whole("rested")
        }
        "compute" => {
            let started = std::time::Instant::now();
            while started.elapsed() < std::time::Duration::from_millis(600) {
                std::hint::black_box(0);
            }
            whole("computed")
        }
        "decode" => {
            let picture = vec![1_u8; 40 << 20];
            let began = std::time::SystemTime::UNIX_EPOCH.elapsed()?;
            spin_sdk::time::sleep(std::time::Duration::from_millis(300)).await;
            let ended = std::time::SystemTime::UNIX_EPOCH.elapsed()?;
            std::hint::black_box(picture);
            whole(format!("{} {}", began.as_millis(), ended.as_millis()))
        }
        "trap" => panic!("as it was asked to"),
        "memory" => {
            let mut kept = Vec::new();
            loop {
                kept.push(vec![1_u8; 1 << 20]);
            }
        }
        "variable" => whole(spin_sdk::variables::get("config").await?),
        "write" => database(write()),
        "read" => database(read()),
        "outbox" => outbox(),
        "statements" => statements().await,
        "blob" => blob(request).await,
        "forbidden" => forbidden().await,
        _ => whole("hello"),
    }
}

/// What the host told of the request.
fn headers(request: &spin_sdk::http::Request) -> Answer {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    for (name, value) in request.headers() {
        lines.push(format!("{name}: {}", value.to_str()?));
    }
    lines.sort();
    whole(lines.join("\n"))
}

/// How many bytes came, read piece by piece.
async fn length(request: spin_sdk::http::Request) -> Answer {
    let mut body = request.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, Bytes::len);
    }
    whole(bytes.to_string())
}

/// A call that inserts a row and tells of it.
fn write() -> Call {
    let audience = model::Audience::Users(vec![model::Id::new(1)]);
    Call {
        store: Store::messages(CHANNEL),
        write: true,
        statements: vec![Statement::new(INSERT_NEXT, params![])],
        events: vec![model::Event::new(
            audience,
            &model::event::IntentsAllowed(0),
        )],
    }
}

/// A call that counts the rows.
fn read() -> Call {
    Call::read(
        Store::messages(CHANNEL),
        vec![Statement::new(COUNT, params![])],
    )
}

fn database(call: Call) -> Answer {
    let connection = Connection::open("default")?;
    let parameter = SpinValue::Blob(call.encode()?);
    let answer = connection.execute(RESERVED_STATEMENT, &[parameter])?;
    let reply = match &answer.rows[0].values[0] {
        SpinValue::Blob(reply) => Reply::decode(reply)?,
        _ => anyhow::bail!("the reply is not one blob"),
    };
    match reply[0].values.first() {
        Some(Value::Integer(count)) => whole(count.to_string()),
        _ => whole(format!("{} changed", reply[0].changes)),
    }
}

/// Statement by statement, through both forms of the interface.
async fn statements() -> Answer {
    let connection = spin_sdk::sqlite::Connection::open_default().await?;
    for sql in ["BEGIN IMMEDIATE", CLEAR] {
        connection.execute(sql, []).await?.result().await?;
    }
    connection
        .execute(INSERT, [SpinValue::Integer(7)])
        .await?
        .result()
        .await?;
    connection.execute("COMMIT", []).await?.result().await?;
    let changed = connection.changes().await;
    let other = Connection::open("default")?;
    let answer = other.execute(LIST, &[])?;
    let mut rows = connection.execute(LIST, []).await?;
    let row = rows.next().await.and_then(|row| row.get::<i64>(0));
    whole(format!(
        "{changed} {:?} {:?} {row:?}",
        answer.columns, answer.rows[0].values
    ))
}

/// A write with an event, as on Spin. Nobody is told of the event.
fn outbox() -> Answer {
    let connection = Connection::open("default")?;
    connection.execute("BEGIN IMMEDIATE", &[])?;
    let Call {
        statements, events, ..
    } = write();
    let events = store::outbox::insert(&events, model::Timestamp::from_millis(0));
    for statement in statements.iter().chain(&events) {
        let params = statement.params.iter().map(|value| match value {
            Value::Integer(number) => SpinValue::Integer(*number),
            Value::Text(text) => SpinValue::Text(text.clone()),
            other => panic!("not a parameter of these statements: {other:?}"),
        });
        let params: Vec<_> = params.collect();
        connection.execute(&statement.sql, &params)?;
    }
    connection.execute("COMMIT", &[])?;
    whole("committed")
}

/// Stores the body as a blob and answers with what is stored.
async fn blob(request: spin_sdk::http::Request) -> Answer {
    let url = "http://blobs.internal/test/blob";
    let (head, body) = request.into_parts();
    let put = Request::put(url).header("content-type", "text/x-test");
    let stored = send(put.body(body)?).await?;
    anyhow::ensure!(stored.status() == 201, "stored with {}", stored.status());
    let mut get = Request::get(url);
    if let Some(range) = head.headers.get("range") {
        get = get.header("range", range);
    }
    let answer = send(get.body(Full::new(Bytes::new()))?).await?;
    let (head, body) = answer.into_parts();
    let mut response = Response::builder().status(head.status);
    if let Some(length) = head.headers.get("content-length") {
        response = response.header("content-length", length);
    }
    response = response.header("content-type", &head.headers["content-type"]);
    Ok(response.body(Full::new(body.collect().await?.to_bytes()))?)
}

async fn forbidden() -> Answer {
    let request = Request::get("http://127.0.0.1:1/").body(Full::new(Bytes::new()))?;
    match send(request).await {
        Ok(_) => whole("sent"),
        Err(error) => whole(format!("refused: {error}")),
    }
}

async fn send<B>(request: Request<B>) -> anyhow::Result<spin_sdk::http::Response>
where
    B: http_body::Body + Unpin + 'static,
    B::Data: Into<Vec<u8>>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    Ok(spin_sdk::http::send(request).await?)
}

fn whole(body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    let response = Response::builder().header("content-length", body.len());
    Ok(response.body(Full::new(body))?)
}
