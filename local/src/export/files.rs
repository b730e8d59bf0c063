//! Blobs of an instance as files of a folder, and back.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};
use wasmtime_wasi_http::Error;

use super::Entry;
use crate::blobs::Blobs;
use crate::body::Body;
use crate::data_folder::BLOBS;

/// Bytes that are read from disk at once.
const PIECE_BYTES: usize = 64 * 1024;

/// The blobs of an instance beside the files of a folder.
pub(super) struct Files {
    blobs: Blobs,
    folder: PathBuf,
    runtime: Runtime,
}

impl Files {
    pub fn new(blobs: Blobs, folder: &Path) -> Result<Self> {
        Ok(Self {
            blobs,
            folder: folder.join(BLOBS),
            runtime: Builder::new_current_thread().build()?,
        })
    }

    /// Writes a blob to the folder; nothing if there is none.
    pub fn copy_out(&self, key: &str) -> Result<Option<Entry>> {
        if !runtime::blobs::is_key(key) {
            return Ok(None);
        }
        self.runtime.block_on(async {
            let blob = self.blobs.content(key).await;
            let Some((content_type, content)) = blob.with_context(|| cannot("read", key))? else {
                return Ok(None);
            };
            let written = write(&self.folder.join(key), content).await;
            let (bytes, sha256) = written.with_context(|| cannot("copy", key))?;
            let content_type = content_type.to_str()?.to_owned();
            Ok(Some(Entry {
                key: key.to_owned(),
                content_type,
                bytes,
                sha256,
            }))
        })
    }

    /// Makes a blob of a file of the folder, unless there is one.
    pub fn copy_in(&self, entry: &Entry) -> Result<()> {
        let key = &entry.key;
        ensure!(runtime::blobs::is_key(key), "{key:?} is no key of a file");
        let path = self.folder.join(key);
        let (bytes, hash) = digest(&path).with_context(|| cannot("read", key))?;
        let whole = bytes == entry.bytes && hash == entry.sha256;
        ensure!(whole, "{key} is not the file that was exported");
        let content_type = entry.content_type.parse().context("content_type")?;
        let content = pieces(File::open(&path)?);
        let kept = self
            .runtime
            .block_on(self.blobs.keep(key, content_type, content));
        kept.with_context(|| cannot("write", key))
    }
}

fn cannot(what: &str, key: &str) -> String {
    format!("cannot {what} {key}")
}

/// Writes a body to a file; its length and hash.
async fn write(path: &Path, mut body: Body) -> Result<(u64, String)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create(path)?;
    let (mut bytes, mut hash) = (0, Sha256::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| anyhow::anyhow!("{error}"))?;
        if let Ok(piece) = frame.into_data() {
            hash.update(&piece);
            file.write_all(&piece)?;
            bytes += piece.len() as u64;
        }
    }
    file.sync_all()?;
    Ok((bytes, hex(hash)))
}

/// The length and hash of a file.
fn digest(path: &Path) -> Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut bytes, mut hash) = (0, Sha256::new());
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((bytes, hex(hash)));
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
}

fn hex(hash: Sha256) -> String {
    let hash = hash.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a file, read as they are asked for.
fn pieces(file: File) -> Body {
    let pieces = stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).map_err(|error| {
            tracing::error!("a file of the export: {error}");
            Error::InternalError(None)
        })?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Frame::data(Bytes::from(piece)), file)))
    });
    StreamBody::new(pieces).boxed_unsync()
}
