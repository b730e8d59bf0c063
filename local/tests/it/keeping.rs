//! Data that is private to its owner, and data that is not whole.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use http::Method;
use store::Statement;
use store::embedded::Connection;

use crate::process::{Process, command};
use crate::support::{App, ask, connect, manifest};

/// The program with a umask that keeps nothing from anybody.
fn carelessly(folder: &Path) -> Command {
    let careful = command(folder);
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\""]);
    command.arg(careful.get_program()).current_dir(folder);
    let variables = careful.get_envs();
    command.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    command
}

/// What below a path, itself included, others than its owner may read.
fn open_to_others(path: &Path) -> Vec<PathBuf> {
    let metadata = fs::symlink_metadata(path).unwrap();
    let mut found = Vec::new();
    if metadata.permissions().mode() & 0o077 != 0 {
        found.push(path.to_owned());
    }
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            found.extend(open_to_others(&entry.unwrap().path()));
        }
    }
    found
}

fn succeeds(mut command: Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn insert(data: &Path, sql: &str) {
    let mut connection = Connection::open(&data.join("main.db")).unwrap();
    connection
        .run(&Statement::new(sql.to_owned(), vec![]))
        .unwrap();
}

#[tokio::test]
async fn files_are_private_under_every_umask() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let data = path("data");
    // An earlier version left it open.
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let mut start = carelessly(folder.path());
    start.env("SPACEBAR_STORAGE_CACHE", path("cache"));
    let process = Process::start_as(start, folder.path());
    let mut connection = connect(process.address).await;
    let write = ask(&mut connection, Method::GET, "/guest/write", &[], "").await;
    assert_eq!(write.status, 200);
    let put = ask(&mut connection, Method::POST, "/guest/blob", &[], "a file").await;
    assert!(put.status.is_success(), "{}", put.text());
    for sql in [
        "INSERT INTO users (id, username) VALUES (1, 'ann')",
        "INSERT INTO guilds (id, name, owner_id) VALUES (2, 'ours', 1)",
    ] {
        insert(&data, sql);
    }
    let run = |arguments: &[&str]| {
        let mut command = carelessly(folder.path());
        command.args(arguments).arg("--data").arg(&data);
        succeeds(command);
    };
    run(&["backup", "kept"]);
    run(&["export", "guild", "2", "exported"]);
    process.signal("-TERM");
    drop(process);
    let mut restore = carelessly(folder.path());
    restore.args(["restore", "kept", "--data", "restored"]);
    succeeds(restore);
    let mut import = carelessly(folder.path());
    insert(&path("restored"), "DELETE FROM guilds");
    import.args(["import", "exported", "--data", "restored"]);
    succeeds(import);
    for kept in ["data", "cache", "kept", "exported", "restored"] {
        assert_eq!(open_to_others(&path(kept)), Vec::<PathBuf>::new(), "{kept}");
    }
}

/// What `serve` says when it refuses to start on the folder's data.
fn refusal(folder: &Path) -> String {
    let output = command(folder)
        .args(["serve", "--listen", "127.0.0.1:0", "--manifest"])
        .arg(manifest(folder))
        .arg("--data")
        .arg(folder.join("data"))
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_database_that_is_not_whole_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    drop(Process::start(folder.path()));
    let database = folder.path().join("data/main.db");
    for file in ["main.db-wal", "main.db-shm"] {
        let _ = fs::remove_file(folder.path().join("data").join(file));
    }
    let mut connection = Connection::open(&database).unwrap();
    connection.migrate().unwrap();
    connection.checkpoint().unwrap();
    drop(connection);
    let whole = fs::read(&database).unwrap();
    for damage in [
        "cut",
        "nonsense",
        "DROP TABLE members",
        "DROP TABLE schema_versions",
    ] {
        fs::write(&database, &whole).unwrap();
        match damage {
            "cut" => {
                let file = OpenOptions::new().write(true).open(&database).unwrap();
                file.set_len(whole.len() as u64 / 2).unwrap();
            }
            "nonsense" => fs::write(&database, [0xa5; 8192]).unwrap(),
            sql => insert(&folder.path().join("data"), sql),
        }
        let said = refusal(folder.path());
        assert!(said.contains("damaged"), "{damage}: {said}");
        assert!(said.contains("spacebar restore"), "{damage}: {said}");
    }
}

#[tokio::test]
async fn files_without_their_database_are_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("blobs/attachments+/1+")).unwrap();
    fs::write(data.join("blobs/attachments+/1+/a"), "a file").unwrap();
    for database in [None, Some("")] {
        if let Some(content) = database {
            fs::write(data.join("main.db"), content).unwrap();
        }
        let said = refusal(folder.path());
        assert!(said.contains("blobs") && said.contains("restore"), "{said}");
    }
    // Somebody migrated an empty one.
    fs::remove_file(data.join("main.db")).unwrap();
    let mut connection = Connection::open(&data.join("main.db")).unwrap();
    connection.migrate().unwrap();
    drop(connection);
    let said = refusal(folder.path());
    assert!(said.contains("blobs") && said.contains("restore"), "{said}");
    // The way out that it names.
    fs::rename(data.join("blobs"), folder.path().join("elsewhere")).unwrap();
    Process::start(folder.path());
}

#[tokio::test]
async fn an_instance_whose_database_breaks_is_not_ready() {
    for damage in [
        "DROP TABLE members",
        "DROP INDEX applications_by_owner",
        "gone",
    ] {
        let app = App::new().await;
        assert_eq!(app.get("/readyz").await.status, 200);
        match damage {
            "gone" => fs::remove_file(app.data.join("main.db")).unwrap(),
            sql => insert(&app.data, sql),
        }
        // The result of a moment ago is answered again.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let ready = app.get("/readyz").await;
        assert_eq!(ready.status, 503, "{damage}");
        assert!(ready.text().contains("damaged"), "{}", ready.text());
    }
}

#[tokio::test]
async fn a_read_that_finds_damage_is_remembered() {
    let app = App::new().await;
    assert_eq!(app.get("/guest/write").await.status, 200);
    let database = app.data.join("main.db");
    let mut connection = Connection::open(&database).unwrap();
    connection.checkpoint().unwrap();
    let file = OpenOptions::new().write(true).open(&database).unwrap();
    file.set_len(8192).unwrap();
    // A reader with an empty cache notices.
    for _ in 0..4 {
        app.get("/guest/read").await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let ready = app.get("/readyz").await;
    assert_eq!(ready.status, 503, "{}", ready.text());
}
