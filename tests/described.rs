//! Our description of all operations is one, and calls them as Discord does.

use runtime::Mount;

use crate::support::operations;

#[test]
fn an_operation_of_discords_has_its_name() {
    for (function, operation) in operations() {
        if function.mount == Mount::Api
            && let Some(name) = contract::operation_id(operation.method, function.path)
        {
            assert_eq!(
                operation.name, name,
                "{} {}",
                operation.method, function.path
            );
        }
    }
}
