//! The processor's time of each function on Cloudflare's runtime, which limits it only there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::support::workers::{EDGE, worker};
use crate::support::{Act, Instance, Life, Options, Profilers, components};

/// What a request to a Worker has on the free plan.
const REQUEST_MAX: Duration = Duration::from_millis(10);
/// How many lives are measured after the first one, in which most calls find everything cold.
const LIVES: usize = 5;

/// What each call of an operation took.
#[derive(Default)]
struct Spent {
    /// In the Worker of its function.
    function: Vec<Duration>,
    /// In the object that does the work of a costly one.
    object: Vec<Duration>,
    /// In the Worker that requests come to, with the gateway's object, which cannot be told apart.
    edge: Vec<Duration>,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures, so it runs alone: `cargo xtask ci processor`"]
async fn no_function_takes_longer_than_a_request_may() {
    // One that nobody else asks for anything.
    let instance = Instance::start(&Options::default()).await;
    let instance = Arc::new(instance.expect("an instance"));
    let mut profilers = Profilers::of(&instance).expect("an inspector");
    let mut operations: BTreeMap<String, Spent> = BTreeMap::new();
    let acts = Act::all();
    for round in 0..=LIVES {
        let mut life = Life::new(&instance, round);
        for act in &acts {
            let spent = operations.entry(act.operation()).or_default();
            measure(&mut profilers, &mut life, act, spent).await;
        }
    }
    let called: BTreeSet<_> = acts.iter().map(|act| &act.component().component).collect();
    let names = components().iter().map(|component| &component.component);
    for name in names.filter(|name| !called.contains(name)) {
        println!("not measured: {name}");
    }
    report(&operations);
}

/// Makes a call, and measures each Worker that has a part in it.
async fn measure(profilers: &mut Profilers, life: &mut Life, act: &Act, spent: &mut Spent) {
    let function = worker(act.component());
    let object = format!("{function}-object");
    let mut watched = vec![(EDGE, &mut spent.edge), (&function, &mut spent.function)];
    if act.component().costly {
        watched.push((&object, &mut spent.object));
    }
    for (worker, _) in &watched {
        profilers.of_worker(worker).await.start().await;
    }
    life.call(act).await;
    for (worker, spent) in watched {
        spent.push(profilers.of_worker(worker).await.stop().await);
    }
}

/// Prints a table, and fails when a request takes longer than it may.
fn report(operations: &BTreeMap<String, Spent>) {
    let mut table: Vec<_> = operations.iter().collect();
    table.sort_by_key(|(_, spent)| median(&spent.function));
    println!("warm and first call of a function, its object, the edge with the gateway, in ms");
    let mut excess = Vec::new();
    for (operation, spent) in table {
        let warm = median(&spent.function);
        let (object, edge) = (median(&spent.object), median(&spent.edge));
        let first = spent.function.first().copied().unwrap_or_default();
        let [warm_ms, first, object, edge] =
            [warm, first, object, edge].map(|time| time.as_secs_f64() * 1e3);
        println!("{warm_ms:6.1} {first:6.1} {object:6.1} {edge:6.1}  {operation}");
        if warm > REQUEST_MAX {
            excess.push(operation);
        }
    }
    assert!(excess.is_empty(), "more than {REQUEST_MAX:?}: {excess:?}");
}

/// The one in the middle, which a busy machine does not move far.
fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
