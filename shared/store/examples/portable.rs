//! Prints `docs/export.md`.

fn main() {
    print!("{}", store::portable::docs());
}
