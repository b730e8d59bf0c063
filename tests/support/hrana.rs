//! A libSQL server for tests: what Hrana's specification says of one request's batch and sequence,
//! over a file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use store::embedded::Connection;
use store::migrations::Migrate;
use store::{Error, Statement, Value};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The token that it knows its clients by.
pub const TOKEN: &str = "a token of tests";
/// The file of its database, in the folder of an instance.
pub const DATABASE: &str = "libsql.db";

/// A server on a free port, until it is dropped.
pub struct Server {
    /// Scheme and authority.
    pub url: String,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Serves the database in the file at `path`, which is made when it is missing.
    pub fn start(path: &Path) -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let path = path.to_owned();
        // It outlives the runtime of the test that started it.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = { runtime }.worker_threads(2).enable_all().build();
            let runtime = runtime.expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    served = serve(listener, path) => served.expect("a server"),
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { url, _stop: stop })
    }
}

async fn serve(listener: std::net::TcpListener, path: PathBuf) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let idle = Arc::new(Mutex::new(Vec::new()));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (idle, path) = (Arc::clone(&idle), path.clone());
        let service = service_fn(move |request| answer(request, Arc::clone(&idle), path.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Connections that nobody uses, each without a transaction.
type Idle = Arc<Mutex<Vec<Connection>>>;

async fn answer(
    request: Request<Incoming>,
    idle: Idle,
    path: PathBuf,
) -> Result<Response<Full<Bytes>>> {
    let token = request.headers().get("authorization").cloned();
    let known = token.is_some_and(|token| token == format!("Bearer {TOKEN}"));
    if !known || request.uri().path() != "/v3/pipeline" {
        return Ok(Response::builder().status(401).body(Full::default())?);
    }
    let body = request.into_body().collect().await?.to_bytes();
    let answered = tokio::task::spawn_blocking(move || pipeline(&body, &idle, &path));
    let body = Bytes::from(answered.await??.to_string());
    Ok(Response::new(Full::new(body)))
}

/// Each request has a stream of its own, which ends with it.
fn pipeline(body: &[u8], idle: &Idle, path: &Path) -> Result<Json> {
    let asked: Json = serde_json::from_slice(body)?;
    let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut connection = match free {
        Some(connection) => connection,
        None => Connection::open(path)?,
    };
    let requests = asked["requests"].as_array().context("no requests")?;
    let mut results = Vec::new();
    for request in requests {
        let response = match request["type"].as_str() {
            Some("batch") => Ok(json!({
                "type": "batch",
                "result": batch(&mut connection, &request["batch"])?,
            })),
            Some("sequence") => {
                let sql = request["sql"].as_str().context("no text")?;
                let ran = connection.script(sql);
                ran.map(|()| json!({ "type": "sequence" }))
            }
            Some("close") => {
                // Nothing is left open; what was is undone.
                let _ = connection.run(&Statement::new("ROLLBACK", Vec::new()));
                Ok(json!({ "type": "close" }))
            }
            other => anyhow::bail!("a request of type {other:?}"),
        };
        results.push(match response {
            Ok(response) => json!({ "type": "ok", "response": response }),
            Err(error) => json!({ "type": "error", "error": failure(error) }),
        });
    }
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    idle.push(connection);
    Ok(json!({ "baton": null, "base_url": null, "results": results }))
}

fn batch(connection: &mut Connection, batch: &Json) -> Result<Json> {
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for step in batch["steps"].as_array().context("no steps")? {
        let (result, error) = match holds(&step["condition"], &results, &errors)? {
            false => (Json::Null, Json::Null),
            true => match run(connection, &step["stmt"])? {
                Ok(result) => (result, Json::Null),
                Err(error) => (Json::Null, failure(error)),
            },
        };
        results.push(result);
        errors.push(error);
    }
    Ok(json!({ "step_results": results, "step_errors": errors }))
}

fn holds(condition: &Json, results: &[Json], errors: &[Json]) -> Result<bool> {
    let of = |list: &[Json]| -> Result<bool> {
        let step = condition["step"].as_u64().context("no step")?;
        Ok(!list.get(step as usize).context("a later step")?.is_null())
    };
    match condition["type"].as_str() {
        None => Ok(true),
        Some("ok") => of(results),
        Some("error") => of(errors),
        Some("not") => Ok(!holds(&condition["cond"], results, errors)?),
        other => anyhow::bail!("a condition of type {other:?}"),
    }
}

fn run(connection: &mut Connection, statement: &Json) -> Result<Result<Json, Error>> {
    let args = statement["args"].as_array().context("no parameters")?;
    let params = args.iter().map(from_json).collect::<Result<_>>()?;
    let sql = statement["sql"].as_str().context("no text")?.to_owned();
    let outcome = match connection.run(&Statement::new(sql, params)) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Err(error)),
    };
    let columns = usize::from(outcome.columns);
    let cols = vec![json!({ "name": "c", "decltype": null }); columns];
    let values: Vec<_> = outcome.values.iter().map(to_json).collect();
    let rows: Vec<_> = match columns {
        0 => Vec::new(),
        columns => values.chunks(columns).collect(),
    };
    Ok(Ok(json!({
        "cols": cols,
        "rows": rows,
        "affected_row_count": connection.changes(),
        "last_insert_rowid": connection.last_insert_rowid().to_string(),
    })))
}

fn failure(error: Error) -> Json {
    let (code, message) = match error {
        Error::Rejected { message, .. } => ("SQLITE_CONSTRAINT", message),
        Error::Unavailable(message) => ("SQLITE_BUSY", message),
        Error::Internal(message) => ("SQLITE_ERROR", message),
        Error::Damaged(message) => ("SQLITE_CORRUPT", message),
    };
    json!({ "code": code, "message": format!("SQLite error: {message}") })
}

fn from_json(value: &Json) -> Result<Value> {
    let text = |name: &str| value[name].as_str().context("no text");
    Ok(match text("type")? {
        "null" => Value::Null,
        "integer" => Value::Integer(text("value")?.parse()?),
        "float" => Value::Real(value["value"].as_f64().context("no number")?),
        "text" => Value::Text(text("value")?.to_owned()),
        "blob" => {
            let unpadded = text("base64")?.trim_end_matches('=');
            Value::Blob(STANDARD_NO_PAD.decode(unpadded)?)
        }
        other => anyhow::bail!("a value of type {other:?}"),
    })
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => json!({ "type": "null" }),
        Value::Integer(number) => json!({ "type": "integer", "value": number.to_string() }),
        Value::Real(number) => json!({ "type": "float", "value": number }),
        Value::Text(text) => json!({ "type": "text", "value": text }),
        Value::Blob(bytes) => {
            json!({ "type": "blob", "base64": STANDARD_NO_PAD.encode(bytes) })
        }
    }
}
