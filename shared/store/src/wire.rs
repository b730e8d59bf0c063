//! What crosses between a function and its host: calls and replies, encoded as postcard.
//!
//! The local host takes a whole [`Call`] as one blob, so that it never waits for WASM inside a
//! transaction. Other hosts run the same call statement by statement or as their own batch.

use std::borrow::Cow;

use model::Event;
use serde::{Deserialize, Serialize};

use crate::{Error, Store, Value};

/// The SQL text by which a function hands an encoded [`Call`] to a host that takes whole calls.
/// Its one parameter is the call; its one row has one column, the [`Reply`].
pub const RESERVED_STATEMENT: &str = "spacebar:call";

/// One SQL statement with its parameters, `?1` being the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The text. Constant text keeps prepared-statement caches small.
    pub sql: Cow<'static, str>,
    /// The values of `?1`, `?2`, …
    pub params: Vec<Value>,
    /// How many columns a row of the answer has; 0 for a statement without rows.
    pub columns: u16,
    /// Whether no write rests on the answer; see [`crate::Query::volatile`]. Only the function
    /// knows.
    #[serde(skip)]
    pub volatile: bool,
}

impl Statement {
    /// A statement that returns no rows.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            params,
            columns: 0,
            volatile: false,
        }
    }
}

/// One round trip to a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Which database.
    pub store: Store,
    /// Whether to run in a write transaction.
    pub write: bool,
    /// What to run, in order.
    pub statements: Vec<Statement>,
    /// What to publish once the transaction is durable.
    pub events: Vec<Event>,
}

impl Call {
    /// A call that only reads.
    pub fn read(store: Store, statements: Vec<Statement>) -> Self {
        Self {
            store,
            write: false,
            statements,
            events: Vec::new(),
        }
    }

    /// The call as bytes.
    ///
    /// # Errors
    /// Never for calls built by this crate.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        postcard::to_stdvec(self).map_err(|e| Error::Internal(e.to_string()))
    }

    /// The call that `bytes` encode.
    ///
    /// # Errors
    /// When the bytes are not a call.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        postcard::from_bytes(bytes).map_err(|e| Error::Internal(e.to_string()))
    }
}

/// What one statement answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Columns in a row.
    pub columns: u16,
    /// All values, row after row.
    pub values: Vec<Value>,
    /// Rows that the statement changed; 0 on hosts that do not tell.
    pub changes: u64,
}

/// The answer to a [`Call`]: an outcome for each statement, or why nothing was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply(pub Result<Vec<Outcome>, Error>);

impl Reply {
    /// The reply as bytes.
    ///
    /// # Errors
    /// Never for replies built by this crate.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        postcard::to_stdvec(self).map_err(|e| Error::Internal(e.to_string()))
    }

    /// The outcomes or the error that `bytes` encode.
    ///
    /// # Errors
    /// The encoded error, or that the bytes are not a reply.
    pub fn decode(bytes: &[u8]) -> Result<Vec<Outcome>, Error> {
        let reply: Self =
            postcard::from_bytes(bytes).map_err(|e| Error::Internal(e.to_string()))?;
        reply.0
    }
}
