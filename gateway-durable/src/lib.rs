//! The gateway's protocol as pure cores: inputs and the time go in, effects come out.

pub mod rate_limit;
