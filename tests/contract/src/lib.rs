//! Whether answers are what is described: by Discord, and by ourselves.
//!
//! Function tests and the scenarios ask it about every answer. What it does not know it refuses:
//! our own description has every operation, and a status is one of those that it has for the
//! operation. What Discord describes as well must be both.

mod description;
mod discord;

use std::sync::OnceLock;

use serde_json::Value;

pub use description::Description;
pub use discord::discord;

/// Where our own description is, from this crate's folder. It is read when it is needed: what would
/// compile it in would be compiled anew with each change of it, and so would all tests.
const OURS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

/// The statuses of an answer to who asks for what there is not.
const ABSENT: [u16; 2] = [404, 405];

/// An answer of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, its parameters in braces, as our own description has it: below the version, for
    /// what is below `/api`.
    pub path: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// What Discord's description calls an operation, if it has it.
pub fn operation_id(method: &str, path: &str) -> Option<&'static str> {
    let operation = discord().operation(method, path)?;
    Some(&operation.name)
}

/// Our own description of all operations, `docs/openapi.json`.
///
/// # Panics
/// When there is no such file, or it is none.
pub fn ours() -> &'static Description {
    static DESCRIPTION: OnceLock<Description> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        let text = std::fs::read_to_string(OURS).expect("docs/openapi.json");
        let document: Value = serde_json::from_str(&text).expect("docs/openapi.json is JSON");
        Description::of(Box::leak(Box::new(document)))
    })
}

/// Whether the answer is as Discord describes it, where it does, and as `ours` does.
///
/// # Errors
/// The first complaint: about the body, or that the operation or its status is not described.
pub fn check(answer: &Answer<'_>, ours: &Description) -> Result<(), String> {
    if let Some(checked) = discord().check(answer) {
        checked.map_err(|complaint| format!("not as Discord describes it: {complaint}"))?;
    }
    let checked = ours.check(answer).unwrap_or_else(|| absent(answer));
    checked.map_err(|complaint| format!("not as we describe it: {complaint}"))
}

/// Whether it is said of an operation that there is not that there is none.
fn absent(answer: &Answer<'_>) -> Result<(), String> {
    match ABSENT.contains(&answer.status) {
        true => discord().check_error(answer.body),
        false => Err("there is no such operation".to_owned()),
    }
}

#[cfg(test)]
mod tests;
