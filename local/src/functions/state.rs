//! What an instance has on the host's side.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::guest_log::GuestLog;
use super::memory::Memory;
use super::outbound::Outbound;
use super::progress::Progress;
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
    /// How the running call gets on.
    pub(super) progress: Arc<Progress>,
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
            memory: Memory::new(
                environment.memory_bytes_max,
                environment.memory_bytes_kept,
                environment.decoding.clone(),
            ),
            fault: None,
            progress: Progress::new(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound: Outbound::new(Arc::clone(&environment)),
            environment,
        }
    }

    /// Prepares for the next call.
    pub fn begin(&mut self, fault: Option<Fault>, progress: &Arc<Progress>) {
        self.fault = fault;
        self.progress = Arc::clone(progress);
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
