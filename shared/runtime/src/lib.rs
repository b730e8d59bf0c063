//! What a function stands on.
//!
//! A route file names its path, its methods and their handlers in [`function!`]. A handler takes
//! [`Cx`], then what its caller must be allowed to do (an [`Access`] type), then the parts of the
//! request it reads ([`Path`], [`Query`], [`Body`]). Hosts call [`serve`].

pub mod access;
pub mod address;
pub mod blob_requests;
pub mod blobs;
pub mod body;
pub mod capability;
pub mod config;
pub mod cors;
pub mod cx;
#[cfg(not(target_family = "wasm"))]
pub mod described;
pub mod entry;
pub mod error;
pub mod extract;
pub mod fields;
pub mod function;
pub mod host;
pub mod internal;
pub mod limiter;
pub mod mount;
#[cfg(not(target_family = "wasm"))]
pub mod openapi;
pub mod password;
pub mod prelude;
pub mod rate_limits;
pub mod request;
pub mod requirement;
pub mod respond;
pub mod routes;
#[cfg(not(target_family = "wasm"))]
pub mod schema;
pub mod token;

#[cfg(all(feature = "testing", not(target_family = "wasm")))]
pub mod testing;

pub use access::Access;
pub use body::{BodyStream, Response};
pub use capability::Capability;
pub use config::Config;
pub use cx::Cx;
pub use entry::serve;
pub use error::{Error, Result};
pub use extract::{Body, Extract, Path, Query};
pub use fields::{Fields, Form};
pub use function::{Function, Limit, Operation};
pub use mount::Mount;
pub use request::Request;
pub use requirement::Requirement;
pub use respond::{Created, Json, NoContent, Respond};
