//! What functions are built for.

use std::fmt::Write;

use crate::catalogue::Function;

/// A host that shells are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Spin and the local host: a wasip2 component.
    Spin,
    /// Cloudflare: a Worker of its own.
    Worker,
}

impl Host {
    /// The compiler's name of its target.
    pub const fn target(self) -> &'static str {
        match self {
            Self::Spin => "wasm32-wasip2",
            Self::Worker => "wasm32-unknown-unknown",
        }
    }

    /// The folder of its throw-away workspace in the target folder, where the results are too.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Spin => "functions",
            Self::Worker => "workers",
        }
    }

    /// The profile of the root's manifest that it is built with.
    pub const fn profile(self, release: bool) -> &'static str {
        match (self, release) {
            (_, false) => "wasm",
            (Self::Spin, true) => "wasm-release",
            (Self::Worker, true) => "wasm-small",
        }
    }

    /// What Cargo is told besides, by its environment.
    pub fn settings(self, profile: &str) -> Vec<(String, &'static str)> {
        let (target, profile) = (as_variable(self.target()), as_variable(profile));
        match self {
            Self::Spin => Vec::new(),
            // Symbols tell `wasm-bindgen`, which removes them, what the compiler made use of, and
            // these name the types for which a library's code was made.
            Self::Worker => vec![
                (format!("CARGO_PROFILE_{profile}_STRIP"), "none"),
                (
                    format!("CARGO_TARGET_{target}_RUSTFLAGS"),
                    "-Csymbol-mangling-version=v0",
                ),
            ],
        }
    }

    /// What a shell depends on besides the function's crate.
    pub const fn dependencies(self) -> &'static [&'static str] {
        match self {
            Self::Spin => &["runtime", "spin-sdk"],
            Self::Worker => &["runtime", "wasm-bindgen", "worker"],
        }
    }

    /// The text of a shell.
    pub fn shell(self, function: &Function) -> String {
        let krate = function.krate.replace('-', "_");
        let path = format!("{krate}::{}::FUNCTION", function.module);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Spin => component(&mut text, &path),
            Self::Worker if function.costly => costly_worker(&mut text, &path),
            Self::Worker => worker(&mut text, &path),
        };
        format!(
            "//! The function `{}`. Written by `cargo xtask build`.\n\n{text}",
            function.component
        )
    }
}

/// A name as it is part of the names of Cargo's variables.
fn as_variable(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

fn component(text: &mut String, path: &str) -> std::fmt::Result {
    write!(
        text,
        r"use spin_sdk::http::{{IntoResponse, Request}};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {{
    runtime::entry::spin::serve(&{path}, request).await
}}
"
    )
}

fn worker(text: &mut String, path: &str) -> std::fmt::Result {
    write!(
        text,
        r"use worker::{{Context, Env, Request, Response, Result, event}};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {{
    runtime::entry::worker::answer(&{path}, request, env).await
}}
"
    )
}

fn costly_worker(text: &mut String, path: &str) -> std::fmt::Result {
    write!(
        text,
        r"use worker::{{Context, DurableObject, Env, Request, Response, Result, State}};
use worker::{{durable_object, event}};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {{
    runtime::entry::worker::answer_in_object(request, &env).await
}}

#[durable_object(fetch)]
pub struct Compute {{
    env: Env,
}}

impl DurableObject for Compute {{
    fn new(_: State, env: Env) -> Self {{
        Self {{ env }}
    }}

    async fn fetch(&self, request: Request) -> Result<Response> {{
        runtime::entry::worker::answer(&{path}, request, self.env.clone()).await
    }}
}}
"
    )
}
