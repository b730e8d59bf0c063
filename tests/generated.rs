//! Generated files are fresh.

use xtask::{catalogue, generate};

#[test]
fn every_generated_file_is_what_its_generator_would_write() {
    let root = xtask::root();
    let functions = catalogue::parse(&functions::manifest().to_string()).unwrap();
    let printed = generate::Printed {
        openapi: functions::openapi(),
        schema: store::embedded::schema().unwrap(),
        exports: store::export::docs(),
    };
    let mut generated = generate::lists_of(&root).unwrap();
    generated.extend(generate::derived(&functions, printed).unwrap());
    let stale: Vec<_> = generate::stale(&generated, &root)
        .into_iter()
        .map(|file| file.path)
        .collect();
    assert!(
        stale.is_empty(),
        "{} stale: run `{}` and commit the result",
        stale.join(", "),
        generate::COMMAND
    );
}
