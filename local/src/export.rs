//! `spacebar export` and `spacebar import`: a guild or a person as a folder of JSON and files, as
//! `docs/export.md` describes it.

mod files;
mod import;
mod write;

pub use import::import;
pub use write::export;

use model::id::marker;
use model::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use store::export::{Fields, Subject};

/// The file of records.
const RECORDS: &str = "export.jsonl";
/// What a folder of this kind calls itself.
const FORMAT: &str = "spacebar-export";
/// The form of the folder that this program writes and reads.
const VERSION: u32 = 1;
/// The type of a line about a file.
const FILE: &str = "file";
/// The type of the last line.
const END: &str = "end";

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    kind: Subject,
    /// The guild's or the person's.
    id: Id<marker::Generic>,
    created_at: Timestamp,
}

/// Every other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    data: Fields,
    /// How many lines are between the first and this one, which is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
}

/// A file of the folder.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Its key among the instance's blobs, and its path below the folder's.
    key: String,
    content_type: String,
    bytes: u64,
    /// In hexadecimal.
    sha256: String,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use bytes::Bytes;
    use http::{Method, Request, header};
    use store::Statement;
    use store::embedded::Connection;
    use store::export::Subject;
    use tempfile::TempDir;

    use super::*;
    use crate::blobs::Blobs;
    use crate::body::full;
    use crate::data_folder::{self, BLOBS, DATABASE};

    const KEY: &str = "emojis/4";

    fn empty() -> TempDir {
        let data = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(&data.path().join(DATABASE)).unwrap();
        connection.migrate().unwrap();
        data
    }

    /// An instance with a guild that has an emoji, exported.
    async fn exported() -> (TempDir, PathBuf) {
        let data = empty();
        let mut connection = Connection::open(&data.path().join(DATABASE)).unwrap();
        for sql in [
            "INSERT INTO users (id, username) VALUES (1, 'ann')",
            "INSERT INTO guilds (id, name, owner_id) VALUES (2, 'ours', 1)",
            "INSERT INTO emojis (id, guild_id, name) VALUES (4, 2, 'dot')",
        ] {
            connection.run(&Statement::new(sql, vec![])).unwrap();
        }
        let blobs = Blobs::open(&data.path().join(BLOBS)).unwrap();
        let put = Request::builder()
            .method(Method::PUT)
            .uri(format!("/{KEY}"));
        let put = put.header(header::CONTENT_TYPE, "image/png");
        let answer = blobs.answer(put.body(full(Bytes::from("an image"))).unwrap());
        assert!(answer.await.status().is_success());
        let folder = data.path().join("exported");
        let from = data.path().to_owned();
        let into = folder.clone();
        let written = move || export(&from, Subject::Guild, "2", &into).unwrap();
        tokio::task::spawn_blocking(written).await.unwrap();
        (data, folder)
    }

    async fn refused(folder: PathBuf) -> String {
        let take = move || format!("{:#}", import(&folder, empty().path()).unwrap_err());
        tokio::task::spawn_blocking(take).await.unwrap()
    }

    fn edit(folder: &std::path::Path, edit: impl Fn(String) -> String) {
        let path = folder.join(RECORDS);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, edit(text)).unwrap();
    }

    #[tokio::test]
    async fn a_file_is_plain_in_the_folder_and_a_blob_again() {
        let (_data, folder) = exported().await;
        assert_eq!(fs::read(folder.join(BLOBS).join(KEY)).unwrap(), b"an image");
        let (into, from) = (empty(), folder.clone());
        let data = into.path().to_owned();
        let take = move || import(&from, &data).unwrap();
        tokio::task::spawn_blocking(take).await.unwrap();
        let blobs = Blobs::reading(&into.path().join(BLOBS));
        let get = Request::get(format!("/{KEY}")).body(crate::body::empty());
        let answer = blobs.answer(get.unwrap()).await;
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "image/png");
        assert_eq!(answer.headers()[header::CONTENT_LENGTH], "8");
    }

    #[tokio::test]
    async fn an_export_that_is_not_whole_is_refused() {
        let (_data, folder) = exported().await;
        edit(&folder, |text| {
            text.lines()
                .take(3)
                .map(|line| format!("{line}\n"))
                .collect()
        });
        let complaint = refused(folder).await;
        assert!(complaint.contains("not finished"), "{complaint}");
    }

    #[tokio::test]
    async fn a_wrong_line_is_named() {
        for (from, to, complaint) in [
            (
                "\"version\":1",
                "\"version\":2",
                "line 1: the export has version 2",
            ),
            ("\"type\":\"user\"", "\"type\":", "line 2: "),
            (
                "\"type\":\"user\"",
                "\"type\":\"wizard\"",
                "line 2: there is no type",
            ),
            ("\"records\":4", "\"records\":9", "line 6: 4 lines"),
            (
                "\"bytes\":8",
                "\"bytes\":9",
                "line 5: emojis/4 is not the file",
            ),
            ("\"id\":\"4\"", "\"id\":\"../../4\"", "line 4: id cannot be"),
        ] {
            let (_data, folder) = exported().await;
            edit(&folder, |text| text.replace(from, to));
            let found = refused(folder).await;
            assert!(found.contains(complaint), "{found}");
        }
    }

    #[tokio::test]
    async fn a_file_that_no_record_names_is_not_read() {
        let (data, folder) = exported().await;
        edit(&folder, |text| {
            text.replace("\"key\":\"emojis/4\"", "\"key\":\"../../lock\"")
        });
        let (into, from) = (empty(), folder);
        let target = into.path().to_owned();
        let take = move || import(&from, &target).unwrap();
        tokio::task::spawn_blocking(take).await.unwrap();
        assert!(!into.path().join(BLOBS).join("emojis+").exists());
        drop(data);
    }

    #[tokio::test]
    async fn a_name_that_leads_out_of_the_folder_is_refused() {
        let (_data, folder) = exported().await;
        edit(&folder, |text| {
            text.replace("\"icon\":null", "\"icon\":\"../../../a\"")
        });
        let found = refused(folder).await;
        assert!(found.contains("no key"), "{found}");
    }

    #[tokio::test]
    async fn a_running_instance_takes_nothing() {
        let (_data, folder) = exported().await;
        let into = empty();
        let _lock = data_folder::lock(into.path()).unwrap();
        let complaint = format!("{:#}", import(&folder, into.path()).unwrap_err());
        assert!(complaint.contains("must be stopped"), "{complaint}");
    }
}
