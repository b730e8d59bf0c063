//! Who calls functions, and how.

use std::sync::atomic::Ordering;

use http::{Method, header};
use model::Id;
use model::id::marker;
use serde_json::Value;

use super::{Answer, App, block_on, described};
use crate::host::SUBREQUESTS_MAX;
use crate::{BodyStream, Function, internal, serve};

/// Somebody who calls functions.
#[derive(Clone)]
pub struct Actor<'a> {
    pub(super) app: &'a App,
    /// Their id.
    pub id: Id<marker::User>,
    pub(super) token: Option<String>,
    /// Whether their calls are proven to come from the instance itself.
    pub(super) internal: bool,
}

impl Actor<'_> {
    /// The token they call with, empty for none.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// `GET path`.
    #[track_caller]
    pub fn get(&self, function: &Function, path: &str) -> Answer {
        self.send(function, Method::GET, path, None, &[])
    }

    /// `POST path` with a JSON body.
    #[track_caller]
    pub fn post(&self, function: &Function, path: &str, body: Value) -> Answer {
        self.send(function, Method::POST, path, Some(body), &[])
    }

    /// `PATCH path` with a JSON body.
    #[track_caller]
    pub fn patch(&self, function: &Function, path: &str, body: Value) -> Answer {
        self.send(function, Method::PATCH, path, Some(body), &[])
    }

    /// `PUT path` with a JSON body.
    #[track_caller]
    pub fn put(&self, function: &Function, path: &str, body: Value) -> Answer {
        self.send(function, Method::PUT, path, Some(body), &[])
    }

    /// `DELETE path`.
    #[track_caller]
    pub fn delete(&self, function: &Function, path: &str) -> Answer {
        self.send(function, Method::DELETE, path, None, &[])
    }

    /// Any request. `path` is without `/api/v10`, unless it begins with another mount.
    #[track_caller]
    pub fn send(
        &self,
        function: &Function,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = http::Request::builder().method(method);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or(BodyStream::empty(), |body| {
            body.to_string().into_bytes().into()
        });
        self.send_raw(function, request.uri(uri(function, path)), body)
    }

    /// Any request with any body; the caller's token is added.
    ///
    /// # Panics
    /// When `request` is not a valid request, the function asks more than [`SUBREQUESTS_MAX`]
    /// times, or the answer is not what Discord's description says.
    #[track_caller]
    pub fn send_raw(
        &self,
        function: &Function,
        mut request: http::request::Builder,
        mut body: BodyStream,
    ) -> Answer {
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        if self.internal {
            let whole = block_on(body.collect(usize::MAX)).expect("a whole body");
            let method = request.method_ref().expect("a method");
            let path = request.uri_ref().expect("a path").to_string();
            let key = "k".repeat(internal::KEY_CHARS_MIN);
            let proof = internal::proof(&key, method, &path, &whole, self.app.now());
            self.app.configure(|config| config.internal_key = key);
            request = request.header(header::AUTHORIZATION, proof);
            body = BodyStream::Full(whole);
        }
        let request = request.body(body).expect("a valid request");
        let method = request.method().clone();
        self.app.backend.asked.store(0, Ordering::Relaxed);
        let mut response = block_on(serve(function, self.app.host(), request));
        let asked = self.app.backend.asked.load(Ordering::Relaxed);
        let path = function.path;
        assert!(asked <= SUBREQUESTS_MAX, "{path} asks {asked} times");
        let body = block_on(response.body_mut().collect(usize::MAX)).expect("a whole body");
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        };
        described::check(function, &method, &answer);
        answer
    }
}

fn uri(function: &Function, path: &str) -> String {
    format!("{}{path}", function.mount.prefix())
}
