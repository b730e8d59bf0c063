//! Work that spans stores, done bit by bit.

runtime::functions! {}
