//! Actors, acts and the instance they act on.

mod actor;
mod gateway;
mod hrana;
mod instance;
mod schema;
mod spin;
mod workers;

pub use actor::{Actor, Answer};
pub use gateway::Socket;
pub use instance::{Instance, Options, program};

/// The root of the repository.
pub fn root() -> std::path::PathBuf {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("tests/ is in the repository")
        .to_path_buf()
}
