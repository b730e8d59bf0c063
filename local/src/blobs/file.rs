//! Files of blobs.
//!
//! A file is the content and after it a tail: the content's hash, its type and the lengths by which
//! they are found from the end. Content and tail become visible together.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use http::HeaderValue;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use ulid::Ulid;

use crate::body::Body;

/// The folder of unfinished files; no key begins with it, since names of folders end in `+`.
const UNFINISHED: &str = "unfinished~";
/// The end of a file: 32 bytes of hash, 2 of the type's length, and this mark.
const MARK: [u8; 4] = *b"SB1\n";
const END_BYTES: usize = 32 + 2 + MARK.len();

/// Why a blob was not read or written.
#[derive(Debug)]
pub enum Failure {
    /// The key is none.
    BadKey,
    /// There is no such blob.
    Missing,
    /// The content stopped coming.
    Interrupted,
    /// The disk is full or broken.
    Disk(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Disk(error),
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::BadKey => io::ErrorKind::InvalidInput.into(),
            Failure::Missing => io::ErrorKind::NotFound.into(),
            Failure::Interrupted => io::ErrorKind::UnexpectedEof.into(),
            Failure::Disk(error) => error,
        }
    }
}

/// A blob that is open for reading.
#[derive(Debug)]
pub struct Blob {
    /// The file, at no particular place.
    pub file: File,
    /// Bytes of content, from the file's beginning.
    pub length: u64,
    /// The `ETag`.
    pub tag: HeaderValue,
    /// The `Content-Type`.
    pub content_type: HeaderValue,
}

/// The finished files below a folder of blobs, relative to it; none if there is no such folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            // Folders go when their last blob does.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if !entry.file_type()?.is_dir() {
                found.push(path);
            } else if path != Path::new(UNFINISHED) {
                folders.push(path);
            }
        }
    }
    Ok(found)
}

/// The folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    unfinished: PathBuf,
}

impl Folder {
    /// Opens the folder and removes unfinished files.
    pub fn open(root: &Path) -> io::Result<Self> {
        let unfinished = root.join(UNFINISHED);
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished)?;
        }
        std::fs::create_dir_all(&unfinished)?;
        Ok(Self::reading(root))
    }

    /// The folder as it is, with what another process has unfinished.
    pub fn reading(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            unfinished: root.join(UNFINISHED),
        }
    }

    /// Writes and removes a file.
    pub async fn check(&self) -> io::Result<()> {
        let path = self.unfinished.join(Ulid::generate().to_string());
        fs::write(&path, b"ready?").await?;
        fs::remove_file(&path).await
    }

    /// Writes a blob in place of what was there, and returns its tag.
    pub async fn write(
        &self,
        key: &Path,
        content_type: HeaderValue,
        body: Body,
    ) -> Result<HeaderValue, Failure> {
        let unfinished = self.unfinished.join(Ulid::generate().to_string());
        let written = self.write_to(&unfinished, &content_type, body).await;
        let placed = match written {
            Ok(tag) => self.place(&unfinished, key).await.map(|()| tag),
            Err(failure) => Err(failure),
        };
        if placed.is_err() {
            // The rest is removed at the next start.
            let _ = fs::remove_file(&unfinished).await;
        }
        placed
    }

    async fn write_to(
        &self,
        path: &Path,
        content_type: &HeaderValue,
        mut body: Body,
    ) -> Result<HeaderValue, Failure> {
        let mut file = File::create_new(path).await?;
        let mut hash = Sha256::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Failure::Interrupted)?;
            if let Ok(bytes) = frame.into_data() {
                hash.update(&bytes);
                file.write_all(&bytes).await?;
            }
        }
        let hash = hash.finalize();
        let kind = content_type.as_bytes();
        let kind_bytes = u16::try_from(kind.len()).map_err(|_| Failure::BadKey)?;
        file.write_all(kind).await?;
        file.write_all(&hash).await?;
        file.write_all(&kind_bytes.to_be_bytes()).await?;
        file.write_all(&MARK).await?;
        file.flush().await?;
        file.sync_all().await?;
        Ok(tag(&hash))
    }

    /// Moves a finished file to its place and makes the move durable.
    async fn place(&self, unfinished: &Path, key: &Path) -> Result<(), Failure> {
        let path = self.root.join(key);
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        fs::create_dir_all(&folder).await.map_err(Failure::Disk)?;
        fs::rename(unfinished, &path).await.map_err(Failure::Disk)?;
        File::open(&folder).await?.sync_all().await?;
        Ok(())
    }

    /// Opens a blob.
    pub async fn read(&self, key: &Path) -> Result<Blob, Failure> {
        let path = self.root.join(key);
        let mut file = File::open(&path).await?;
        let size = file.metadata().await?.len();
        let damaged = || {
            let message = format!("{} has no tail", path.display());
            Failure::Disk(io::Error::new(io::ErrorKind::InvalidData, message))
        };
        let end_at = size.checked_sub(END_BYTES as u64).ok_or_else(damaged)?;
        file.seek(SeekFrom::Start(end_at)).await?;
        let mut end = [0; END_BYTES];
        file.read_exact(&mut end).await?;
        let (hash, rest) = end.split_at(32);
        let (kind_bytes, mark) = rest.split_at(2);
        if mark != MARK {
            return Err(damaged());
        }
        let kind_bytes = u16::from_be_bytes([kind_bytes[0], kind_bytes[1]]);
        let length = end_at.checked_sub(kind_bytes.into()).ok_or_else(damaged)?;
        file.seek(SeekFrom::Start(length)).await?;
        let mut kind = vec![0; kind_bytes.into()];
        file.read_exact(&mut kind).await?;
        Ok(Blob {
            file,
            length,
            tag: tag(hash),
            content_type: HeaderValue::from_bytes(&kind).map_err(|_| damaged())?,
        })
    }

    /// Removes a blob; one that is not there is removed already.
    pub async fn remove(&self, key: &Path) -> Result<(), Failure> {
        removed(fs::remove_file(self.root.join(key)).await)
    }

    /// Removes the blobs in a folder, if there are any.
    pub async fn remove_below(&self, folder: &Path) -> Result<(), Failure> {
        removed(fs::remove_dir_all(self.root.join(folder)).await)
    }
}

fn removed(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::Disk(error)),
        _ => Ok(()),
    }
}

fn tag(hash: &[u8]) -> HeaderValue {
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}
