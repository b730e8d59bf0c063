//! Spin, and the local host, which offers the interfaces of Spin that functions import.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use anyhow::anyhow;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, header};
use http_body::Frame;
use http_body_util::BodyDataStream;
use model::Timestamp;
use spin_sdk::sqlite::wit::sqlite::Connection;
use spin_sdk::sqlite::{Error as SqliteError, Value as SpinValue};
use store::wire::RESERVED_STATEMENT;
use store::{Call, Database, Error, Outcome, Reply};

use super::Host;
use crate::limiter::{Admission, Decision};
use crate::{BodyStream, Config};

mod gateway;
mod hrana;
mod settings;
mod statements;

use settings::{Reaches, settings};

/// The host as a function sees it through Spin's interfaces.
#[derive(Debug, Clone, Copy)]
pub struct Spin;

impl Database for Spin {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        let settings = settings()
            .await
            .map_err(|e| Error::Internal(e.to_string()))?;
        if matches!(settings.database, Reaches::Whole) {
            return whole(&call);
        }
        let wanted = call.statements.len();
        let publishes = !call.events.is_empty();
        // A death between the commit and the publication loses nothing.
        let call = call.with_outbox(self.now());
        let mut outcomes = match &settings.database {
            _ if call.statements.is_empty() => Vec::new(),
            Reaches::Libsql(server) => server.run(&call).await?,
            _ => statements::run(&open()?, &call)?,
        };
        outcomes.truncate(wanted);
        if publishes && let Err(error) = gateway::announce(settings).await {
            // The rows are safe: the gateway also fetches what it was not told of.
            super::log_error(&format!(
                "the gateway was not told of new events: {error:#}"
            ));
        }
        Ok(outcomes)
    }
}

/// Hands the whole call to the local host.
fn whole(call: &Call) -> Result<Vec<Outcome>, Error> {
    let parameter = SpinValue::Blob(call.encode()?);
    let answer = open()?
        .execute(RESERVED_STATEMENT, &[parameter])
        .map_err(sqlite_error)?;
    match answer
        .rows
        .into_iter()
        .next()
        .and_then(|row| row.values.into_iter().next())
    {
        Some(SpinValue::Blob(reply)) => Reply::decode(&reply),
        _ => Err(Error::Internal("the host's reply is not one blob".into())),
    }
}

/// The blocking form of the interface: an instance runs one request at a time, and a whole reply
/// needs none of the streams of the other form.
fn open() -> Result<Connection, Error> {
    Connection::open("default").map_err(sqlite_error)
}

impl Host for Spin {
    fn now(&self) -> Timestamp {
        self.precise_now().0
    }

    fn precise_now(&self) -> (Timestamp, Option<u32>) {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let now = Timestamp::from_millis(since.as_millis() as i64);
        (now, Some(since.subsec_micros() % 1000))
    }

    fn random(&self, bytes: &mut [u8]) {
        // WASI's randomness has no failure; a trap is all that could be done about one.
        getrandom::fill(bytes).unwrap_or_else(|error| panic!("no randomness: {error}"));
    }

    async fn config(&self) -> anyhow::Result<Arc<Config>> {
        Ok(settings().await?.config.clone())
    }

    async fn admit(&self, request: &Admission) -> anyhow::Result<Decision> {
        gateway::admit(settings().await?, request).await
    }

    async fn fetch(
        &self,
        request: http::Request<BodyStream>,
    ) -> anyhow::Result<http::Response<BodyStream>> {
        let mut request = gateway::with_blobs_at(settings().await?, request)?;
        if let Some(length) = request.body().length() {
            let length = HeaderValue::from(length);
            request.headers_mut().insert(header::CONTENT_LENGTH, length);
        }
        let request = request.map(OutgoingBody::new);
        let request = spin_sdk::wasip3::http_compat::http_into_wasi_request(request)
            .map_err(|e| anyhow!("{e}"))?;
        let response = spin_sdk::wasip3::http::client::send(request)
            .await
            .map_err(|e| anyhow!("{e}"))?;
        let response = spin_sdk::wasip3::http_compat::http_from_wasi_response(response)
            .map_err(|e| anyhow!("{e}"))?;
        let length = length_of(response.headers());
        Ok(response.map(|body| BodyStream::parts(incoming(body), length)))
    }
}

fn sqlite_error(error: SqliteError) -> Error {
    match error {
        SqliteError::DatabaseFull => Error::Unavailable("the database is full".into()),
        SqliteError::Io(message) => Error::Internal(message),
        other => Error::Internal(other.to_string()),
    }
}

pub(crate) fn incoming<B>(body: B) -> impl Stream<Item = anyhow::Result<Bytes>>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    BodyDataStream::new(body).map(|part| part.map_err(|error| anyhow!("{error}")))
}

pub(crate) fn length_of(headers: &http::HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// A [`BodyStream`] as the SDK takes it.
pub struct OutgoingBody(BodyStream);

impl OutgoingBody {
    pub(crate) fn new(body: BodyStream) -> Self {
        Self(body)
    }
}

impl http_body::Body for OutgoingBody {
    type Data = Bytes;
    type Error = anyhow::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<anyhow::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            BodyStream::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            BodyStream::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            BodyStream::Parts { stream, .. } => stream
                .poll_next_unpin(cx)
                .map(|part| part.map(|part| part.map(Frame::data))),
        }
    }
}
