//! Running the suite: headers, times, and one line with the sum.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::changed::Change;
use crate::steps::{self, STEPS, Step, Work};
use crate::{process, setup};

/// How many checks or tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// How a step ended.
enum Outcome {
    Ran(Count),
    Prepared,
    Skipped(&'static str),
}

/// `cargo xtask test [FILTER] [--all]`.
pub fn command(args: &[String]) -> Result<()> {
    let (options, filters): (Vec<_>, Vec<_>) = args
        .iter()
        .map(String::as_str)
        .partition(|arg| arg.starts_with("--"));
    let all = match options[..] {
        [] => false,
        ["--all"] => true,
        _ => bail!("test has one option, --all"),
    };
    match filters[..] {
        [] => suite(STEPS.iter().filter(|step| all || !step.slow), None),
        [filter] if all => {
            let needed =
                |step: &&Step| ["setup", "wasm", "native", "cloudflare"].contains(&step.name);
            let wanted = |step: &&Step| needed(step) || matches!(step.work, Work::Tests(_));
            suite(STEPS.iter().filter(wanted), Some(filter))
        }
        // With a filter only the tests of these names, and what those need, are of interest. Other
        // hosts than this machine's are for `--all`.
        [filter] => {
            let needed = needed_by(&steps::named(filter)?);
            let wanted = |step: &&Step| needed.contains(&step.name);
            suite(STEPS.iter().filter(wanted), Some(filter))
        }
        _ => bail!("test takes one filter"),
    }
}

/// The names of the steps that run tests on this machine, of which these are those of the running
/// system, and of what they need.
fn needed_by(product: &[String]) -> Vec<&'static str> {
    let mut needed = vec!["setup", "native", "unit"];
    if !product.is_empty() {
        needed.extend(["wasm", "product"]);
    }
    if product.iter().any(|name| name.starts_with("clients::")) {
        needed.push("clients");
    }
    needed
}

/// `cargo xtask ci [STEP | --changed]`: one step by its name, or what a change can affect.
pub fn ci(args: &[String]) -> Result<()> {
    if args == ["--changed"] {
        return ci_changed();
    }
    let [name] = args else {
        for step in STEPS {
            println!("{:12} {}", step.name, step.about);
        }
        return Ok(());
    };
    if !STEPS.iter().any(|step| step.name == *name) {
        bail!("there is no step {name:?}; `cargo xtask ci` lists them");
    }
    suite(STEPS.iter().filter(|step| step.name == *name), None)
}

/// The rules of the tree, which concern every change, are tests of the step `product`.
const RULES: &str = "tidy::";

/// The steps that a change can affect, and the rules of the tree in any case.
fn ci_changed() -> Result<()> {
    let change = Change::since_main()?;
    let affected = change.steps();
    let wanted = STEPS.iter().filter(|step| !step.slow);
    let wanted: Vec<_> = wanted
        .filter_map(|step| match affected.contains(step.name) {
            true => Some((step, None)),
            false => (step.name == "product").then_some((step, Some(RULES))),
        })
        .collect();
    let names: Vec<_> = wanted.iter().map(|(step, _)| step.name).collect();
    eprintln!("{}: {}", change.summary(), names.join(", "));
    run(wanted)
}

fn suite<'a>(steps: impl Iterator<Item = &'a Step>, filter: Option<&'a str>) -> Result<()> {
    run(steps.map(|step| (step, filter)))
}

/// Runs steps, each with what the names of its tests contain.
fn run<'a>(steps: impl IntoIterator<Item = (&'a Step, Option<&'a str>)>) -> Result<()> {
    let mut table = Vec::new();
    let mut sum = Count::default();
    for (step, filter) in steps {
        eprintln!("\n===== {}: {} =====", step.name, step.about);
        let started = Instant::now();
        let outcome = perform(&step.work, filter).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Outcome::Ran(Count {
                passed: 0,
                failed: 1,
            })
        });
        if let Outcome::Ran(count) = outcome {
            sum.passed += count.passed;
            sum.failed += count.failed;
        }
        table.push((step.name, started.elapsed(), outcome));
    }
    summarise(&table, sum);
    if sum.failed > 0 {
        bail!("the suite failed");
    }
    Ok(())
}

fn summarise(table: &[(&str, Duration, Outcome)], sum: Count) {
    println!("\n===== summary =====");
    for (name, took, outcome) in table {
        let result = match outcome {
            Outcome::Ran(Count { passed, failed }) => format!("{passed} passed, {failed} failed"),
            Outcome::Prepared => "done".to_owned(),
            Outcome::Skipped(reason) => format!("skipped: {reason}"),
        };
        println!("{name:12} {:>7.1} s  {result}", took.as_secs_f32());
    }
    let took: Duration = table.iter().map(|(_, took, _)| *took).sum();
    println!("{:12} {:>7.1} s", "together", took.as_secs_f32());
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
}

fn perform(work: &Work, filter: Option<&str>) -> Result<Outcome> {
    match work {
        Work::Prepare(prepare) => prepare().map(|()| Outcome::Prepared),
        Work::Check(command) => check(command()).map(Outcome::Ran),
        Work::Optional(command) => match command() {
            Ok(command) => check(command).map(Outcome::Ran),
            Err(reason) => Ok(Outcome::Skipped(reason)),
        },
        Work::Tests(command) => run_tests(command(filter)).map(Outcome::Ran),
    }
}

fn check(mut command: Command) -> Result<Count> {
    process::run(&mut command)?;
    Ok(Count {
        passed: 1,
        failed: 0,
    })
}

/// Runs a test runner, showing and reading what it says.
fn run_tests(mut command: Command) -> Result<Count> {
    command.env("PATH", setup::path_with_tools()?);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {}", process::shown(&command)))?;
    let errors = child
        .stderr
        .take()
        .map(|stream| thread::spawn(|| relay(stream, io::stdout())));
    let output = child
        .stdout
        .take()
        .map(|stream| relay(stream, io::stdout()));
    let mut count = output.unwrap_or_default();
    if let Some(Ok(more)) = errors.map(thread::JoinHandle::join) {
        count.passed += more.passed;
        count.failed += more.failed;
    }
    let status = child.wait()?;
    // A runner that fails without naming a test (it did not compile, it crashed) is one failure.
    if !status.success() && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Passes a stream on line by line and counts the tests that its closing lines speak of.
fn relay(stream: impl Read, mut to: impl Write) -> Count {
    let mut count = Count::default();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if is_closing_line(&line) {
            count.passed += number_before(&line, " passed");
            count.failed += number_before(&line, " failed") + number_before(&line, " timed out");
        }
        // A reader that went away must not end the tests.
        let _ = writeln!(to, "{line}");
    }
    count
}

/// Cargo's own runner ends a binary with `test result: …`, nextest its run with `Summary […] …`.
fn is_closing_line(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("test result: ") || line.starts_with("Summary [")
}

fn number_before(line: &str, word: &str) -> u64 {
    let Some(end) = line.find(word) else { return 0 };
    let digits = line[..end].rsplit(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_needs_of_named_tests_are_built() {
        let none = needed_by(&[]);
        assert!(!none.contains(&"wasm") && !none.contains(&"cloudflare"));
        let scenario = needed_by(&["scenarios::backup::it_comes_back".to_owned()]);
        assert!(scenario.contains(&"wasm") && !scenario.contains(&"clients"));
        let client = needed_by(&["clients::discord_js".to_owned()]);
        assert!(client.contains(&"clients"));
        let known = |name: &&str| STEPS.iter().any(|step| step.name == *name);
        assert!(client.iter().all(known));
    }

    #[test]
    fn closing_lines_of_both_runners_are_counted() {
        let text = b"running 3 tests\n\
            test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n\
            test three passed ... ok\n     \
            Summary [   0.010s] 9 tests run: 7 passed, 2 failed, 0 skipped\n";
        assert_eq!(
            relay(&text[..], io::sink()),
            Count {
                passed: 9,
                failed: 3
            }
        );
    }
}
