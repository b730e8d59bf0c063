//! Prints the manifest.

fn main() {
    println!("{:#}", functions::manifest());
}
