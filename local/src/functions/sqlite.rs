//! `spin:sqlite`: the database as functions reach it.
//!
//! A function hands over a whole [`Call`] in the one parameter of the reserved statement, so that
//! nothing waits for WebAssembly inside a transaction. In strict mode that statement is refused,
//! and connections behave as Spin's: one per `open`, statement by statement.

use std::sync::{Arc, Mutex, PoisonError};

use store::embedded::Connection;
use store::wire::RESERVED_STATEMENT;
use store::{Call, Database, Reply, Statement};
use wasmtime::component::{
    Accessor, ComponentType, FutureReader, Lift, Linker, Lower, Resource, ResourceType,
    StreamReader,
};

use super::state::State;
use super::{Environment, Fault};

/// A connection that a function opened. In strict mode it is one of its own.
pub struct Handle(Option<Own>);

/// A connection in strict mode, as Spin gives one to each `open`.
struct Strict {
    connection: Connection,
    /// Whether its transaction was begun in order to write.
    writes: bool,
}

type Own = Arc<Mutex<Strict>>;

#[derive(Debug, Clone, ComponentType, Lift, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "no-such-database")]
    NoSuchDatabase,
    #[component(name = "access-denied")]
    AccessDenied,
    #[component(name = "invalid-connection")]
    InvalidConnection,
    #[component(name = "database-full")]
    DatabaseFull,
    #[component(name = "io")]
    Io(String),
}

#[derive(Debug, Clone, ComponentType, Lift, Lower)]
#[component(variant)]
enum Value {
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "real")]
    Real(f64),
    #[component(name = "text")]
    Text(String),
    #[component(name = "blob")]
    Blob(Vec<u8>),
    #[component(name = "null")]
    Null,
}

#[derive(Debug, Clone, ComponentType, Lift, Lower)]
#[component(record)]
struct Row {
    #[component(name = "values")]
    values: Vec<Value>,
}

#[derive(Debug, Clone, ComponentType, Lift, Lower)]
#[component(record)]
struct Answer {
    #[component(name = "columns")]
    columns: Vec<String>,
    #[component(name = "rows")]
    rows: Vec<Row>,
}

/// What `execute-async` returns: column names, rows, and whether all rows came.
type Streamed = (
    Vec<String>,
    StreamReader<Row>,
    FutureReader<Result<(), Error>>,
);

/// Adds the interface to `linker`.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut sqlite = linker.instance("spin:sqlite/sqlite@3.1.0")?;
    sqlite.resource(
        "connection",
        ResourceType::host::<Handle>(),
        |mut store, rep| {
            store
                .data_mut()
                .table
                .delete(Resource::<Handle>::new_own(rep))?;
            Ok(())
        },
    )?;
    sqlite.func_wrap(
        "[static]connection.open",
        |mut store, (name,): (String,)| Ok((open(store.data_mut(), &name)?,)),
    )?;
    sqlite.func_wrap_concurrent("[static]connection.open-async", |accessor, (name,)| {
        Box::pin(async move {
            let name: String = name;
            accessor.with(|mut access| Ok((open(access.data_mut(), &name)?,)))
        })
    })?;
    sqlite.func_wrap_async(
        "[method]connection.execute",
        |mut store, (handle, sql, params)| {
            Box::new(async move {
                let prepared = prepare(store.data_mut(), &handle)?;
                Ok((prepared.execute(sql, params).await?,))
            })
        },
    )?;
    sqlite.func_wrap_concurrent(
        "[method]connection.execute-async",
        |accessor, (handle, sql, params)| {
            Box::pin(async move { Ok((stream(accessor, handle, sql, params).await?,)) })
        },
    )?;
    add_counters(&mut sqlite)
}

fn add_counters(
    sqlite: &mut wasmtime::component::LinkerInstance<'_, State>,
) -> wasmtime::Result<()> {
    type Of = (Resource<Handle>,);
    sqlite.func_wrap(
        "[method]connection.last-insert-rowid",
        |mut store, (handle,): Of| Ok((last_insert_rowid(store.data_mut(), &handle)?,)),
    )?;
    sqlite.func_wrap_concurrent(
        "[method]connection.last-insert-rowid-async",
        |accessor, (handle,): Of| {
            Box::pin(async move {
                accessor.with(|mut access| Ok((last_insert_rowid(access.data_mut(), &handle)?,)))
            })
        },
    )?;
    sqlite.func_wrap("[method]connection.changes", |mut store, (handle,): Of| {
        Ok((changes(store.data_mut(), &handle)?,))
    })?;
    sqlite.func_wrap_concurrent(
        "[method]connection.changes-async",
        |accessor, (handle,): Of| {
            Box::pin(async move {
                accessor.with(|mut access| Ok((changes(access.data_mut(), &handle)?,)))
            })
        },
    )
}

fn open(state: &mut State, name: &str) -> wasmtime::Result<Result<Resource<Handle>, Error>> {
    let environment = &state.environment;
    if !environment.databases.iter().any(|known| known == name) {
        return Ok(Err(Error::AccessDenied));
    }
    let own = if environment.strict {
        match environment.stores.connect() {
            Ok(connection) => Some(Arc::new(Mutex::new(Strict {
                connection,
                writes: false,
            }))),
            Err(error) => return Ok(Err(Error::Io(error.to_string()))),
        }
    } else {
        None
    };
    Ok(Ok(state.table.push(Handle(own))?))
}

fn own(state: &mut State, handle: &Resource<Handle>) -> wasmtime::Result<Option<Own>> {
    Ok(state.table.get(handle)?.0.clone())
}

fn lock(own: &Own) -> std::sync::MutexGuard<'_, Strict> {
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

fn last_insert_rowid(state: &mut State, handle: &Resource<Handle>) -> wasmtime::Result<i64> {
    let own = own(state, handle)?;
    Ok(own.map_or(0, |own| lock(&own).connection.last_insert_rowid()))
}

fn changes(state: &mut State, handle: &Resource<Handle>) -> wasmtime::Result<u64> {
    let own = own(state, handle)?;
    Ok(own.map_or(0, |own| lock(&own).connection.changes()))
}

async fn stream(
    accessor: &Accessor<State>,
    handle: Resource<Handle>,
    sql: String,
    params: Vec<Value>,
) -> wasmtime::Result<Result<Streamed, Error>> {
    let prepared = accessor.with(|mut access| prepare(access.data_mut(), &handle))?;
    let answer = match prepared.execute(sql, params).await? {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error)),
    };
    accessor.with(|mut access| {
        let rows = StreamReader::new(&mut access, answer.rows)?;
        let done = async { wasmtime::error::Ok(Ok(())) };
        let done = FutureReader::new(&mut access, done)?;
        Ok(Ok((answer.columns, rows, done)))
    })
}

/// What running a statement needs, taken out of the store so that it can be awaited.
struct Prepared {
    environment: Arc<Environment>,
    own: Option<Own>,
    fault: Option<Fault>,
}

fn prepare(state: &mut State, handle: &Resource<Handle>) -> wasmtime::Result<Prepared> {
    Ok(Prepared {
        environment: Arc::clone(&state.environment),
        own: own(state, handle)?,
        fault: state.fault,
    })
}

impl Prepared {
    /// The outer error ends the instance.
    async fn execute(
        self,
        sql: String,
        params: Vec<Value>,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        match self.own {
            Some(own) => Self::statement(own, sql, params, self.fault).await,
            None if sql == RESERVED_STATEMENT => self.call(params).await,
            None => Ok(Err(Error::Io("only whole calls are taken".into()))),
        }
    }

    async fn call(self, mut params: Vec<Value>) -> wasmtime::Result<Result<Answer, Error>> {
        let Some(Value::Blob(bytes)) = params.pop() else {
            return Ok(Err(Error::Io("a call is one blob".into())));
        };
        let call = match Call::decode(&bytes) {
            Ok(call) => call,
            Err(error) => return Ok(Err(Error::Io(error.to_string()))),
        };
        let write = call.write;
        let reply = Reply(self.environment.stores.call(call).await);
        if write && reply.0.is_ok() && self.fault == Some(Fault::AfterCommit) {
            wasmtime::bail!("the call asked to end after its commit");
        }
        Ok(reply
            .encode()
            .map(|bytes| Answer {
                columns: vec!["reply".into()],
                rows: vec![Row {
                    values: vec![Value::Blob(bytes)],
                }],
            })
            .map_err(|error| Error::Io(error.to_string())))
    }

    /// Runs on a thread that may block: a transaction of another connection may hold the file.
    async fn statement(
        own: Own,
        sql: String,
        params: Vec<Value>,
        fault: Option<Fault>,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        if sql == RESERVED_STATEMENT {
            return Ok(Err(Error::Io("near \"spacebar\": syntax error".into())));
        }
        let (begins, commits) = (sql.starts_with("BEGIN"), sql == "COMMIT");
        let begins_write = sql == "BEGIN IMMEDIATE";
        let params = params.into_iter().map(Into::into).collect();
        let statement = Statement::new(sql, params);
        let answer = tokio::task::spawn_blocking(move || {
            let mut own = lock(&own);
            let outcome = own.connection.run(&statement)?;
            if begins {
                own.writes = begins_write;
            }
            let columns = own.connection.column_names(&statement.sql)?;
            Ok((columns, outcome, commits && own.writes))
        });
        let (columns, outcome, written) = match answer.await? {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(from_store(error))),
        };
        if written && fault == Some(Fault::AfterCommit) {
            wasmtime::bail!("the call asked to end after its commit");
        }
        let mut values = outcome.values.into_iter().map(Value::from);
        let width = usize::from(outcome.columns);
        let mut rows = Vec::new();
        while values.len() > 0 {
            rows.push(Row {
                values: values.by_ref().take(width).collect(),
            });
        }
        Ok(Ok(Answer { columns, rows }))
    }
}

fn from_store(error: store::Error) -> Error {
    match error {
        store::Error::Unavailable(message) if message.contains("full") => Error::DatabaseFull,
        // Spin passes on SQLite's message, which names the constraint.
        store::Error::Rejected { message, .. }
        | store::Error::Unavailable(message)
        | store::Error::Internal(message)
        | store::Error::Damaged(message) => Error::Io(message),
    }
}

impl From<Value> for store::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(number) => Self::Integer(number),
            Value::Real(number) => Self::Real(number),
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Blob(bytes),
            Value::Null => Self::Null,
        }
    }
}

impl From<store::Value> for Value {
    fn from(value: store::Value) -> Self {
        match value {
            store::Value::Integer(number) => Self::Integer(number),
            store::Value::Real(number) => Self::Real(number),
            store::Value::Text(text) => Self::Text(text),
            store::Value::Blob(bytes) => Self::Blob(bytes),
            store::Value::Null => Self::Null,
        }
    }
}
