//! Tests of the host with a component that does what functions do, and what they must not.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod calls;
mod compiling;
mod database;
mod keeping;
mod process;
mod requests;
mod slow;
mod standalone;
mod support;
