//! The processor's time of each function on Cloudflare's runtime, which limits it only there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::support::workers::{EDGE, objects_of, worker};
use crate::support::{Act, Instance, Life, Options, Profilers};

/// What a request to a Worker has on the free plan.
const REQUEST_MAX: Duration = Duration::from_millis(10);
/// Lives until V8 has compiled well what is called often.
const LIVES_TO_WARM_UP: usize = 10;
/// Lives that are measured then.
const LIVES: usize = 5;

/// What each call of an operation took: in its function, and in the object of a costly one.
#[derive(Default)]
struct Spent {
    function: Vec<Duration>,
    object: Vec<Duration>,
}

/// Calls of operations, by function and method.
type Operations = BTreeMap<String, Spent>;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures, so it runs alone: `cargo xtask ci processor`"]
async fn no_function_takes_longer_than_a_request_may() {
    // One that nobody else asks for anything.
    let instance = Instance::start(&Options::default()).await;
    let instance = Arc::new(instance.expect("an instance"));
    let mut profilers = Profilers::on(&instance).expect("an inspector");
    let acts = Act::all();
    let (mut first, mut warm) = (Operations::new(), Operations::new());
    let operator = instance.operator().await;
    let mut lives = (0..).map(|round| Life::new(&instance, &operator, round));
    let mut next = || lives.next().expect("one more");
    say_what_is_not_measured(&acts, &next());
    live(&mut profilers, &mut next(), &acts, &mut first).await;
    for _ in 0..LIVES_TO_WARM_UP {
        let mut life = next();
        for act in &acts {
            life.call(act).await;
        }
    }
    for _ in 0..LIVES {
        live(&mut profilers, &mut next(), &acts, &mut warm).await;
    }
    let edge = edge(&mut profilers, &mut next(), &acts).await;

    report(&first, &warm);
    assert!(edge < REQUEST_MAX, "{edge:?} before any function");
}

/// Names the operations of functions that are in one Worker with others, where nobody can tell them
/// apart.
fn say_what_is_not_measured(acts: &[Act], life: &Life) {
    let others = acts
        .iter()
        .filter(|act| !life.has_worker(&worker(act.component())));
    let others: BTreeSet<_> = others.map(Act::operation).collect();
    if !others.is_empty() {
        println!(
            "{} operations are not measured, as their functions have no Workers of their own; \
             after `cargo xtask ci per-function-all` they are: {others:?}",
            others.len()
        );
    }
}

/// Lives a life, and measures each call where its function is, if that is a Worker of its own.
async fn live(
    profilers: &mut Profilers,
    life: &mut Life,
    acts: &[Act],
    operations: &mut Operations,
) {
    for act in acts {
        let function = worker(act.component());
        if !life.has_worker(&function) {
            life.call(act).await;
            continue;
        }
        let object = act.component().costly.then(|| objects_of(&function));
        let spent = operations.entry(act.operation()).or_default();
        profilers.start(&function).await;
        if let Some(object) = &object {
            profilers.start(object).await;
        }
        life.call(act).await;
        spent.function.push(profilers.stop(&function).await);
        if let Some(object) = &object {
            spent.object.push(profilers.stop(object).await);
        }
    }
}

/// Lives a life, and measures what a request takes on its way to the functions. It hardly depends
/// on which one it is, and to begin and end the profile of so large a script takes long.
async fn edge(profilers: &mut Profilers, life: &mut Life, acts: &[Act]) -> Duration {
    let objects = objects_of(EDGE);
    for worker in [EDGE, &objects] {
        profilers.start(worker).await;
    }
    for act in acts {
        life.call(act).await;
    }
    let outside = acts.iter().filter(|act| !act.is_internal()).count() as u32;
    let edge = profilers.stop(EDGE).await / outside;
    let gateway = profilers.stop(&objects).await / outside;
    println!("a request's mean in the edge: {edge:.1?}; for it in the gateway: {gateway:.1?}");
    edge
}

/// Prints a table, and fails when a function takes longer than a request may, each time: what else
/// the machine does makes some calls longer.
fn report(first: &Operations, warm: &Operations) {
    let mut table: Vec<_> = warm.iter().collect();
    table.sort_by_key(|(_, spent)| median(&spent.function));
    println!("ms in the function, its first call, in its object");
    let mut excess = Vec::new();
    for (operation, spent) in table {
        let function = median(&spent.function);
        let columns = [
            function,
            first[operation].function[0],
            median(&spent.object),
        ];
        let columns = columns.map(|time| format!("{:6.1}", time.as_secs_f64() * 1e3));
        println!("{}  {operation}", columns.join(" "));
        if spent.function.iter().all(|took| *took > REQUEST_MAX) {
            excess.push(operation);
        }
    }
    assert!(excess.is_empty(), "more than {REQUEST_MAX:?}: {excess:?}");
}

/// The one in the middle.
fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
