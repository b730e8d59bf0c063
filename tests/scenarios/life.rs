//! Every operation there is, called as clients call it.

use std::collections::BTreeSet;

use crate::support::{Act, Instance, Life, components};

#[tokio::test(flavor = "multi_thread")]
async fn a_community_uses_every_operation() {
    let instance = Instance::shared().await;
    let mut life = Life::new(&instance, &instance.operator().await, 0);
    for act in Act::all() {
        if life.is_inside() || !act.is_internal() {
            life.call(&act).await;
        }
    }
}

#[test]
fn a_communitys_life_is_every_operation_and_no_other() {
    let called: BTreeSet<_> = Act::all().iter().map(Act::operation).collect();
    let all = components().iter().flat_map(|function| {
        let operations = function.operations.iter();
        operations.map(move |operation| format!("{} {}", function.component, operation.method))
    });
    let all: BTreeSet<_> = all.collect();
    let left_out: Vec<_> = all.difference(&called).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
    let gone: Vec<_> = called.difference(&all).collect();
    assert!(gone.is_empty(), "these are no operations: {gone:?}");
}
