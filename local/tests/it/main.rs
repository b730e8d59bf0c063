//! Tests of the host with a component that does what functions do, and what they must not.

mod calls;
mod database;
mod process;
mod requests;
mod support;
