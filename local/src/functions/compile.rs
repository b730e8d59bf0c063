//! Compiling components ahead of time, once: a start maps files into memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow, bail, ensure};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::private;

/// Time after which a compiled file that no start needed is removed.
const UNUSED_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Where compiled components are.
#[derive(Debug, Clone)]
pub struct Cache {
    /// The folders in which they are looked for. What is missing in all of them goes to the first
    /// that can be written.
    pub folders: Vec<PathBuf>,
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

/// The compiled forms of components, some of which may still be missing.
#[derive(Debug)]
pub struct Search {
    found: Vec<Compiled>,
    /// Those that are to be made, each once.
    missing: Vec<Compiled>,
    /// Where they go.
    folder: PathBuf,
    program: Option<PathBuf>,
}

/// How far the compilation of what is missing is. Clones tell of the same one.
#[derive(Debug, Clone)]
pub struct Compilation(Arc<[PathBuf]>);

impl Compilation {
    /// How many components there are to compile.
    pub fn total(&self) -> u64 {
        self.0.len() as u64
    }

    /// How many of them are compiled.
    pub fn done(&self) -> u64 {
        self.0.iter().filter(|path| path.exists()).count() as u64
    }
}

/// Looks for the compiled forms of the components in `sources`.
///
/// # Errors
/// Which component cannot be read, or that something is missing and no folder can be written.
pub fn search(engine: &Engine, sources: &[&Path], cache: &Cache) -> Result<Search> {
    let first = cache.folders.first().context("storage.cache: no folder")?;
    let mut found = in_parallel(sources, |source| find(engine, source, first))?;
    let mut missing: Vec<&mut Compiled> = Vec::new();
    for it in &mut found {
        match cache.folders.iter().find(|folder| it.within(folder).mark()) {
            Some(folder) => *it = it.within(folder),
            None => missing.push(it),
        }
    }
    let folder = match missing.is_empty() {
        true => first.clone(),
        false => writable(&cache.folders)?,
    };
    let mut by_path = BTreeMap::new();
    for it in missing {
        *it = it.within(&folder);
        // Functions may share a component: it is compiled once.
        by_path.insert(it.path.clone(), it.clone());
    }
    Ok(Search {
        missing: by_path.into_values().collect(),
        found,
        folder,
        program: cache.program.clone(),
    })
}

/// The first of the folders that a file can be written to.
fn writable(folders: &[PathBuf]) -> Result<PathBuf> {
    let mut refusals = Vec::new();
    for folder in folders {
        let tried = private::folder(folder).and_then(|()| NamedTempFile::new_in(folder));
        match tried {
            Ok(_) => return Ok(folder.clone()),
            Err(error) => refusals.push(format!("{}: {error}", folder.display())),
        }
    }
    bail!(
        "storage.cache: compiled functions can be written nowhere, set it to a folder of this \
         user's: {}",
        refusals.join("; ")
    )
}

impl Search {
    /// How far [`compile`](Self::compile) is.
    pub fn compilation(&self) -> Compilation {
        Compilation(self.missing.iter().map(|it| it.path.clone()).collect())
    }

    /// Compiles missing functions. A caller that gives up ends the compiler.
    ///
    /// # Errors
    /// Which component is none.
    pub async fn compile(&self, engine: &Engine) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let sources: Vec<_> = self.missing.iter().map(|it| it.source.clone()).collect();
        match &self.program {
            Some(program) => self.run(program, &sources).await?,
            None => {
                let (engine, folder) = (engine.clone(), self.folder.clone());
                let compile = move || {
                    let sources: Vec<_> = sources.iter().map(PathBuf::as_path).collect();
                    compile_all(&engine, &sources, &folder)
                };
                tokio::task::spawn_blocking(compile).await??;
            }
        }
        if let Err(error) = remove_unused(&self.folder) {
            tracing::warn!("{}: {error}", self.folder.display());
        }
        Ok(())
    }

    async fn run(&self, program: &Path, sources: &[PathBuf]) -> Result<()> {
        let mut command = Command::new(program);
        command.args(["compile", "--attended", "--cache"]);
        command.arg(&self.folder).args(sources);
        let child = command.stdin(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("cannot run {}", program.display()))?;
        // The child ends when this is closed: with this function, or with this process.
        let _attended = child.stdin.take();
        let status = tokio::task::spawn_blocking(move || child.wait()).await??;
        ensure!(status.success(), "the components were not compiled");
        Ok(())
    }

    /// The compiled forms, in the order of their components.
    pub fn into_found(self) -> Vec<Compiled> {
        self.found
    }
}

/// Ends this process when its input does, so that it does not outlive who started it.
///
/// # Errors
/// When there can be no more threads.
pub fn end_with_input() -> std::io::Result<()> {
    let watch = || {
        // Nothing is ever written to it.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    };
    std::thread::Builder::new().spawn(watch).map(drop)
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

    /// The same in another folder.
    fn within(&self, folder: &Path) -> Self {
        let name = self.path.file_name().unwrap_or_default();
        Self {
            source: self.source.clone(),
            path: folder.join(name),
        }
    }

    /// Marks the file as needed now; whether it is there.
    fn mark(&self) -> bool {
        // One that belongs to somebody else is as good, and theirs to remove.
        let file = File::options().append(true).open(&self.path);
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
        self.exists()
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
