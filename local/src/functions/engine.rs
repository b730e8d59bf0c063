//! The WebAssembly engine, its linker and its clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rlimit::Resource;
use wasmtime::component::Linker;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiView, p2, p3};

use super::sqlite;
use super::state::State;
use super::variables;
use crate::settings;

/// Time between two ticks of the engine's clock. Computation yields to other calls at each.
const TICK: Duration = Duration::from_millis(10);

/// Address space that an instance takes where there is enough: code then needs no checks of bounds.
const ROOMY_BYTES: u64 = 5 << 30;
/// Address space that an instance's memory takes where there is little, so also the most memory
/// that an instance can have there. It is part of compiled code, so nothing that can be set changes
/// it.
const TIGHT_MEMORY_BYTES: u64 = 192 << 20;
/// Address space that an instance takes there, with its stacks and tables.
const TIGHT_BYTES: u64 = TIGHT_MEMORY_BYTES + (8 << 20);
/// Bytes behind a memory there, on which an access out of bounds traps.
const TIGHT_GUARD_BYTES: u64 = 64 * 1024;

/// How many instances there can be, and how much address space each gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Instances of all functions together.
    pub instances: usize,
    is_tight: bool,
}

impl Pool {
    /// As many instances as the settings say, and fewer where the system limits this process's
    /// address space. The log says so.
    pub fn new(settings: &settings::Functions) -> Self {
        let limit = Resource::AS.get().ok().map(|(soft, _)| soft);
        let limit = limit.filter(|limit| *limit != rlimit::INFINITY);
        let (wanted, pool) = (
            settings.instances_max,
            Self::within(limit, settings.instances_max),
        );
        if pool.instances < wanted {
            let fit = pool.instances;
            tracing::warn!(
                "functions.instances_max: {fit} instances fit, not {wanted}, because this process \
                 has little address space (ulimit -v)"
            );
        }
        pool
    }

    /// The pool in so many bytes of address space, of which two thirds are for everything else:
    /// the allocator alone reserves a gigabyte where it can.
    fn within(limit: Option<u64>, wanted: usize) -> Self {
        let fit = |each: u64| limit.map_or(usize::MAX, |limit| (limit / 3 / each) as usize);
        let is_tight = fit(ROOMY_BYTES) < wanted;
        Self {
            instances: match is_tight {
                true => wanted.min(fit(TIGHT_BYTES)).max(1),
                false => wanted,
            },
            is_tight,
        }
    }
}

/// The engine for a pool of instances, none of which has more memory than `memory_bytes_max`.
///
/// # Errors
/// When the machine cannot give what they ask for, such as address space; which setting asks less.
pub fn engine(pool: Pool, memory_bytes_max: usize) -> Result<Engine> {
    if pool.is_tight && memory_bytes_max as u64 > TIGHT_MEMORY_BYTES {
        bail!(
            "functions.memory_bytes_max: in as little address space as this process has (ulimit \
             -v) it must be at most {TIGHT_MEMORY_BYTES}"
        );
    }
    let engine = Engine::new(&config(pool, memory_bytes_max)).map_err(anyhow::Error::from);
    engine.with_context(|| {
        let instances = pool.instances;
        format!(
            "functions.instances_max: there is no room for {instances}; set fewer, or let this \
             process have more address space (ulimit -v, vm.overcommit_memory)"
        )
    })
}

fn config(room: Pool, memory_bytes_max: usize) -> Config {
    let instances = u32::try_from(room.instances).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    // A component of ours is its module, the standard library's adapter and two shims.
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(8))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(4))
        .total_stacks(instances.saturating_mul(2))
        .max_memories_per_component(1)
        .max_memory_size(memory_bytes_max)
        .max_unused_warm_slots(0);
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        // Functions carry no names and no debug information: a panic's text in the log says more.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false);
    if room.is_tight {
        config
            .memory_reservation(TIGHT_MEMORY_BYTES)
            .memory_guard_size(TIGHT_GUARD_BYTES);
    }
    config
}

/// Everything that components may import, and nothing else.
///
/// # Errors
/// Never, unless two interfaces have one name.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    p2::add_to_linker_proxy_interfaces_async(l)?;
    p2::bindings::cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
    p2::bindings::cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)?;
    p2::bindings::cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)?;
    p2::bindings::cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)?;
    p2::bindings::cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    p2::bindings::cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    p2::bindings::cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    p2::bindings::random::insecure_seed::add_to_linker::<State, WasiRandom>(l, |state| {
        state.ctx().ctx.random()
    })?;
    p3::clocks::add_to_linker(l)?;
    p3::random::add_to_linker(l)?;
    wasmtime_wasi_http::p3::add_to_linker(l)?;
    sqlite::add_to_linker(l)?;
    variables::add_to_linker(l)?;
    Ok(linker)
}

/// The clock that computation is measured by. It stands still while nothing runs.
#[derive(Debug)]
pub struct Clock {
    running: Arc<AtomicUsize>,
    thread: Thread,
}

impl Clock {
    /// Starts the clock of `engine`. It ends with the engine.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let running = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&running);
        let engine = engine.weak();
        let thread = std::thread::Builder::new()
            .name("clock".into())
            .spawn(move || {
                while let Some(engine) = engine.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    if seen.load(Ordering::Acquire) == 0 {
                        std::thread::park_timeout(Duration::from_secs(60));
                    } else {
                        std::thread::sleep(TICK);
                    }
                }
            })?;
        Ok(Self {
            running,
            thread: thread.thread().clone(),
        })
    }

    /// Keeps the clock going until the guard is dropped.
    pub fn run(&self) -> Running {
        if self.running.fetch_add(1, Ordering::AcqRel) == 0 {
            self.thread.unpark();
        }
        Running(Arc::clone(&self.running))
    }
}

/// A call that the clock runs for.
#[derive(Debug)]
pub struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_fits_into_the_address_space() {
        let roomy = |instances| Pool {
            instances,
            is_tight: false,
        };
        let tight = |instances| Pool {
            instances,
            is_tight: true,
        };
        assert_eq!(Pool::within(None, 256), roomy(256));
        assert_eq!(Pool::within(Some(4 << 40), 256), roomy(256));
        assert_eq!(Pool::within(Some(64 << 30), 256), tight(109));
        assert_eq!(Pool::within(Some(64 << 30), 4), roomy(4));
        assert_eq!(Pool::within(Some(2 << 30), 256), tight(3));
        assert_eq!(Pool::within(Some(100 << 20), 256), tight(1));
    }

    #[test]
    fn an_engine_that_does_not_fit_names_the_setting() {
        let error = engine(Pool::within(Some(2 << 30), 256), 1 << 30).unwrap_err();
        assert!(error.to_string().contains("functions.memory_bytes_max"));
        // No machine has so much.
        let wanted = Pool::within(None, 1 << 20);
        let error = engine(wanted, 64 << 20).unwrap_err();
        assert!(
            error.to_string().contains("functions.instances_max"),
            "{error:#}"
        );
        engine(Pool::within(Some(2 << 30), 256), 64 << 20).unwrap();
    }
}
