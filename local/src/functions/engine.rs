//! The WebAssembly engine, its linker and its clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

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
pub const TICK: Duration = Duration::from_millis(10);

/// The engine for these settings, where no instance has more memory than `memory_bytes_max`.
///
/// # Errors
/// When the machine cannot give what they ask for, such as address space.
pub fn engine(settings: &settings::Functions, memory_bytes_max: usize) -> wasmtime::Result<Engine> {
    let instances = u32::try_from(settings.instances_max).unwrap_or(u32::MAX);
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
    Engine::new(&config)
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
