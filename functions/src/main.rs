//! Prints the manifest, or with the word `openapi` the description of all operations.

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("openapi") => println!("{:#}", functions::openapi()),
        _ => println!("{:#}", functions::manifest()),
    }
}
