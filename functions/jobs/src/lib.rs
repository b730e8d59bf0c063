//! Work that spans stores, done bit by bit.

mod beginning;
mod channel;
mod images;
mod invite;
mod log;
mod notice;
mod removal;
mod sent_by;
mod step;
mod thread;
mod welcome;

runtime::functions! {
    run
}
