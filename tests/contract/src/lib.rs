//! Whether answers are what Discord's own description of its API says.
//!
//! Function tests and the scenarios ask it about every answer. What it does not know it refuses:
//! an operation is described by Discord, or listed in `ours.txt`, and a status is one of those
//! that the description has for the operation.

mod description;

use description::{Body, description};

/// The operations below `/api` that Discord's description leaves out, one a line, in order: the
/// path, the method, the operationId.
const OURS: &str = include_str!("../ours.txt");

/// The statuses of an answer to who asks for what there is not.
const ABSENT: [u16; 2] = [404, 405];

/// An answer of an operation below `/api`.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path below the version, its parameters in braces: `/channels/{channel_id}/typing`.
    pub path: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// An operation that Discord's description leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ours {
    /// Its path below the version, with parameters in braces.
    pub path: &'static str,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Its operationId.
    pub name: &'static str,
}

/// The operations that Discord's description leaves out, in the order of the list.
///
/// # Panics
/// When a line of the list is not a path, a method and a name.
pub fn ours() -> impl Iterator<Item = Ours> {
    OURS.lines().map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        let [path, method, name] = words[..] else {
            panic!("{line:?} is no path with its method and operationId");
        };
        Ours { path, method, name }
    })
}

/// What Discord's description calls an operation, if it has it.
pub fn operation_id(method: &str, path: &str) -> Option<&'static str> {
    let operation = description().operation(method, path)?;
    Some(&operation.name)
}

/// Whether the answer is as it is described.
///
/// # Errors
/// The first complaint: about the body, or that nobody describes the operation or its status.
pub fn check(answer: &Answer<'_>) -> Result<(), String> {
    let described = description().operation(answer.method, answer.path);
    if let Some(operation) = described {
        let body = operation.answers(answer.status);
        let body = body.ok_or("Discord describes no such status")?;
        return body.check(answer.body);
    }
    if !is_ours(answer) && !ABSENT.contains(&answer.status) {
        return Err("neither Discord nor tests/contract/ours.txt describes it".to_owned());
    }
    // Errors are the same everywhere. What else our own operations answer is theirs to test.
    match answer.status {
        400.. => description().error.check(answer.body),
        204 => Body::None.check(answer.body),
        _ => Ok(()),
    }
}

fn is_ours(answer: &Answer<'_>) -> bool {
    ours().any(|it| it.method == answer.method && it.path == answer.path)
}

#[cfg(test)]
mod tests;
