//! A gateway by itself, of functions on another host.

use std::process::Child;

use anyhow::Result;
use http::Method;
use reqwest::Client;
use runtime::internal;
use tempfile::TempDir;

use super::instance::{Target, kill, reached, target};
use super::{INTERNAL_KEY, now, spin};

/// Where nobody answers.
const NOWHERE: &str = "http://127.0.0.1:9";
/// Where blobs are.
const BLOBS: &str = "/blobs/";

/// A gateway whose functions do not answer. It ends when it is dropped.
pub struct Standalone {
    child: Child,
    url: String,
    client: Client,
    _folder: TempDir,
}

impl Drop for Standalone {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}

impl Standalone {
    /// The program or the Worker, by what instances run on; nothing where it is neither.
    pub async fn start() -> Result<Option<Self>> {
        let kind = match target() {
            Target::Local => spin::Gateway::Program,
            Target::Workers => spin::Gateway::Worker,
            _ => return Ok(None),
        };
        let (folder, address) = (TempDir::new()?, spin::free_address()?);
        let child = spin::gateway_of(NOWHERE, folder.path(), &address, kind)?.spawn()?;
        let standalone = Self {
            child,
            url: format!("http://{address}"),
            client: Client::new(),
            _folder: folder,
        };
        reached(&standalone.url).await?;
        Ok(Some(standalone))
    }

    /// Asks for a blob as a function does: the status and the body.
    pub async fn blob(&self, method: Method, key: &str, body: &str) -> Result<(u16, String)> {
        let path = format!("{BLOBS}{key}");
        let proof = internal::proof(INTERNAL_KEY, &method, &path, b"", now());
        self.send(method, &path, &proof, body).await
    }

    /// The same for whom it is not proven that they are one.
    pub async fn unproven_blob(&self, method: Method, key: &str) -> Result<(u16, String)> {
        let path = format!("{BLOBS}{key}");
        let proof = internal::proof(INTERNAL_KEY, &Method::HEAD, &path, b"", now());
        self.send(method, &path, &proof, "").await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        proof: &str,
        body: &str,
    ) -> Result<(u16, String)> {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.header("authorization", proof).body(body.to_owned());
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }
}
