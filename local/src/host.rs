//! Putting an instance together, and taking it down.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runtime::Config;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::apart;
use crate::bell::Bell;
use crate::blobs::Blobs;
use crate::functions::{Cache, Functions, Resources, cache_folder};
use crate::gateway;
use crate::jobs;
use crate::libsql;
use crate::manifest::Manifest;
use crate::outbox;
use crate::ports::GatewaySlot;
use crate::server::{self, Parts, Server};
use crate::settings::Settings;
use crate::stores::{Committed, Stores};

/// The database's file in the data folder.
pub const DATABASE: &str = "main.db";
/// The folder of blobs in the data folder.
pub const BLOBS: &str = "blobs";
/// The file that a running instance holds locked.
const LOCK: &str = "lock";

/// An instance that is ready to serve.
pub struct Host {
    /// The functions and what is before them.
    pub server: Arc<Server>,
    /// The database.
    pub stores: Stores,
    /// Where the gateway goes.
    pub gateway: GatewaySlot,
    /// Where clients reach it.
    pub public_url: String,
    strict: bool,
    /// Whether functions use another database than [`Host::stores`].
    elsewhere: bool,
    outbox: Bell,
    jobs: Bell,
    listener: TcpListener,
    _lock: File,
}

/// What an instance is made from.
#[derive(Debug)]
pub struct Plan {
    /// All settings.
    pub settings: Settings,
    /// The path of `spin.toml`.
    pub manifest: PathBuf,
    /// Whether to behave as Spin does where it differs.
    pub strict: bool,
    /// A libSQL server that functions use in place of the database's file, in strict mode.
    pub database_url: Option<String>,
    /// The program that compiles functions; see [`Cache::program`].
    pub compiler: Option<PathBuf>,
}

impl Host {
    /// Opens the data folder, migrates, compiles and binds the address.
    ///
    /// # Errors
    /// What is in the way, naming the setting, the file or the component.
    pub async fn new(plan: &Plan) -> Result<Self> {
        let settings = &plan.settings;
        let data = &settings.storage.data;
        let lock = lock(data)?;
        let manifest = Manifest::read(&plan.manifest)?;
        let listener = server::listen(&settings.server).await?;
        let public_url = public_url(settings, listener.local_addr()?);
        let internal_key = internal_key()?;
        let gateway = GatewaySlot::default();
        let jobs = Bell::default();
        let stores = Stores::open(
            &data.join(DATABASE),
            &settings.storage,
            Committed {
                gateway: gateway.clone(),
                jobs: jobs.clone(),
            },
        )?;
        let blobs = Blobs::open(&data.join(BLOBS)).context("cannot use the folder of blobs")?;
        let outbox = Bell::default();
        let resources = Resources {
            stores: stores.clone(),
            blobs: blobs.clone(),
            gateway: gateway.clone(),
            outbox: outbox.clone(),
            variables: variables(&manifest, plan, &public_url, &internal_key)?,
            strict: plan.strict,
        };
        let cache = Cache {
            folder: cache_folder(&settings.storage.cache, &plan.manifest, data),
            program: plan.compiler.clone(),
        };
        let functions = Functions::load(&manifest, &settings.functions, &cache, &resources)?;
        let server = Server::new(Parts {
            manifest: &manifest,
            settings,
            functions,
            stores: stores.clone(),
            blobs,
            gateway: gateway.clone(),
            internal_key: &internal_key,
        })?;
        Ok(Self {
            server: Arc::new(server),
            stores,
            gateway,
            public_url,
            strict: plan.strict,
            elsewhere: plan.database_url.is_some(),
            outbox,
            jobs,
            listener,
            _lock: lock,
        })
    }

    /// The address it listens at.
    ///
    /// # Errors
    /// Never, while it is bound.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `stop` is ready. Requests that run are finished, then the database closes, then
    /// the sockets.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let sweeping = Arc::clone(&self.server);
        let sweeper = tokio::spawn(async move { sweeping.functions().sweep().await });
        let stopping = Arc::<AtomicBool>::default();
        let delivery = self.deliver(&stopping);
        let timer = tokio::spawn(jobs::run(
            gateway::Functions::of(&self.server),
            self.jobs.clone(),
        ));
        server::serve(Arc::clone(&self.server), self.listener, stop).await;
        sweeper.abort();
        timer.abort();
        if let Some(delivery) = delivery {
            stopping.store(true, Ordering::Release);
            self.outbox.ring();
            // It ends only by what was said to it.
            let _ = delivery.await;
        }
        // Everything that was committed is published before the gateway writes down its sessions.
        self.stores.close().await;
        if let Some(gateway) = self.gateway.get() {
            gateway.shutdown().await;
        }
    }
}

impl Host {
    /// Delivers the outbox, which only functions that behave as on Spin use.
    fn deliver(&self, stopping: &Arc<AtomicBool>) -> Option<JoinHandle<()>> {
        let (bell, stopping) = (self.outbox.clone(), Arc::clone(stopping));
        if !self.strict {
            return None;
        }
        if !self.elsewhere {
            let delivery = outbox::deliver(self.stores.clone(), bell, stopping);
            return Some(tokio::spawn(delivery));
        }
        let functions = gateway::Functions::of(&self.server);
        let gateway = self.gateway.clone();
        let publish = move |events| gateway.publish(events);
        let delivery = apart::deliver(functions, publish, bell, stopping);
        Some(tokio::spawn(delivery))
    }
}

/// Makes the data folder and claims it for this process.
///
/// # Errors
/// When it cannot be made, or another process has it.
pub fn lock(data: &Path) -> Result<File> {
    let name = data.display();
    std::fs::create_dir_all(data).with_context(|| format!("storage.data: cannot make {name}"))?;
    let lock = File::create(data.join(LOCK));
    let lock = lock.with_context(|| format!("storage.data: cannot write to {name}"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!("storage.data: another process is using {name}")
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("storage.data: cannot lock {name}"))
        }
    }
}

pub(crate) fn public_url(settings: &Settings, address: SocketAddr) -> String {
    let set = &settings.server.public_url;
    if !set.is_empty() {
        return set.clone();
    }
    if address.ip().is_unspecified() {
        return format!("http://127.0.0.1:{}", address.port());
    }
    format!("http://{address}")
}

/// What internal calls prove themselves by: new with every start.
fn internal_key() -> Result<String> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).context("the system has no randomness")?;
    Ok(URL_SAFE_NO_PAD.encode(key))
}

/// The variables that manifests may refer to.
fn variables(
    manifest: &Manifest,
    plan: &Plan,
    public_url: &str,
    internal_key: &str,
) -> Result<BTreeMap<String, String>> {
    let settings = &plan.settings;
    let mut config = Config {
        public_url: public_url.to_owned(),
        internal_key: internal_key.to_owned(),
        instance: settings.instance.clone(),
        registration: settings.registration.clone(),
        limits: settings.limits.clone(),
        ..Config::default()
    };
    // They are counted before a function is called.
    config.rate_limits.enabled = false;
    let database = match &plan.database_url {
        Some(_) => "libsql",
        None if plan.strict => "statements",
        None => "reserved",
    };
    let mut variables = manifest.variables.clone();
    variables.insert("config".into(), serde_json::to_string(&config)?);
    variables.insert("database".into(), database.into());
    if let Some(url) = &plan.database_url {
        variables.insert("database_url".into(), url.clone());
        let token = std::env::var(libsql::TOKEN_VARIABLE).unwrap_or_default();
        variables.insert("database_token".into(), token);
    }
    Ok(variables)
}
