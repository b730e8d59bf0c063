//! Compiling components ahead of time, once: a start maps files into memory.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Time after which a compiled file that no start needed is removed.
const UNUSED_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A component to compile.
#[derive(Debug)]
pub struct Source<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Its WebAssembly file.
    pub path: &'a Path,
}

/// A component that was compiled.
#[derive(Debug, Clone)]
pub struct Compiled {
    name: String,
    source: PathBuf,
    path: PathBuf,
}

/// Compiles what is not in the folder `cache` yet, on all processors, and returns the components
/// in the order of `sources`.
///
/// A file's name is the hash of the component and of everything that the engine's version and
/// settings change in the code.
///
/// # Errors
/// Which component cannot be read or is not one.
pub fn compile_all(engine: &Engine, sources: &[Source<'_>], cache: &Path) -> Result<Vec<Compiled>> {
    std::fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let progress = Progress::new(sources.len());
    let next = AtomicUsize::new(0);
    let compiled = Mutex::new(vec![None; sources.len()]);
    let work = || -> Result<()> {
        while let Some((index, source)) = take(&next, sources) {
            let one = compile(engine, source, cache, &progress)
                .with_context(|| format!("component {}", source.name))?;
            if let Ok(mut compiled) = compiled.lock() {
                compiled[index] = Some(one);
            }
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .map_err(|_| anyhow!("the compiler panicked"))?
        })
    })?;
    if let Err(error) = remove_unused(cache) {
        tracing::warn!("{}: {error}", cache.display());
    }
    let compiled = compiled.into_inner().unwrap_or_default();
    let compiled: Option<Vec<Compiled>> = compiled.into_iter().collect();
    compiled.context("a component was not compiled")
}

/// Removes what earlier versions of the components left.
fn remove_unused(cache: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(cache)? {
        let entry = entry?;
        let age = entry.metadata()?.modified()?.elapsed();
        if age.is_ok_and(|age| age > UNUSED_MAX) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

fn compile(
    engine: &Engine,
    source: &Source<'_>,
    cache: &Path,
    progress: &Progress,
) -> Result<Compiled> {
    let bytes = std::fs::read(source.path)
        .with_context(|| format!("cannot read {}", source.path.display()))?;
    let path = cache.join(file_name(engine, &bytes));
    // To mark the file as needed is also to see whether it is there.
    let found = File::options().append(true).open(&path);
    if found
        .and_then(|file| file.set_modified(SystemTime::now()))
        .is_ok()
    {
        progress.found();
    } else {
        let code = engine.precompile_component(&bytes)?;
        write(&path, &code).with_context(|| format!("cannot write {}", path.display()))?;
        progress.compiled(source.name);
    }
    Ok(Compiled {
        name: source.name.to_owned(),
        source: source.path.to_owned(),
        path,
    })
}

/// Writes a file that is complete or not there, also after a loss of power. Another process may
/// write the same one: each writes its own and the last wins.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension(std::process::id().to_string());
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

fn file_name(engine: &Engine, bytes: &[u8]) -> String {
    use std::fmt::Write;
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
    let mut hasher = Sha::default();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.update(bytes);
    let mut name = String::new();
    for byte in &hasher.0.finalize()[..20] {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name + ".cwasm"
}

impl Compiled {
    /// The component, mapped into memory. It is compiled again if its file is gone or damaged.
    ///
    /// # Errors
    /// When that does not help.
    pub fn load(&self, engine: &Engine) -> Result<Component> {
        let error = match map(engine, &self.path) {
            Ok(component) => return Ok(component),
            Err(error) => error,
        };
        tracing::warn!("{} is compiled again: {error:#}", self.path.display());
        // A file that is gone need not be removed.
        let _ = std::fs::remove_file(&self.path);
        let source = Source {
            name: &self.name,
            path: &self.source,
        };
        let cache = self.path.parent().unwrap_or(Path::new(""));
        let again = compile(engine, &source, cache, &Progress::new(1))?;
        Ok(map(engine, &again.path)?)
    }

    /// Whether its file is there.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }
}

fn map(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    #[allow(
        unsafe_code,
        reason = "the file was written by `compile` under a name that is the hash of its source \
                  and of the engine; who can write to the cache folder can replace this program"
    )]
    unsafe {
        Component::deserialize_file(engine, path)
    }
}

/// Tells on standard error how far a long first start is.
struct Progress {
    total: usize,
    done: AtomicUsize,
    started: Instant,
}

impl Progress {
    fn new(total: usize) -> Self {
        Self {
            total,
            done: AtomicUsize::new(0),
            started: Instant::now(),
        }
    }

    fn found(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn compiled(&self, name: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let seconds = self.started.elapsed().as_secs();
        eprintln!("compiled {name} ({done} of {}, {seconds} s)", self.total);
    }
}
