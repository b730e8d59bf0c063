//! What `function!` refuses to compile, and that the compiler says why in a route's own words.
//!
//! After an intended change `TRYBUILD=overwrite cargo test --package runtime --features testing
//! --test refused` writes the expected texts anew.

#[test]
fn wrong_handlers_are_refused_readably() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
