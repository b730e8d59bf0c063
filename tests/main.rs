//! What no single crate can show: the running system, its clients, and the rules of the tree.
#![allow(missing_docs, reason = "test names are the documentation")]
#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod access;
mod clients;
mod described;
mod followed;
mod generated;
mod ready;
mod scenarios;
mod support;
mod tidy;
