//! What no single crate can show: the running system, its clients, and the rules of the tree.
#![allow(missing_docs, reason = "test names are the documentation")]

mod access;
mod clients;
mod generated;
mod scenarios;
mod support;
mod tidy;
