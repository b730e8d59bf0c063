//! Compiling components ahead of time, once: a start maps files into memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow, ensure};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Time after which a compiled file that no start needed is removed.
const UNUSED_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The folder of compiled components.
#[derive(Debug, Clone)]
pub struct Cache {
    /// The folder.
    pub folder: PathBuf,
    /// The program that compiles what is missing in a process of its own, by its command
    /// `compile`, so that the memory it takes goes back to the system. Without one, it is done
    /// here.
    pub program: Option<PathBuf>,
}

/// A component and the file of its compiled form.
#[derive(Debug, Clone)]
pub struct Compiled {
    source: PathBuf,
    path: PathBuf,
}

/// Finds the compiled forms of the components in `sources`, in the same order, and makes those
/// that are missing.
///
/// # Errors
/// Which component cannot be read or is not one.
pub fn find_all(engine: &Engine, sources: &[&Path], cache: &Cache) -> Result<Vec<Compiled>> {
    let folder = &cache.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let found = in_parallel(sources, |source| find(engine, source, folder))?;
    // Functions may share a component: it is compiled once.
    let found_by_path: BTreeMap<_, _> = found.iter().map(|it| (&it.path, it)).collect();
    let missing = found_by_path.into_values().filter(|it| !it.mark());
    let missing: Vec<&Path> = missing.map(|it| it.source.as_path()).collect();
    if missing.is_empty() {
        return Ok(found);
    }
    match &cache.program {
        Some(program) => {
            let mut command = Command::new(program);
            command
                .arg("compile")
                .arg("--cache")
                .arg(folder)
                .args(missing);
            let status = command.status();
            let status = status.with_context(|| format!("cannot run {}", program.display()))?;
            ensure!(status.success(), "the components were not compiled");
        }
        None => compile_all(engine, &missing, folder)?,
    }
    if let Err(error) = remove_unused(folder) {
        tracing::warn!("{}: {error}", folder.display());
    }
    Ok(found)
}

/// Compiles components into `folder` on all processors, and tells on standard error how far it is.
///
/// # Errors
/// Which component cannot be read or is not one.
pub fn compile_all(engine: &Engine, sources: &[&Path], folder: &Path) -> Result<()> {
    let (started, done) = (Instant::now(), AtomicUsize::new(0));
    in_parallel(sources, |source| {
        find(engine, source, folder)?.compile(engine)?;
        let (name, total) = (source.file_stem().unwrap_or_default(), sources.len());
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        let seconds = started.elapsed().as_secs();
        eprintln!(
            "compiled {} ({done} of {total}, {seconds} s)",
            name.display()
        );
        Ok(())
    })
    .map(drop)
}

/// `work` done on all `items`, with the results in their order.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let run = || -> Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return Ok(());
            };
            let result = work(item)?;
            let mut results = results
                .lock()
                .map_err(|_| anyhow!("another thread panicked"))?;
            results.push((index, result));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended.map_err(|_| anyhow!("a thread panicked"))?
        })
    })?;
    let results = results.into_inner();
    let mut results = results.map_err(|_| anyhow!("a thread panicked"))?;
    results.sort_unstable_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// Where the compiled form of a component is or will be: a file named by the hash of the component
/// and of everything that the engine's version and settings change in the code.
fn find(engine: &Engine, source: &Path, folder: &Path) -> Result<Compiled> {
    use std::hash::{Hash, Hasher};

    #[derive(Default)]
    struct Sha(Sha256);
    impl Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let bytes = std::fs::read(source);
    let bytes = bytes.with_context(|| format!("cannot read {}", source.display()))?;
    let mut hasher = Sha::default();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.update(bytes);
    let hash = hasher.0.finalize();
    let name: String = hash[..20]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Compiled {
        source: source.to_owned(),
        path: folder.join(name).with_extension("cwasm"),
    })
}

/// Removes what earlier versions of the components left.
fn remove_unused(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let age = entry.metadata()?.modified()?.elapsed();
        if age.is_ok_and(|age| age > UNUSED_MAX) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl Compiled {
    /// The component, mapped into memory. It is compiled again if its file is gone or damaged.
    ///
    /// # Errors
    /// When that does not help.
    pub fn load(&self, engine: &Engine) -> Result<Component> {
        let error = match self.map(engine) {
            Ok(component) => return Ok(component),
            Err(error) => error,
        };
        tracing::warn!("{} is compiled again: {error:#}", self.path.display());
        self.compile(engine)?;
        Ok(self.map(engine)?)
    }

    /// Whether its file is there.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Marks the file as needed now; whether it is there.
    fn mark(&self) -> bool {
        let file = File::options().append(true).open(&self.path);
        file.and_then(|file| file.set_modified(SystemTime::now()))
            .is_ok()
    }

    /// Writes the file. It is complete or not there, also after a loss of power. Another thread or
    /// process may write the same one: each writes its own and the last wins.
    fn compile(&self, engine: &Engine) -> Result<()> {
        let source = || self.source.display().to_string();
        let bytes = std::fs::read(&self.source).with_context(source)?;
        let code = engine.precompile_component(&bytes);
        let code = code.map_err(anyhow::Error::from).with_context(source)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let written = NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(&code)?;
            file.as_file().sync_all()?;
            Ok(file.persist(&self.path)?)
        });
        written
            .map(drop)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn map(&self, engine: &Engine) -> wasmtime::Result<Component> {
        #[allow(
            unsafe_code,
            reason = "the file was written by `compile` under a name that is the hash of its \
                      source and of the engine; who can write there can replace this program"
        )]
        unsafe {
            Component::deserialize_file(engine, &self.path)
        }
    }
}
