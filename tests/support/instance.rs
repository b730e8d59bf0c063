//! A running instance: the program `spacebar` on a free port with a folder of its own.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::Mutex;

use super::{Actor, root};

/// How long an instance may take until it is ready. Components that no start has compiled before
/// take most of it.
const READY_WITHIN: Duration = Duration::from_secs(300);

/// Settings over the defaults of tests, as `section.key=value`.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Each is passed as `--set`.
    pub settings: Vec<&'static str>,
}

/// A running instance. Dropping the last handle kills the process and removes its folder.
pub struct Instance {
    child: Mutex<Child>,
    /// Scheme and authority.
    pub url: String,
    folder: Arc<TempDir>,
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
        let mut command = Command::new(program()?);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(folder.path())
            .arg("--manifest")
            .arg(root().join("spin.toml"))
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if std::env::var("SPACEBAR_TARGET").is_ok_and(|target| target == "spin-strict") {
            command.arg("--spin-strict");
        }
        // Scenarios are faster than any person; those about limits turn them on.
        for setting in ["rate_limits.enabled=false"]
            .iter()
            .chain(&options.settings)
        {
            command.args(["--set", setting]);
        }
        let mut child = command.spawn().context("spacebar does not start")?;
        let output = BufReader::new(child.stdout.take().context("no output")?).lines();
        let errors = BufReader::new(child.stderr.take().context("no error output")?).lines();
        let url = match tokio::time::timeout(READY_WITHIN, listening(output, errors)).await {
            Ok(url) => url?,
            Err(_) => bail!("spacebar was not ready after {READY_WITHIN:?}"),
        };
        Ok(Self {
            child: Mutex::new(child),
            url,
            folder,
        })
    }

    /// Kills the process as a power cut would.
    pub async fn kill(&self) {
        self.child
            .lock()
            .await
            .kill()
            .await
            .expect("a process that runs");
    }

    /// Starts another process on the same data.
    pub async fn restart(self, options: &Options) -> Result<Self> {
        Self::start_in(self.folder, options).await
    }

    /// A new account with a session.
    pub async fn register(self: &Arc<Self>, name: &str) -> Actor {
        Actor::register(self.clone(), name).await
    }

    /// Nobody: an actor without a token.
    pub fn nobody(self: &Arc<Self>) -> Actor {
        Actor::new(self.clone(), String::new())
    }

    /// The memory of the process in KiB: resident, as the kernel counts it.
    pub async fn resident_kib(&self) -> Result<u64> {
        let id = self.child.lock().await.id().context("spacebar has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .context("no VmRSS")?;
        line.split_whitespace()
            .nth(1)
            .context("no number")?
            .parse()
            .context("not a number")
    }
}

/// The program, as `cargo xtask` built it.
fn program() -> Result<PathBuf> {
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

/// Waits for the line that names the URL, then passes the log on to the test's output.
async fn listening(
    mut output: Lines<BufReader<ChildStdout>>,
    mut errors: Lines<BufReader<ChildStderr>>,
) -> Result<String> {
    let log = tokio::spawn(async move {
        let mut last = Vec::new();
        while let Ok(Some(line)) = errors.next_line().await {
            if std::env::var_os("SPACEBAR_TEST_LOG").is_some() {
                eprintln!("{line}");
            }
            last.push(line);
            if last.len() > 20 {
                last.remove(0);
            }
        }
        last
    });
    while let Some(line) = output.next_line().await? {
        if let Some(at) = line.find("http://127.0.0.1:") {
            let url: String = line[at..]
                .chars()
                .take_while(|c| !c.is_whitespace())
                .collect();
            tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
            return Ok(url.trim_end_matches('/').to_owned());
        }
    }
    bail!(
        "spacebar ended before it listened:\n{}",
        log.await?.join("\n")
    )
}
