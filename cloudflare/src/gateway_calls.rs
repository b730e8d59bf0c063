//! What functions and objects tell the gateway's objects, and how it is proven that it was they.

use gateway_durable::durable::Address;
use gateway_durable::durable::link::{Ack, Envelope};
use http::header;
use model::Code;
use model::gateway::internal::paths::{PUBLISH, TELL};
use runtime::host::Host;
use runtime::host::worker::{News, Worker};
use runtime::{BodyStream, internal};

/// Bytes of what is told.
const BYTES_MAX: usize = 32 << 20;

/// A call from inside.
pub enum Call {
    /// A function wrote something.
    News(News),
    /// Another object tells something.
    Envelope(Envelope),
}

impl Call {
    /// What a request tells.
    ///
    /// # Errors
    /// When it is too long, unreadable, or not from inside.
    pub async fn read(
        host: &Worker,
        request: &mut http::Request<BodyStream>,
    ) -> Result<Self, Code> {
        let body = request.body_mut().collect(BYTES_MAX).await;
        let (Ok(body), Ok(config)) = (body, host.config().await) else {
            return Err(Code::BadRequest);
        };
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let (key, method, path) = (&config.internal_key, request.method(), request.uri().path());
        if !internal::proves(given, key, method, path, &body, host.now()) {
            return Err(Code::NotFound);
        }
        let call = match path {
            PUBLISH => serde_json::from_slice(&body).ok().map(Self::News),
            TELL => Envelope::read(&body).map(Self::Envelope),
            _ => return Err(Code::NotFound),
        };
        call.ok_or(Code::BadRequest)
    }

    /// Whom it is for.
    pub fn to(&self) -> Address {
        match self {
            Self::News(news) => news.guild.map_or(Address::Sessions, Address::Guild),
            Self::Envelope(envelope) => envelope.to,
        }
    }
}

/// Tells another object something: what it answers.
///
/// # Errors
/// When it does not answer, or is of another version.
pub async fn tell(host: &Worker, envelope: &Envelope) -> anyhow::Result<Ack> {
    let guild = match envelope.to {
        Address::Sessions => None,
        Address::Guild(guild) => Some(guild),
    };
    let mut answer = host.call_gateway(guild, TELL, envelope.write()).await?;
    let ack = answer.body_mut().collect(usize::MAX).await;
    let ack = ack.ok().and_then(|bytes| Ack::read(&bytes));
    ack.ok_or_else(|| anyhow::anyhow!("the answer is of another version"))
}
