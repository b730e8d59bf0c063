//! Requests that come through Spin, or the local host.

use std::net::SocketAddr;

use http::{HeaderValue, Method, header};

use crate::host::spin::{OutgoingBody, Spin, incoming, length_of};
use crate::{BodyStream, Function, address};

/// Answers a request that came through `spin_sdk::http_service`.
pub async fn serve(
    function: &Function,
    request: spin_sdk::http::Request,
) -> http::Response<OutgoingBody> {
    let mut request = request;
    name_client(request.headers_mut());
    let length = length_of(request.headers());
    let bodyless = matches!(*request.method(), Method::GET | Method::HEAD) && length.is_none();
    let request = request.map(|body| match length {
        Some(0) => BodyStream::empty(),
        None if bodyless => BodyStream::empty(),
        length => BodyStream::parts(incoming(body), length),
    });
    let mut response = crate::serve(function, Spin, request).await;
    if let Some(length) = response.body().length() {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response.map(OutgoingBody::new)
}

/// Puts the client's address where functions look for it. Spin says who is at the other end of
/// the connection, which the local host does not; a proxy on the same machine says it of its own
/// client, last in its list.
fn name_client(headers: &mut http::HeaderMap) {
    const PEER: &str = "spin-client-addr";
    const FORWARDED_FOR: &str = "x-forwarded-for";
    let text = |headers: &http::HeaderMap, name| {
        let value = headers.get_all(name).iter().next_back()?;
        value.to_str().ok().map(str::to_owned)
    };
    let Some(peer) = text(headers, PEER).and_then(|peer| peer.parse::<SocketAddr>().ok()) else {
        return;
    };
    let told = text(headers, FORWARDED_FOR).filter(|_| peer.ip().is_loopback());
    let told = told.as_deref().and_then(|list| list.rsplit(',').next());
    let client = told.and_then(address::parse).unwrap_or(peer.ip());
    if let Ok(client) = HeaderValue::try_from(client.to_string()) {
        headers.insert(FORWARDED_FOR, client);
    }
}
