//! The servers that are measured, each in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::load::Target;

/// A server that runs until it is dropped.
pub struct Server {
    child: Child,
    /// Address and port.
    pub authority: String,
    /// Its data.
    pub folder: TempDir,
}

impl Server {
    /// The program `spacebar`, beside this one, with its limits off.
    pub async fn spacebar() -> Result<Self> {
        Self::spacebar_with(&[]).await
    }

    /// The same with some settings, as `key=value`.
    pub async fn spacebar_with(settings: &[&str]) -> Result<Self> {
        Self::spacebar_of(&std::env::current_dir()?.join("spin.toml"), settings).await
    }

    /// The same with the functions of a manifest.
    pub async fn spacebar_of(manifest: &Path, settings: &[&str]) -> Result<Self> {
        Self::serve(manifest, TempDir::new()?, settings).await
    }

    /// The same with the data of one that was stopped.
    pub async fn spacebar_in(folder: TempDir, settings: &[&str]) -> Result<Self> {
        Self::serve(
            &std::env::current_dir()?.join("spin.toml"),
            folder,
            settings,
        )
        .await
    }

    /// Kills it, and gives its data.
    pub async fn stop(mut self) -> Result<TempDir> {
        self.child.kill().await?;
        Ok(self.folder)
    }

    async fn serve(manifest: &Path, folder: TempDir, settings: &[&str]) -> Result<Self> {
        let mut command = Command::new(beside("spacebar")?);
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--set",
                "rate_limits.enabled=false",
                // All clients are at one address here.
                "--set",
                "server.connections_per_address_max=20000",
            ])
            .arg("--manifest")
            .arg(manifest)
            .arg("--data")
            .arg(folder.path());
        for setting in settings {
            command.args(["--set", setting]);
        }
        Self::start(command, folder).await
    }

    /// The bound, on a copy of the data that the system has at this moment.
    pub async fn bound(target: &Target) -> Result<Self> {
        let folder = TempDir::new()?;
        for entry in std::fs::read_dir(&target.data)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                std::fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
            }
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bound").arg(folder.path());
        Self::start(command, folder).await
    }

    /// A plain broadcast server.
    pub async fn broadcast() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("broadcast");
        Self::start(command, TempDir::new()?).await
    }

    async fn start(mut command: Command, folder: TempDir) -> Result<Self> {
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().context("a server does not start")?;
        let output = child.stdout.take().context("a server has no output")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(at) = line.find("http://127.0.0.1:") {
                let rest = &line[at + "http://".len()..];
                let end = rest.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit());
                let authority = rest[..end.unwrap_or(rest.len())].to_owned();
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self {
                    child,
                    authority,
                    folder,
                });
            }
        }
        anyhow::bail!("a server ended before it listened")
    }

    /// The memory of the process in MiB: resident, as the kernel counts it.
    pub fn resident_mib(&self) -> Result<f64> {
        let status = self.proc("status")?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .context("no VmRSS")?;
        let kib = line.split_whitespace().nth(1).context("no number")?;
        Ok(kib.parse::<f64>()? / 1024.0)
    }

    /// What some work gives, and the microseconds of processor that this process used meanwhile.
    pub async fn cpu_us_of<T>(&self, work: impl Future<Output = Result<T>>) -> Result<(T, f64)> {
        let before = self.cpu_us()?;
        let given = work.await?;
        Ok((given, self.cpu_us()? - before))
    }

    /// Microseconds of processor since the process started; the kernel counts hundredths of a
    /// second.
    fn cpu_us(&self) -> Result<f64> {
        const TICK_US: f64 = 10_000.0;
        let stat = self.proc("stat")?;
        // The second field is the program's name, which may have spaces.
        let (_, rest) = stat.rsplit_once(')').context("no name")?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        let ticks =
            |at: usize| -> Result<f64> { Ok(fields.get(at).context("no time")?.parse::<f64>()?) };
        Ok((ticks(11)? + ticks(12)?) * TICK_US)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let id = self.child.id().context("the server has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{id}/{file}"))?)
    }

    /// Bytes of the files of its data folder.
    pub fn data_bytes(&self) -> Result<u64> {
        let mut sum = 0;
        for entry in std::fs::read_dir(self.folder.path())? {
            sum += entry?.metadata()?.len();
        }
        Ok(sum)
    }
}

fn beside(program: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().context("this program is in no folder")?;
    Ok(folder.join(program))
}
