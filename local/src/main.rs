//! The program `spacebar`.

mod arguments;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use arguments::{Cli, Command, Of};
use clap::Parser;
use spacebar::admin::{self, Act};
use spacebar::d1::D1;
use spacebar::data_folder::{self, DATABASE};
use spacebar::gateway::{Functions, Gateway};
use spacebar::host::{self, Host, Plan};
use spacebar::libsql::Server;
use spacebar::seed::Seed;
use spacebar::settings::{LogFormat, Settings};
use spacebar::standalone::{self, Standalone};
use spacebar::{backup, export, functions, migrate, private};
use store::embedded::Embedded;
use store::export::{Counts, Subject, Taken};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Gives memory back to the system sooner than the system's own allocator does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let started = Instant::now();
    private::from_now_on();
    match run(Cli::parse().command, started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spacebar: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, started: Instant) -> Result<()> {
    match command {
        Command::Serve {
            common,
            listen,
            manifest,
            spin_strict,
            database_url,
        } => common.settings(listen).and_then(|settings| {
            let plan = Plan {
                settings,
                manifest,
                strict: spin_strict,
                database_url,
                compiler: std::env::current_exe().ok(),
            };
            serve(&plan, started)
        }),
        Command::Admin {
            common,
            db,
            d1,
            act,
        } => common
            .settings(None)
            .and_then(|settings| administer(&settings, db.as_deref(), d1.as_deref(), &act)),
        Command::Seed { common, url, json } => common
            .settings(None)
            .and_then(|settings| seed(&settings, url.as_deref(), json)),
        Command::Backup { common, into } => common.settings(None).and_then(|settings| {
            let list = backup::backup(&settings.storage.data, &into)?;
            told("backed up", list.size())
        }),
        Command::Restore { common, from } => common.settings(None).and_then(|settings| {
            let list = backup::restore(&from, &settings.storage.data)?;
            told("restored", list.size())
        }),
        Command::Export {
            common,
            of,
            which,
            into,
        } => common
            .settings(None)
            .and_then(|settings| export(&settings, of, &which, &into)),
        Command::Import { common, from } => common
            .settings(None)
            .and_then(|settings| import(&settings, &from)),
        Command::Compile {
            attended,
            cache,
            sources,
        } => compile(attended, &cache, &sources),
        Command::Gateway {
            common,
            listen,
            functions,
        } => common
            .settings(listen)
            .and_then(|settings| gateway(&settings, &functions)),
        Command::Migrate { db } => migrate::migrate(&db).map(|()| println!("{db} is up to date")),
    }
}

#[tokio::main]
async fn serve(plan: &Plan, started: Instant) -> Result<()> {
    start_log(&plan.settings)?;
    let mut stop = pin!(told_to_stop()?);
    let host = tokio::select! {
        host = Host::new(plan) => host?,
        () = &mut stop => return Ok(()),
    };
    let functions = Functions::of(&host.server);
    let gateway = Gateway::start(functions, &host.public_url, &plan.settings);
    host.gateway.fill(gateway);
    let address = host.address()?;
    if let Some(link) = admin::first_claim(&host.stores, &host.public_url).await? {
        println!("Become the operator of this instance: {link}");
    }
    println!(
        "Spacebar listens at http://{address} and is reached at {}",
        host.public_url
    );
    let ms = started.elapsed().as_millis() as u64;
    tracing::info!(%address, ms, "started");
    host.serve(stop).await;
    tracing::info!("stopped");
    Ok(())
}

#[tokio::main]
async fn gateway(settings: &Settings, functions: &str) -> Result<()> {
    start_log(settings)?;
    let key = std::env::var(standalone::KEY_VARIABLE).context(standalone::KEY_VARIABLE)?;
    let standalone = Standalone::new(settings, functions, key).await?;
    println!(
        "The gateway listens at http://{} and is reached at {}",
        standalone.address()?,
        standalone.public_url
    );
    standalone.serve(told_to_stop()?).await;
    tracing::info!("stopped");
    Ok(())
}

/// Ready when the process is told to end.
fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}

fn start_log(settings: &Settings) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.log.level).context("log.level")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match settings.log.format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn administer(
    settings: &Settings,
    db: Option<&str>,
    d1: Option<&str>,
    act: &Act,
) -> Result<()> {
    if matches!(act, Act::Config) {
        return admin::print_settings(settings);
    }
    let set = &settings.server.public_url;
    let known = (!set.is_empty()).then_some(set.as_str());
    if let Some(command) = d1 {
        return act.carry_out(&D1::by(command), known).await;
    }
    if let Some(server) = db.and_then(Server::at) {
        return act.carry_out(&server, known).await;
    }
    let path = match db {
        Some(file) => file.into(),
        None => settings.storage.data.join(DATABASE),
    };
    if !path.exists() {
        let option = if db.is_some() { "--db" } else { "storage.data" };
        bail!(
            "{option}: there is no instance, {} is missing",
            path.display()
        );
    }
    let database = Embedded::open(&path)?;
    match db {
        Some(_) => act.carry_out(&database, known).await,
        None => {
            let url = host::address_of(settings);
            act.carry_out(&database, Some(&url)).await
        }
    }
}

fn compile(attended: bool, cache: &Path, sources: &[PathBuf]) -> Result<()> {
    if attended {
        functions::end_with_input()?;
    }
    let sources: Vec<_> = sources.iter().map(PathBuf::as_path).collect();
    functions::compile(&sources, cache)
}

/// Seeds the instance at a URL, or the one that runs in the data folder, to which a ticket admits.
fn seed(settings: &Settings, url: Option<&str>, json: bool) -> Result<()> {
    let seed = match url {
        Some(url) => Seed::sow(url.trim_end_matches('/'), None)?,
        None => {
            let data = &settings.storage.data;
            let url = data_folder::running_at(data);
            let url = url.with_context(|| {
                format!(
                    "no instance runs in {}: start one, or name its --url",
                    data.display()
                )
            })?;
            let database = Embedded::open(&data.join(DATABASE))?;
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            let ticket = runtime.block_on(admin::registration_ticket(&database))?;
            drop(database);
            Seed::sow(&url, Some(&ticket))?
        }
    };
    match json {
        true => println!("{}", serde_json::to_string(&seed)?),
        false => print!("{}", seed.told()?),
    }
    Ok(())
}

fn export(settings: &Settings, of: Of, which: &str, into: &Path) -> Result<()> {
    let subject = match of {
        Of::Guild => Subject::Guild,
        Of::User => Subject::User,
    };
    let counts = export::export(&settings.storage.data, subject, which, into)?;
    counted("exported", &counts);
    Ok(())
}

fn import(settings: &Settings, from: &Path) -> Result<()> {
    for (taken, counts) in export::import(from, &settings.storage.data)? {
        let what = match taken {
            Taken::New => "imported",
            Taken::Known => "was there already",
            Taken::Skipped => "skipped, for what it needs is not there",
            Taken::Told => "not imported, as documented",
        };
        counted(what, &counts);
    }
    Ok(())
}

fn counted(what: &str, counts: &Counts) {
    if !counts.is_empty() {
        println!("{what}:");
    }
    for (kind, count) in counts {
        println!("  {kind} {count}");
    }
}

fn told(what: &str, (files, bytes): (usize, u64)) -> Result<()> {
    println!("{what} {files} files, {:.1} MB", bytes as f64 / 1e6);
    Ok(())
}
