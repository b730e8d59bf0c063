//! Prints `shared/store/schema.sql`.

fn main() -> Result<(), store::Error> {
    print!("{}", store::embedded::schema()?);
    Ok(())
}
