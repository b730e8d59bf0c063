//! Compiling components ahead of time, once: a start maps files into memory.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A component to compile.
#[derive(Debug)]
pub struct Source<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Its WebAssembly file.
    pub path: &'a Path,
}

/// Compiles what is not in the folder `cache` yet, on all processors, and returns the compiled
/// files in the order of `sources`.
///
/// A file's name is the hash of the component and of everything that the engine's version and
/// settings change in the code.
///
/// # Errors
/// Which component cannot be read or is not one.
pub fn compile_all(engine: &Engine, sources: &[Source<'_>], cache: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let progress = Progress::new(sources.len());
    let next = AtomicUsize::new(0);
    let compiled = Mutex::new(vec![None; sources.len()]);
    let work = || -> Result<()> {
        while let Some((index, source)) = take(&next, sources) {
            let path = compile(engine, source, cache, &progress)
                .with_context(|| format!("component {}", source.name))?;
            if let Ok(mut compiled) = compiled.lock() {
                compiled[index] = Some(path);
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
    let compiled = compiled.into_inner().unwrap_or_default();
    let compiled: Option<Vec<PathBuf>> = compiled.into_iter().collect();
    compiled.context("a component was not compiled")
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
) -> Result<PathBuf> {
    let bytes = std::fs::read(source.path)
        .with_context(|| format!("cannot read {}", source.path.display()))?;
    let path = cache.join(file_name(engine, &bytes));
    if path.exists() {
        progress.found();
        return Ok(path);
    }
    let code = engine.precompile_component(&bytes)?;
    // Another process may compile the same component: each writes its own file and the last wins.
    let unfinished = cache.join(format!("{}.{}", source.name, std::process::id()));
    std::fs::write(&unfinished, code)
        .and_then(|()| std::fs::rename(&unfinished, &path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    progress.compiled(source.name);
    Ok(path)
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

/// The component in a file that [`compile_all`] returned, mapped into memory.
///
/// # Errors
/// When the file is gone or of another engine.
pub fn load(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    #[allow(
        unsafe_code,
        reason = "the file was written by `compile` under a name that is the hash of its source \
                  and of the engine; who can write to the cache folder can replace this program"
    )]
    let component = unsafe { Component::deserialize_file(engine, path) };
    component.map_err(|error| error.context(format!("in {}", path.display())))
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
