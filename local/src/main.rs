//! The program `spacebar`.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use spacebar::admin::{self, Act};
use spacebar::apart::{self, Apart};
use spacebar::d1::D1;
use spacebar::gateway::{Functions, Gateway};
use spacebar::host::{self, DATABASE, Host, Plan};
use spacebar::libsql::Server;
use spacebar::seed::Seed;
use spacebar::settings::{LogFormat, Settings, Sources};
use spacebar::{backup, functions, migrate, portable, private};
use store::embedded::Embedded;
use store::portable::{Counts, Subject, Taken};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Gives memory back to the system sooner than the system's own allocator does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A Discord-compatible chat server.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run an instance.
    Serve {
        #[command(flatten)]
        common: Common,
        /// The address to listen at (server.listen).
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// The manifest of the functions.
        #[arg(long, value_name = "FILE", default_value = "spin.toml")]
        manifest: PathBuf,
        /// Behave as Spin does where it differs.
        #[arg(long)]
        spin_strict: bool,
        /// A libSQL server that functions use in place of the database's file.
        #[arg(long, value_name = "URL", requires = "spin_strict")]
        database_url: Option<String>,
    },
    /// Do what an operator needs at a shell.
    Admin {
        #[command(flatten)]
        common: Common,
        /// In place of the folder's: the file of a database, or the URL of a libSQL server, which
        /// knows its clients by SPACEBAR_DATABASE_TOKEN.
        #[arg(long, value_name = "FILE|URL")]
        db: Option<String>,
        /// In place of the folder's: the D1 database in which this command executes statements,
        /// such as "cargo xtask wrangler d1 execute MAIN --remote".
        #[arg(long, value_name = "COMMAND", conflicts_with = "db")]
        d1: Option<String>,
        #[command(subcommand)]
        act: Act,
    },
    /// Make somebody, a guild and a bot in it, on an instance that runs, and print the bot's token
    /// and whole programs for it.
    Seed {
        #[command(flatten)]
        common: Common,
        /// Where the instance is, if not in the data folder: it must then let everybody register.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// Print what was made as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Copy an instance, which may be running, to a new folder.
    Backup {
        #[command(flatten)]
        common: Common,
        /// The new folder.
        #[arg(value_name = "FOLDER")]
        into: PathBuf,
    },
    /// Make a new data folder of a backup, after checking every file.
    Restore {
        #[command(flatten)]
        common: Common,
        /// The folder that `backup` made.
        #[arg(value_name = "FOLDER")]
        from: PathBuf,
    },
    /// Write a guild, or what is known of a person, to a new folder, for another instance.
    Export {
        #[command(flatten)]
        common: Common,
        /// Of what.
        #[arg(value_enum)]
        of: Of,
        /// The guild's id, or the person's name.
        #[arg(value_name = "ID|NAME")]
        which: String,
        /// The new folder.
        #[arg(value_name = "FOLDER")]
        into: PathBuf,
    },
    /// Take what `export` wrote into an instance, which is stopped.
    Import {
        #[command(flatten)]
        common: Common,
        /// The folder that `export` made.
        #[arg(value_name = "FOLDER")]
        from: PathBuf,
    },
    /// Compile functions, as `serve` has it done in a process of its own.
    #[command(hide = true)]
    Compile {
        /// End when the input does.
        #[arg(long)]
        attended: bool,
        /// The folder of compiled functions.
        #[arg(long, value_name = "FOLDER")]
        cache: PathBuf,
        /// WebAssembly files.
        sources: Vec<PathBuf>,
    },
    /// Run the gateway alone, with the files, for functions that run on Spin. They share the key
    /// SPACEBAR_INTERNAL_KEY with it.
    Gateway {
        #[command(flatten)]
        common: Common,
        /// The address to listen at (server.listen).
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Where the functions answer.
        #[arg(long, value_name = "URL")]
        functions: String,
    },
    /// Bring a database to the version that this program knows.
    Migrate {
        /// The database's file, or the URL of a libSQL server, which knows its clients by
        /// SPACEBAR_DATABASE_TOKEN.
        #[arg(long, value_name = "FILE|URL")]
        db: String,
    },
}

/// What an export is of.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    /// A guild.
    Guild,
    /// A person.
    User,
}

#[derive(Args)]
struct Common {
    /// The file of settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the database and of uploaded files (storage.data).
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// One setting, over the file and the environment. May be given more than once.
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
}

impl Common {
    fn settings(self, listen: Option<String>) -> Result<Settings> {
        let mut assignments = self.set;
        assignments.extend(listen.map(|address| format!("server.listen={address}")));
        assignments.extend(self.data.map(|folder| format!("storage.data={folder}")));
        let sources = Sources {
            file: self.config,
            environment: std::env::vars().collect(),
            assignments,
        };
        sources.read()
    }
}

fn main() -> ExitCode {
    let started = Instant::now();
    private::from_now_on();
    let done = match Cli::parse().command {
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
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spacebar: {error:#}");
            ExitCode::FAILURE
        }
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
        println!("Become the administrator of this instance: {link}");
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
    let key = std::env::var(apart::KEY_VARIABLE).context(apart::KEY_VARIABLE)?;
    let apart = Apart::new(settings, functions, key).await?;
    println!(
        "The gateway listens at http://{} and is reached at {}",
        apart.address()?,
        apart.public_url
    );
    apart.serve(told_to_stop()?).await;
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
            let url = host::running_at(data);
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
    let counts = portable::export(&settings.storage.data, subject, which, into)?;
    counted("exported", &counts);
    Ok(())
}

fn import(settings: &Settings, from: &Path) -> Result<()> {
    for (taken, counts) in portable::import(from, &settings.storage.data)? {
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
