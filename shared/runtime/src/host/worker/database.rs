//! The stores on D1: a call is one `batch()`, its events are rows of `outbox` in the same batch.
//!
//! The store `main` is the binding `MAIN`; the store `messages` is divided among `MESSAGES`,
//! `MESSAGES_1`, `MESSAGES_2` and so on, as many as there are.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::OnceLock;

use serde::Deserialize;
use store::{Call, Database, Error, Outcome, Partitions, Store, Value, d1, jobs, outbox};
use wasm_bindgen::JsValue;
use worker::{D1DatabaseSession, D1PreparedStatement, D1SessionConstraint, Env};

use super::{News, Worker, fault};
use crate::host::Host;

/// One row as [`d1::sql`] has it written.
#[derive(Deserialize)]
struct Row {
    r: String,
}

/// Which session of D1 a call is part of.
pub(super) type Reading = d1::Reading<Rc<D1DatabaseSession>>;

/// For each database of the messages whether this isolate knows that it is the one that its binding
/// says it is. Bindings stay what they are for as long as an isolate lives.
static CLAIMED: OnceLock<Vec<OnceLock<()>>> = OnceLock::new();

impl Database for Worker {
    fn partitions(&self) -> Partitions {
        Partitions::new(claimed(self.env()).len() as u32)
    }

    async fn call(&self, mut call: Call) -> Result<Vec<Outcome>, Error> {
        let jobs = call.write && jobs::are_added_by(&call);
        let events = std::mem::take(&mut call.events);
        let wanted = call.statements.len();
        // Events that no write belongs to are in no outbox.
        let news = News::of(&events, wanted == 0, jobs);
        if wanted > 0 {
            call.statements.extend(outbox::insert(&events, self.now()));
        }
        let mut outcomes = self.run(&call).await?;
        outcomes.truncate(wanted);
        // Hardly ever more than one.
        for news in &news {
            if let Err(error) = self.tell_gateway(news).await {
                // The rows are safe: the gateway also fetches what it was not told of.
                crate::host::log_error(&format!("the gateway was not told of news: {error:#}"));
            }
        }
        Ok(outcomes)
    }
}

impl Worker {
    async fn run(&self, call: &Call) -> Result<Vec<Outcome>, Error> {
        if call.statements.is_empty() {
            return Ok(Vec::new());
        }
        d1::check(call)?;
        let Store::Messages(partition) = call.store else {
            return self.run_on("MAIN", call).await;
        };
        let partitions = self.partitions();
        let number = partitions.number(partition);
        let binding = binding(number);
        let claimed = &claimed(self.env())[number as usize];
        if claimed.get().is_some() {
            return self.run_on(&binding, call).await;
        }
        // Within the first call, so that nothing is read or written in the wrong place, and nobody
        // waits for it.
        let mut call = call.clone();
        let at = call.statements.len() as u32;
        call.statements.push(partitions.claim(partition));
        let outcomes = self.run_on(&binding, &call).await;
        match &outcomes {
            Ok(_) => drop(claimed.set(())),
            Err(Error::Rejected { statement, .. }) if *statement == at => {
                let count = partitions.count();
                return Err(Error::Internal(format!(
                    "{binding} has another part of the messages than number {number} of {count}: \
                     bindings of databases were added, removed or exchanged"
                )));
            }
            Err(_) => {}
        }
        outcomes
    }

    async fn run_on(&self, binding: &str, call: &Call) -> Result<Vec<Outcome>, Error> {
        let begin = || begin(self.env(), binding);
        let session = self.0.reading.session(binding, begin)?;
        let statements: Result<Vec<_>, _> = (0..call.statements.len())
            .map(|index| prepare(&session, call, index))
            .collect();
        let answers = session.batch(statements?).await;
        let answers = answers.map_err(|error| d1::error(call, &message(error)))?;
        let outcomes = answers
            .iter()
            .zip(&call.statements)
            .map(|(answer, statement)| {
                let rows: Vec<Row> = match statement.columns {
                    0 => Vec::new(),
                    _ => answer.results().map_err(internal)?,
                };
                let rows: Vec<String> = rows.into_iter().map(|row| row.r).collect();
                d1::outcome(statement.columns, &rows)
            });
        outcomes.collect()
    }
}

/// A session whose first call goes to the primary of a database.
fn begin(env: &Env, binding: &str) -> Result<Rc<D1DatabaseSession>, Error> {
    let database = env.d1(binding).map_err(internal)?;
    let session = database.with_session_constraint(D1SessionConstraint::FirstPrimary);
    session.map(Rc::new).map_err(internal)
}

/// The name of a database of the messages.
fn binding(number: u32) -> Cow<'static, str> {
    match number {
        0 => "MESSAGES".into(),
        number => format!("MESSAGES_{number}").into(),
    }
}

fn claimed(env: &Env) -> &'static [OnceLock<()>] {
    CLAIMED.get_or_init(|| {
        // The first is there, or else what asks it says that it is missing.
        let others = (1..).take_while(|number| env.d1(&binding(*number)).is_ok());
        vec![OnceLock::new(); 1 + others.count()]
    })
}

fn prepare(
    session: &D1DatabaseSession,
    call: &Call,
    index: usize,
) -> Result<D1PreparedStatement, Error> {
    let statement = &call.statements[index];
    let prepared = session.prepare(d1::sql(index, statement));
    if statement.params.is_empty() {
        return Ok(prepared);
    }
    let params = statement.params.iter().cloned().map(d1::param).map(to_js);
    let params: Vec<JsValue> = params.collect();
    prepared.bind(&params).map_err(internal)
}

fn to_js(value: Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(number) => JsValue::from_f64(number as f64),
        Value::Real(number) => JsValue::from_f64(number),
        Value::Text(text) => JsValue::from_str(&text),
        Value::Blob(bytes) => js_sys::Uint8Array::from(&bytes[..]).into(),
    }
}

/// D1's own words, which its error has as its cause.
fn message(error: worker::Error) -> String {
    match error {
        worker::Error::D1(error) => error.cause(),
        other => other.to_string(),
    }
}

fn internal(error: worker::Error) -> Error {
    Error::Internal(fault(error).to_string())
}
