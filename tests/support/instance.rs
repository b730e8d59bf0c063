//! A running instance, on a free port with a folder of its own.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::{Actor, hrana, root, spin, workers};

/// The file of what it prints.
const OUTPUT: &str = "output.txt";
/// The file of its log.
const LOG: &str = "log.txt";
/// How long an instance may take until it is ready. Components that no start has compiled before
/// take most of it.
const READY_WITHIN: Duration = Duration::from_secs(600);

/// How long an instance may take to stop.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// Settings over the defaults of tests, as `section.key=value`.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Each is passed as `--set`.
    pub settings: Vec<&'static str>,
    /// Whether all messages are in one database on workerd, as by default, and not in several.
    pub undivided: bool,
}

impl Options {
    /// Whether callers may ask only so much. Scenarios are faster than any person.
    pub(super) fn are_limited(&self) -> bool {
        self.settings.contains(&"rate_limits.enabled=true")
    }

    /// Where clients reach the instance, if that is not where it listens.
    pub(super) fn public_url(&self) -> Option<&'static str> {
        let mut settings = self.settings.iter();
        settings.find_map(|setting| setting.strip_prefix("server.public_url="))
    }
}

/// A running instance. Dropping the last handle kills the process and removes its folder.
pub struct Instance {
    child: std::sync::Mutex<Child>,
    /// Scheme and authority.
    pub url: String,
    /// The same of its gateway, which may be another process.
    pub sockets_url: String,
    beside: Beside,
    folder: Arc<TempDir>,
}

/// What runs beside the process, and ends with it.
#[derive(Default)]
struct Beside {
    gateway: Option<std::sync::Mutex<Child>>,
    database: Option<hrana::Server>,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Instance {
    /// The instance that scenarios share while any of them runs.
    pub async fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Instance>> = Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(instance) = shared.upgrade() {
            return instance;
        }
        let instance = Arc::new(Self::start(&Options::default()).await.expect("an instance"));
        *shared = Arc::downgrade(&instance);
        instance
    }

    /// Starts an instance in a new folder.
    pub async fn start(options: &Options) -> Result<Self> {
        Self::start_in(Arc::new(TempDir::new()?), options).await
    }

    /// Starts an instance in a folder that may hold the data of an earlier one.
    pub async fn start_in(folder: Arc<TempDir>, options: &Options) -> Result<Self> {
        let mut beside = Beside::default();
        let mut sockets_url = None;
        let mut command = match target() {
            Target::Workers => workers::packed(folder.path(), options)?,
            Target::WorkerPerFunction => workers::per_function(folder.path(), options)?,
            Target::Spin(gateway) => {
                let (functions, mut gateway, url) =
                    spin::commands(folder.path(), options.are_limited(), gateway)?;
                beside.gateway = Some(gateway.spawn()?.into());
                sockets_url = Some(url);
                functions
            }
            Target::Libsql => {
                let database = hrana::Server::start(&folder.path().join(hrana::DATABASE))?;
                spin::migrate(&database.url, hrana::TOKEN)?;
                let mut command = local(folder.path(), options, Target::SpinStrict)?;
                command.args(["--database-url", &database.url]);
                command.env("SPACEBAR_DATABASE_TOKEN", hrana::TOKEN);
                beside.database = Some(database);
                command
            }
            target => local(folder.path(), options, target)?,
        };
        command
            // Files, not pipes: an instance outlives the test that started it.
            .stdout(File::create(folder.path().join(OUTPUT))?)
            .stderr(File::create(folder.path().join(LOG))?)
            // Its own children die with it.
            .process_group(0);
        let child = command.spawn().context("the instance does not start")?;
        let mut instance = Self {
            child: std::sync::Mutex::new(child),
            url: String::new(),
            sockets_url: String::new(),
            beside,
            folder,
        };
        instance.url = instance.listening().await?;
        if let Some(url) = &sockets_url {
            reached(url).await?;
        }
        instance.sockets_url = sockets_url.unwrap_or_else(|| instance.url.clone());
        Ok(instance)
    }

    /// Waits for the line that names the URL.
    async fn listening(&self) -> Result<String> {
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            let output = std::fs::read_to_string(self.folder.path().join(OUTPUT))?;
            // The first operator's link has the public URL, which may be another one.
            let mut lines = output.lines().filter(|line| !line.contains("/claim?"));
            if let Some(url) = lines.find_map(origin) {
                return Ok(url);
            }
            if let Some(status) = self.child().try_wait()? {
                let log = last_lines(&self.folder.path().join(LOG));
                bail!("the instance ended with {status}:\n{log}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the instance was not ready after {READY_WITHIN:?}")
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether messages can be divided among databases on what instances run on.
    pub fn can_divide() -> bool {
        target() == Target::Workers
    }

    /// Whether what instances run on is there in a moment.
    pub fn starts_at_once() -> bool {
        matches!(target(), Target::Local | Target::SpinStrict)
    }

    /// The folder of its data.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Where the server of its database answers, if it has one.
    pub fn database_url(&self) -> Option<&str> {
        let server = self.beside.database.as_ref();
        server.map(|server| server.url.as_str())
    }

    /// Where sockets connect, as who is told nothing else would write it.
    pub fn gateway_url(&self) -> String {
        format!("{}/gateway", self.sockets_url.replacen("http", "ws", 1))
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child().id()
    }

    /// Kills the process as a power cut would.
    pub fn kill(&self) {
        kill(&mut self.child());
        if let Some(gateway) = &self.beside.gateway {
            kill(&mut gateway.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Takes the gateway out of memory and closes its sockets, where it is an object of workerd.
    pub fn fail_gateway(&self) {
        let id = self.id().to_string();
        let told = Command::new("kill").args(["-USR2", &id]).status();
        assert!(told.is_ok_and(|status| status.success()), "no process {id}");
    }

    /// Tells the process to stop, and waits until it did.
    pub async fn stop(&self) {
        let id = self.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.is_ok_and(|status| status.success()), "no process {id}");
        let started = Instant::now();
        while matches!(self.child().try_wait(), Ok(None)) {
            assert!(started.elapsed() < STOPPED_WITHIN, "it does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Starts another process on the data of this one, which ends.
    pub async fn restart(self, options: &Options) -> Result<Self> {
        Self::start_in(self.folder.clone(), options).await
    }

    /// A new account with a session.
    pub async fn register(self: &Arc<Self>, name: &str) -> Actor {
        Actor::register(self.clone(), name).await
    }

    /// Nobody: an actor without a token.
    pub fn nobody(self: &Arc<Self>) -> Actor {
        Actor::new(self.clone(), String::new())
    }
}

/// Kills a process and what it started.
pub fn kill(child: &mut Child) {
    let group = format!("-{}", child.id());
    // It may have ended by itself.
    let _ = Command::new("kill")
        .args(["-9", "--", &group])
        .stderr(Stdio::null())
        .status();
    let _ = child.kill();
    let _ = child.wait();
}

/// Waits until somebody listens at a URL of an address and a port.
pub async fn reached(url: &str) -> Result<()> {
    let address = url.split("://").nth(1).context("a URL has a scheme")?;
    let started = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        if started.elapsed() > READY_WITHIN {
            bail!("nobody listens at {url}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// What instances run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The local host.
    Local,
    /// The local host, held to what Spin offers.
    SpinStrict,
    /// The same on the database of a libSQL server.
    Libsql,
    /// Spin itself, from the `PATH`, with this beside it.
    Spin(spin::Gateway),
    /// workerd, by `wrangler dev`.
    Workers,
    /// workerd, with a Worker for each function and a gateway that is evicted all the time.
    WorkerPerFunction,
}

/// What instances run on, by the variable `SPACEBAR_TARGET`.
pub fn target() -> Target {
    match std::env::var("SPACEBAR_TARGET").as_deref() {
        Ok("spin-strict") => Target::SpinStrict,
        Ok("libsql") => Target::Libsql,
        Ok("spin") => Target::Spin(spin::Gateway::Program),
        Ok("spin-and-worker") => Target::Spin(spin::Gateway::Worker),
        Ok("workers") => Target::Workers,
        Ok("worker-per-function") => Target::WorkerPerFunction,
        _ => Target::Local,
    }
}

fn local(folder: &Path, options: &Options, target: Target) -> Result<Command> {
    let mut command = Command::new(program()?);
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .arg("--data")
        .arg(folder)
        .arg("--manifest")
        .arg(root().join("spin.toml"))
        .current_dir(folder);
    if target == Target::SpinStrict {
        command.arg("--spin-strict");
    }
    // Scenarios are faster than any person; those about limits turn them on.
    for setting in ["rate_limits.enabled=false"]
        .iter()
        .chain(&options.settings)
    {
        command.args(["--set", setting]);
    }
    Ok(command)
}

/// The program, as `cargo xtask` built it.
pub fn program() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os("SPACEBAR_BIN") {
        return Ok(program.into());
    }
    // The test binary is in `target/<profile>/deps`.
    let test = std::env::current_exe()?;
    let profile = test.ancestors().nth(2).context("no target folder")?;
    let program = profile.join("spacebar");
    if !program.exists() {
        bail!(
            "{} is missing: run `cargo xtask test`, which builds it",
            program.display()
        );
    }
    Ok(program)
}

/// The end of a log.
fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Scheme and authority of the URL in a line.
fn origin(line: &str) -> Option<String> {
    const LOOPBACK: &str = "http://127.0.0.1:";
    let (_, rest) = line.split_once(LOOPBACK)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("{LOOPBACK}{port}"))
}
