//! The operations that Discord's description leaves out are known one by one.

use std::collections::BTreeSet;

use runtime::Mount;

use crate::support::operations;

/// `contract::ours` excuses from the description, so that it names what needs that, and no more.
#[test]
fn every_operation_is_described_or_ours() {
    let mut undescribed = BTreeSet::new();
    for (function, operation) in operations() {
        if function.mount != Mount::Api {
            continue;
        }
        let (path, method, name) = (function.path, operation.method, operation.name);
        match contract::operation_id(method, path) {
            Some(described) => assert_eq!(name, described, "{method} {path}"),
            None => drop(undescribed.insert((path, method, name))),
        }
    }
    let ours: BTreeSet<_> = contract::ours()
        .map(|it| (it.path, it.method, it.name))
        .collect();
    let new: Vec<_> = undescribed.difference(&ours).collect();
    assert!(new.is_empty(), "not in tests/contract/ours.txt: {new:?}");
    let gone: Vec<_> = ours.difference(&undescribed).collect();
    assert!(gone.is_empty(), "no operation of ours: {gone:?}");
}
