//! What an instance has on the host's side.

use std::sync::Arc;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::guest_log::GuestLog;
use super::outbound::Outbound;
use super::{Environment, Fault};

/// The data of an instance's store: handles it opened, and what it may do.
///
/// It belongs to one function for the life of the instance. What belongs to one call is set by
/// [`State::begin`] and nothing else of a call is kept here.
pub struct State {
    pub(super) environment: Arc<Environment>,
    pub(super) table: ResourceTable,
    pub(super) memory: Memory,
    /// The fault that the running call asked for.
    pub(super) fault: Option<Fault>,
    /// Ticks of the clock that computation of the running call may still see.
    pub(super) ticks_left: u64,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl State {
    /// The state of a new instance: no arguments, no environment, no files, no sockets.
    pub fn new(environment: Arc<Environment>) -> Self {
        let wasi = WasiCtx::builder()
            .stdout(GuestLog::new(false))
            .stderr(GuestLog::new(true))
            .build();
        Self {
            table: ResourceTable::new(),
            memory: Memory {
                bytes: 0,
                bytes_max: environment.memory_bytes_max,
            },
            fault: None,
            ticks_left: 0,
            wasi,
            http: WasiHttpCtx::new(),
            outbound: Outbound::new(Arc::clone(&environment)),
            environment,
        }
    }

    /// Prepares for the next call.
    pub fn begin(&mut self, fault: Option<Fault>) {
        self.fault = fault;
        self.ticks_left = self.environment.ticks_max;
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outbound,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// Refuses memory beyond the limit. An allocation that fails aborts the function, which ends the
/// call and the instance.
#[derive(Debug)]
pub struct Memory {
    /// Bytes of the instance's linear memories.
    pub bytes: usize,
    bytes_max: usize,
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grown = self.bytes + desired.saturating_sub(current);
        if grown > self.bytes_max {
            tracing::warn!(
                bytes = grown,
                "a function wants more memory than it may have"
            );
            return Ok(false);
        }
        self.bytes = grown;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The allocator bounds tables.
        Ok(true)
    }
}
