//! `cargo xtask COMMAND`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::{bench, build, cloudflare, fmt, generate, mutants, new, setup, size, test, up};

const HELP: &str = "\
cargo xtask COMMAND

  up [--dev | --release] [-- ARGS]
                                set up, build and start the system on this machine
  test [FILTER] [--all]         run the suite, or the tests whose names contain FILTER
  ci [STEP]                     run one step of the suite by its name, or list the steps
  ci --changed                  run only the steps that your changes since main can affect
  new KIND NAME …               begin a function, a table, an event and more; alone it says how
  build [--release] [--only ID] build the functions as WASM components
  cloudflare [--release]        build the Worker and hold its size against the free plan's
    [--per-function [--deploy SECRETS]]
                                or a Worker for each function; and deploy them
    [--gateway]                 or the gateway alone, for functions on Spin
  cloudflare --migrate WHERE    bring the databases up to date: remote, or local
  wrangler ARGS…                run Cloudflare's own tool, in the version that the suite uses
  shell ID                      print the generated shell of one component
  fmt [--check]                 format every Rust file, or only compare
  bench [AREA…] [--json FILE]   measure the system beside what bounds it
  generate [--check]            rewrite the files derived from the functions, or only compare
  mutants [CRATE…] [-- ARGS]    change the code and see whether a test fails: in these crates,
                                or in what changed since main
  size                          print the size of every built component
  setup                         install what the build and the tests need (the others call it)
";

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let (command, args) = match args.split_first() {
        Some((command, args)) => (command.as_str(), args),
        None => ("help", args),
    };
    match command {
        "bench" => bench::command(args),
        "build" => build::command(args),
        "ci" => test::ci(args),
        "cloudflare" => cloudflare::command(args),
        "fmt" => fmt::command(args),
        "generate" => generate::command(args),
        "mutants" => mutants::command(args),
        "new" => new::command(args),
        "setup" => setup::everything(),
        "shell" => build::print_shell(args),
        "size" => size::command(),
        "test" => test::command(args),
        "up" => up::command(args),
        "wrangler" => cloudflare::wrangler_command(args),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command {other:?}; `cargo xtask help` lists them"),
    }
}
