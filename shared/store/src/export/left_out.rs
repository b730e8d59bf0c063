//! What no record has.

use super::LeftOut;

/// Every column, or whole table, that is in no type of record.
pub const LEFT_OUT: &[LeftOut] = &[
    column("users", "password_hash", SECRET),
    column("users", "totp_secret", SECRET),
    column("users", "totp_last_step", SECRET),
    column(
        "users",
        "rights",
        "rights over an instance are its operator's to give",
    ),
    column("sessions", "token_hash", SECRET),
    column("sessions", "id_hash", SECRET),
    column(
        "applications",
        "verify_key",
        "without the signing key it verifies nothing",
    ),
    column("applications", "signing_key", SECRET),
    column("guilds", "member_count", "counted anew"),
    table("backup_codes", SECRET),
    table("tickets", SECRET),
    table("attempts", "forgotten after some minutes"),
    table("guards", "always empty"),
    table("jobs", "the instance's own work"),
    table("outbox", "the instance's own work"),
    table("log_readers", "the instance's own work"),
    table("log_trims", "the instance's own work"),
    table("pending_entries", "on their way to the audit log"),
    table("pending_uploads", "files that no message has yet"),
    table("nonces", "forgotten after some minutes"),
    table("session_starts", "forgotten after a day"),
    table("slowmodes", "forgotten after some hours"),
    table("partitions", "of the database, not of anybody"),
    table("schema_versions", "of the database, not of anybody"),
];

const SECRET: &str = "a secret, or made of one";

const fn table(table: &'static str, because: &'static str) -> LeftOut {
    LeftOut {
        table,
        column: None,
        because,
    }
}

const fn column(table: &'static str, column: &'static str, because: &'static str) -> LeftOut {
    LeftOut {
        table,
        column: Some(column),
        because,
    }
}
