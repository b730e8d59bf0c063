//! The processor's time of each Worker, by V8's sampling profiler.
//!
//! Where workerd runs, all Workers share a process and a thread, so the system's accounts cannot
//! tell them apart. The profiler looks at a Worker's isolate alone, and takes no sample while the
//! isolate waits for a database or for another Worker.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Instance, workers};

/// Microseconds from one sample to the next.
const INTERVAL: u64 = 500;
/// The most that one sample stands for: more than from one to the next, which is a timer's delay
/// longer than the interval; not much more, since before it the isolate may have waited.
const SAMPLE_MAX: u64 = INTERVAL * 3 / 2;

/// The profilers of an instance with a Worker for each function.
pub struct Profilers {
    inspector: String,
    opened: HashMap<String, Profiler>,
}

impl Profilers {
    /// Those of the instance, if it has any.
    pub fn on(instance: &Arc<Instance>) -> Option<Self> {
        Some(Self {
            inspector: workers::inspector(instance)?,
            opened: HashMap::new(),
        })
    }

    /// Begins to measure a Worker, by its name.
    pub async fn start(&mut self, worker: &str) {
        if !self.opened.contains_key(worker) {
            let url = format!("{}/core:user:{worker}", self.inspector);
            let profiler = Profiler::open(&url).await;
            self.opened.insert(worker.to_owned(), profiler);
        }
        self.of(worker).command("Profiler.start", json!({})).await;
    }

    /// How long the Worker's isolate ran since the start.
    pub async fn stop(&mut self, worker: &str) -> Duration {
        let result = self.of(worker).command("Profiler.stop", json!({})).await;
        busy(&result["profile"])
    }

    fn of(&mut self, worker: &str) -> &mut Profiler {
        self.opened.get_mut(worker).expect("it was opened")
    }
}

/// The profiler of one Worker.
struct Profiler {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    commands: u64,
}

impl Profiler {
    async fn open(url: &str) -> Self {
        let (stream, _) = connect_async(url).await.expect("an inspector");
        let mut profiler = Self {
            stream,
            commands: 0,
        };
        profiler.command("Profiler.enable", json!({})).await;
        let interval = json!({ "interval": INTERVAL });
        profiler
            .command("Profiler.setSamplingInterval", interval)
            .await;
        profiler
    }

    async fn command(&mut self, method: &str, params: Value) -> Value {
        self.commands += 1;
        let id = self.commands;
        let command = json!({ "id": id, "method": method, "params": params });
        let command = Message::text(command.to_string());
        self.stream.send(command).await.expect("an inspector");
        loop {
            let message = self.stream.next().await.expect("an answer");
            let message = message.expect("an answer").into_text().expect("text");
            let mut message: Value = serde_json::from_str(&message).expect("JSON");
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
        }
    }
}

/// The time that samples stand for: what a script or WASM did, the runtime for it, and collecting
/// garbage. Each stands for the time since the one before it.
fn busy(profile: &Value) -> Duration {
    let numbers = |value: &Value| -> Vec<i64> {
        let list = value.as_array().into_iter().flatten();
        list.filter_map(Value::as_i64).collect()
    };
    let mut nodes = profile["nodes"].as_array().into_iter().flatten();
    let idle = nodes.find(|node| node["callFrame"]["functionName"] == "(idle)");
    let idle = idle.and_then(|node| node["id"].as_i64());
    let (samples, since) = (
        numbers(&profile["samples"]),
        numbers(&profile["timeDeltas"]),
    );
    let busy = samples.into_iter().zip(since);
    let busy = busy.filter(|(node, _)| Some(*node) != idle);
    let micros = busy.map(|(_, since)| since.clamp(0, SAMPLE_MAX as i64) as u64);
    Duration::from_micros(micros.sum())
}
