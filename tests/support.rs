//! Actors, acts and the instance they act on.

mod actor;
mod catalogue;
mod gateway;
mod hrana;
mod instance;
mod life;
mod operator;
mod profiler;
mod schema;
mod spin;
mod standalone;
pub mod workers;

pub use actor::{Actor, PASSWORD};
pub use catalogue::{component, components, full_path, operations};
pub use gateway::Socket;
pub use instance::{Instance, Options, program};
pub use life::{Act, Life, picture};
pub use profiler::Profilers;
pub use standalone::Standalone;

/// What internal calls are proven with, where a test says so.
pub const INTERNAL_KEY: &str = "a key of tests, which guards nothing at all";

/// The root of the repository.
pub fn root() -> std::path::PathBuf {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("tests/ is in the repository")
        .to_path_buf()
}

/// The time, as hosts have it.
pub fn now() -> model::Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed();
    let since = since.expect("a clock after 1970");
    model::Timestamp::from_millis(since.as_millis() as i64)
}
