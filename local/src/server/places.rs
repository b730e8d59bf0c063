//! How many connections fit, and how many of them one client may have.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use runtime::address::network;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::settings;

/// Open files that connections leave to databases, blobs and functions, where there are twice as
/// many; else they leave half.
const FILES_KEPT: u64 = 256;
/// The part of all connections that one client may have, where the settings do not say how many.
const CLIENT_PART: usize = 4;
/// Time between two lines in the log about connections that were refused.
const REFUSALS_TOLD: Duration = Duration::from_secs(10);

/// Places for connections.
#[derive(Debug)]
pub struct Places {
    max: usize,
    per_client_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Those of each client's network.
    by_client: HashMap<IpAddr, usize>,
    /// How many were refused since that was told, and when it was.
    refused: u64,
    told_at: Option<Instant>,
}

/// The place of a connection, until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    /// `None` for proxies, who speak for many.
    client: Option<IpAddr>,
}

impl Places {
    /// As many places as the settings and the process's limit of open files have, which is raised
    /// as far as the system allows. The log says how many they are.
    pub fn new(settings: &settings::Server) -> Arc<Self> {
        let wanted = settings.connections_max;
        let files = match rlimit::increase_nofile_limit(u64::MAX) {
            Ok(files) => files,
            Err(error) => {
                tracing::warn!("the limit of open files is not known: {error}");
                u64::MAX
            }
        };
        let max = wanted.min(that_fit(files));
        let per_client_max = match settings.connections_per_address_max {
            0 => max.div_ceil(CLIENT_PART),
            set => set.min(max),
        };
        if max < wanted {
            tracing::warn!(
                "server.connections_max: {max} connections fit, not {wanted}, because this process \
                 may open {files} files (ulimit -n, or LimitNOFILE= of systemd)"
            );
        }
        tracing::info!(max, per_client_max, "connections that fit");
        Arc::new(Self::with(max, per_client_max))
    }

    fn with(max: usize, per_client_max: usize) -> Self {
        Self {
            max,
            per_client_max,
            taken: Mutex::default(),
        }
    }

    /// A place for a connection of `client`, `None` for a proxy; nothing when all are taken, or all
    /// that this client may have.
    pub fn take(self: &Arc<Self>, client: Option<IpAddr>) -> Option<Place> {
        let client = client.map(network);
        let mut taken = self.taken();
        let of_client = client.and_then(|it| taken.by_client.get(&it).copied());
        let all_taken = taken.all >= self.max;
        if all_taken || of_client.unwrap_or(0) >= self.per_client_max {
            taken.tell_refusal(client, all_taken);
            return None;
        }
        taken.all += 1;
        if let Some(client) = client {
            *taken.by_client.entry(client).or_default() += 1;
        }
        drop(taken);
        Some(Place {
            places: Arc::clone(self),
            client,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn tell_refusal(&mut self, client: Option<IpAddr>, all_taken: bool) {
        self.refused += 1;
        if self.told_at.is_some_and(|at| at.elapsed() < REFUSALS_TOLD) {
            return;
        }
        let client = client.map(|client| client.to_string());
        let refused = std::mem::take(&mut self.refused);
        tracing::warn!(refused, all_taken, client, "too many connections");
        self.told_at = Some(Instant::now());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        if let Some(client) = self.client
            && let Some(count) = taken.by_client.get_mut(&client)
        {
            *count -= 1;
            if *count == 0 {
                taken.by_client.remove(&client);
            }
        }
    }
}

fn that_fit(files: u64) -> usize {
    let kept = FILES_KEPT.min(files / 2);
    usize::try_from(files - kept).unwrap_or(usize::MAX)
}

/// A stream that keeps its place, also when it is no longer spoken HTTP on.
pub struct Placed<S> {
    stream: S,
    _place: Place,
}

impl<S> Placed<S> {
    /// The stream with its place.
    pub fn new(stream: S, place: Place) -> Self {
        Self {
            stream,
            _place: place,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Placed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Placed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Option<IpAddr> {
        address.parse().ok()
    }

    #[test]
    fn one_client_takes_a_part_of_all_places_and_gives_them_back() {
        let places = Arc::new(Places::with(5, 2));
        let first = places.take(client("2001:db8::1"));
        let second = places.take(client("2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(client("2001:db8::3")).is_none());
        let others = ["1.1.1.1", "1.1.1.1", "1.1.1.2"].map(|it| places.take(client(it)));
        assert!(others.iter().all(Option::is_some));
        // All are taken.
        assert!(places.take(client("1.1.1.3")).is_none());
        drop(first);
        assert!(places.take(client("2001:db8::3")).is_some());
        drop((second, others));
        assert_eq!(places.taken().all, 0);
        assert!(places.taken().by_client.is_empty());
    }

    #[test]
    fn a_proxy_speaks_for_many() {
        let places = Arc::new(Places::with(5, 2));
        let taken: Vec<_> = std::iter::from_fn(|| places.take(None)).collect();
        assert_eq!(taken.len(), 5);
    }

    #[test]
    fn connections_leave_files_to_others() {
        assert_eq!(that_fit(20_000), 19_744);
        assert_eq!(that_fit(1024), 768);
        assert_eq!(that_fit(256), 128);
        assert!(that_fit(u64::MAX) > 1_000_000);
    }
}
