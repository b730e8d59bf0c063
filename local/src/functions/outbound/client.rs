//! Sending a request over the network.

use std::time::Duration;

use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wasmtime_wasi_http::Error;

use super::Rest;
use super::allow::Rule;
use crate::body::Body;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends `request` over a connection of its own, to an address that `rule` allows.
pub async fn send(request: Request<Body>, rule: &Rule) -> Result<(Response<Body>, Rest), Error> {
    let stream = timeout(CONNECT_TIMEOUT, connect(request.uri(), rule)).await;
    let stream = stream.map_err(|_| Error::ConnectionTimeout)??;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let answer = sender.send_request(origin_form(request)?).await?;
    let answer = answer.map(|body| body.map_err(Error::from).boxed_unsync());
    let rest = async move {
        // The sender must live until the connection has sent the rest of the answer.
        let _sender = sender;
        driver.await.map_err(|_| Error::ConnectionTerminated)??;
        Ok(())
    };
    Ok((answer, Box::new(rest)))
}

async fn connect(uri: &Uri, rule: &Rule) -> Result<TcpStream, Error> {
    if uri.scheme_str() != Some("http") {
        return Err(Error::TlsProtocolError);
    }
    let host = uri.host().ok_or(Error::HttpRequestUriInvalid)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(80);
    let addresses = tokio::net::lookup_host((host, port)).await;
    let mut addresses = addresses.map_err(|_| Error::DestinationNotFound)?;
    let address = addresses
        .find(|address| rule.allows_address(address.ip()))
        .ok_or(Error::DestinationIpProhibited)?;
    TcpStream::connect(address).await.map_err(Error::Connect)
}

/// HTTP/1.1 names the path in the first line and the host in a header.
fn origin_form(mut request: Request<Body>) -> Result<Request<Body>, Error> {
    let authority = request.uri().authority();
    let authority = authority.ok_or(Error::HttpRequestUriInvalid)?.as_str();
    let host = HeaderValue::from_str(authority).map_err(|_| Error::HttpRequestUriInvalid)?;
    request.headers_mut().insert(header::HOST, host);
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    Ok(request)
}
