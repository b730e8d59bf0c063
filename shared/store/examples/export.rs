//! Prints `docs/export.md`.

fn main() {
    print!("{}", store::export::docs());
}
