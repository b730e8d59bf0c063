//! Exports and imports between databases in memory.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::embedded::Connection;
use crate::{Statement, Value};

type Records = Vec<(&'static str, Fields)>;

fn empty() -> Connection {
    let mut connection = Connection::open(Path::new(":memory:")).unwrap();
    connection.migrate().unwrap();
    connection
}

fn run(connection: &mut Connection, sql: &'static str) -> Vec<Value> {
    connection
        .run(&Statement::new(sql, Vec::new()))
        .unwrap()
        .values
}

/// Guild 100 of ann (1), with bob (2), and cid (3), who is banned. Ann and bob have the private
/// conversation 300. Dan (4) has nothing to do with them.
fn instance() -> Connection {
    let mut connection = empty();
    for sql in [
        "INSERT INTO users (id, username, email, password_hash, totp_secret, bio, rights) VALUES \
         (1, 'ann', 'ann@a.org', 'hash', 'totp', 'I am', 1), (2, 'bob', 'bob@a.org', 'hash', \
         NULL, '', 0), (3, 'cid', NULL, NULL, NULL, '', 0), (4, 'dan', NULL, NULL, NULL, '', 0)",
        "INSERT INTO sessions VALUES (x'01', 'name', 1, 5, 6, 'Linux', NULL, '127.0.0.1')",
        "INSERT INTO user_settings VALUES (1, '{\"theme\":\"dark\"}', x'0102', NULL, NULL)",
        "INSERT INTO relationships VALUES (1, 2, 1, NULL, 7)",
        "INSERT INTO guilds (id, name, icon, owner_id, vanity_code, member_count) \
         VALUES (100, 'ours', 'abc', 1, 'us', 2), (101, 'theirs', NULL, 4, NULL, 1)",
        "INSERT INTO roles (id, guild_id, name, position, permissions) \
         VALUES (100, 100, '@everyone', 0, 1024), (110, 100, 'r', 1, 9007199254740993), \
         (101, 101, '@everyone', 0, 0)",
        "INSERT INTO members (guild_id, user_id, joined_at, last_active_at) \
         VALUES (100, 1, 1, 1), (100, 2, 2, 2), (101, 4, 1, 1)",
        "INSERT INTO member_roles VALUES (100, 2, 110)",
        "INSERT INTO channels (id, guild_id, type, name) VALUES (200, 100, 0, 'general'), \
         (201, 101, 0, 'other'), (300, NULL, 1, NULL)",
        "INSERT INTO overwrites VALUES (200, 110, 0, 0, 2048)",
        "INSERT INTO recipients VALUES (300, 1, 0), (300, 2, 1)",
        "INSERT INTO direct_channels VALUES (1, 2, 300)",
        "INSERT INTO bans VALUES (100, 3, 1, 'rude', 9)",
        "INSERT INTO invites (code, guild_id, channel_id, inviter_id, max_uses, max_age, \
         created_at) VALUES ('code', 100, 200, 1, 0, 0, 3)",
        "INSERT INTO emojis (id, guild_id, name, user_id) VALUES (400, 100, 'dot', 1)",
        "INSERT INTO audit_log_entries VALUES (500, 100, 1, 3, 22, 'rude', NULL, '{\"a\":[1]}')",
        "INSERT INTO channel_states (channel_id, last_message_id) VALUES (200, 601), (300, 602)",
        "INSERT INTO messages (id, channel_id, author_id, content, pinned_at, extra) VALUES \
         (600, 200, 1, 'one', 8, '{\"attachments\":[{\"filename\":\"a\",\"id\":\"1\",\"size\":1,\
         \"url\":\"attachments/200/1/a\"}]}'), (601, 200, 2, 'two', NULL, \
         '{\"mentions\":[\"4\"]}'), (602, 300, 1, 'psst', NULL, NULL), \
         (603, 201, 4, 'else', NULL, NULL)",
        "INSERT INTO broad_mentions VALUES (200, 600, 110)",
        "INSERT INTO reactions VALUES (600, '400', 2, 200, 'dot', 0, 4)",
        "INSERT INTO read_states (user_id, channel_id, last_message_id) VALUES (1, 200, 601)",
        "INSERT INTO applications (id, name, owner_id, verify_key, signing_key) \
         VALUES (700, 'app', 1, 'key', x'09')",
    ] {
        run(&mut connection, sql);
    }
    connection
}

fn exported(connection: &mut Connection, subject: Subject, id: i64) -> Records {
    let mut records = Records::new();
    let counts = export(connection, subject, id, |kind, fields| {
        records.push((kind.name, fields));
        Ok::<_, Error>(())
    });
    assert_eq!(counts.unwrap().values().sum::<u64>(), records.len() as u64);
    records
}

fn import(
    connection: &mut Connection,
    subject: Subject,
    id: i64,
    records: &Records,
) -> Result<Vec<(Taken, Counts)>, Refusal> {
    let mut import = Import::begin(connection, subject, id)?;
    for (name, fields) in records {
        import.record(name, fields)?;
    }
    import.finish()
}

fn count(counts: &[(Taken, Counts)], taken: Taken, name: &str) -> u64 {
    let counts = counts.iter().find(|(one, _)| *one == taken);
    counts
        .and_then(|(_, counts)| counts.get(name))
        .copied()
        .unwrap_or(0)
}

/// Every column is exported or left out with a reason, and none is both: whoever adds one decides.
#[test]
fn every_column_is_exported_or_left_out_for_a_reason() {
    let columns = "SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c \
                   WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'";
    let names: Vec<_> = run(&mut empty(), columns)
        .into_iter()
        .map(|name| <String as crate::FromValue>::from_value(name).unwrap())
        .collect();
    let real: BTreeSet<_> = names
        .chunks(2)
        .map(|it| (it[0].as_str(), it[1].as_str()))
        .collect();
    let carried = TYPES.iter().flat_map(|kind| {
        let columns = kind.columns.iter();
        columns.map(|column| (kind.table, column.name))
    });
    let carried: BTreeSet<_> = carried.collect();
    let is_left = |(table, column): &(&str, &str)| {
        let named = |it: &&LeftOut| it.table == *table && it.column.is_none_or(|it| it == *column);
        LEFT_OUT.iter().any(|it| named(&it))
    };
    let left: BTreeSet<_> = real.iter().copied().filter(is_left).collect();
    let both: Vec<_> = carried.intersection(&left).collect();
    assert!(both.is_empty(), "exported and left out: {both:?}");
    let unknown: Vec<_> = carried.difference(&real).collect();
    assert!(unknown.is_empty(), "no columns: {unknown:?}");
    let is_real = |it: &&LeftOut| {
        let named = |(table, column): &(&str, &str)| {
            it.table == *table && it.column.is_none_or(|it| it == *column)
        };
        real.iter().any(named)
    };
    let gone: Vec<_> = LEFT_OUT.iter().filter(|it| !is_real(it)).collect();
    assert!(gone.is_empty(), "nothing is left out by these: {gone:?}");
    let decided = carried.union(&left).copied().collect();
    let forgotten: Vec<_> = real.difference(&decided).collect();
    assert!(
        forgotten.is_empty(),
        "add to TYPES or LEFT_OUT: {forgotten:?}"
    );
}

#[test]
fn a_guild_comes_back_as_it_was() {
    let (mut from, mut into) = (instance(), empty());
    let records = exported(&mut from, Subject::Guild, 100);
    let counts = import(&mut into, Subject::Guild, 100, &records).unwrap();
    assert_eq!(count(&counts, Taken::New, "message"), 2);
    // Dan, who is mentioned, too.
    assert_eq!(count(&counts, Taken::New, "user"), 4);
    assert_eq!(exported(&mut into, Subject::Guild, 100), records);
    for sql in [
        "SELECT * FROM guilds WHERE id = 100",
        "SELECT * FROM members WHERE guild_id = 100",
        "SELECT * FROM roles WHERE guild_id = 100",
        "SELECT * FROM messages WHERE channel_id = 200",
        "SELECT * FROM reactions",
        "SELECT * FROM channel_states WHERE channel_id = 200",
    ] {
        assert_eq!(run(&mut into, sql), run(&mut from, sql), "{sql}");
    }
    let text = serde_json::to_string(&records).unwrap();
    for secret in ["@a.org", "hash", "totp", "psst", "dark"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn a_taken_name_gets_a_number_and_who_is_there_stays() {
    let (mut from, mut into) = (instance(), empty());
    let here = "INSERT INTO users (id, username, global_name) VALUES (9, 'ann', NULL), \
                (8, 'ann2', NULL), (2, 'robert', 'Rob')";
    run(&mut into, here);
    let records = exported(&mut from, Subject::Guild, 100);
    let counts = import(&mut into, Subject::Guild, 100, &records).unwrap();
    assert_eq!(count(&counts, Taken::Known, "user"), 1);
    let names = run(
        &mut into,
        "SELECT username FROM users WHERE id IN (1, 2) ORDER BY id",
    );
    assert_eq!(names, ["ann3", "robert"].map(Value::from));
    let secrets = "SELECT count(*) FROM users WHERE password_hash IS NOT NULL OR rights <> 0";
    assert_eq!(run(&mut into, secrets), [Value::Integer(0)]);
}

#[test]
fn a_guild_that_is_there_is_refused() {
    let mut from = instance();
    let refusal = Import::begin(&mut from, Subject::Guild, 100).unwrap_err();
    assert!(refusal.to_string().contains("already"), "{refusal}");
}

#[test]
fn a_vanity_code_that_is_taken_is_left_out() {
    let (mut from, mut into) = (instance(), empty());
    run(
        &mut into,
        "INSERT INTO guilds (id, name, owner_id, vanity_code) VALUES (7, 'a', 1, 'us')",
    );
    let records = exported(&mut from, Subject::Guild, 100);
    import(&mut into, Subject::Guild, 100, &records).unwrap();
    let code = run(&mut into, "SELECT vanity_code FROM guilds WHERE id = 100");
    assert_eq!(code, [Value::Null]);
}

#[test]
fn rows_with_missing_references_are_skipped() {
    let (mut from, mut into) = (instance(), empty());
    let mut records = exported(&mut from, Subject::Guild, 100);
    records.retain(|(name, fields)| !(*name == "user" && fields["id"] == "2"));
    records.retain(|(name, _)| *name != "channel");
    let counts = import(&mut into, Subject::Guild, 100, &records).unwrap();
    for (name, skipped) in [
        ("member", 1),
        ("member_role", 1),
        ("message", 2),
        ("reaction", 1),
    ] {
        assert_eq!(count(&counts, Taken::Skipped, name), skipped, "{name}");
    }
    let members = run(&mut into, "SELECT member_count FROM guilds WHERE id = 100");
    assert_eq!(members, [Value::Integer(1)]);
}

#[test]
fn a_guild_without_its_owner_is_not_imported() {
    let (mut from, mut into) = (instance(), empty());
    let mut records = exported(&mut from, Subject::Guild, 100);
    records.retain(|(name, _)| *name != "user");
    assert!(import(&mut into, Subject::Guild, 100, &records).is_err());
    assert_eq!(
        run(&mut into, "SELECT count(*) FROM roles"),
        [Value::Integer(0)]
    );
}

#[test]
fn a_wrong_record_undoes_everything() {
    let (mut from, mut into) = (instance(), empty());
    let records = exported(&mut from, Subject::Guild, 100);
    for (name, fields, complaint) in [
        ("spell", json!({}), "no type"),
        ("read_state", json!({}), "something else"),
        (
            "role",
            json!({ "id": "1", "guild_id": "7" }),
            "something else",
        ),
        (
            "role",
            json!({ "id": 1, "guild_id": "100" }),
            "id cannot be 1",
        ),
        (
            "role",
            json!({ "id": "x", "guild_id": "100" }),
            "id cannot be",
        ),
        (
            "role",
            json!({ "id": "-1", "guild_id": "100" }),
            "id cannot be",
        ),
        ("role", json!({ "id": "1", "guild_id": "100" }), "NOT NULL"),
        ("role", json!({ "magic": 1 }), "no field \"magic\""),
        ("user", json!({ "id": "77" }), "no username"),
    ] {
        let mut import = Import::begin(&mut into, Subject::Guild, 100).unwrap();
        for (name, fields) in &records {
            import.record(name, fields).unwrap();
        }
        let fields = fields.as_object().unwrap();
        let refusal = import.record(name, fields).unwrap_err().to_string();
        assert!(refusal.contains(complaint), "{refusal}");
        drop(import);
        let users = run(&mut into, "SELECT count(*) FROM users");
        assert_eq!(users, [Value::Integer(0)]);
    }
}

#[test]
fn a_person_gets_everything_of_theirs_and_no_secret() {
    let records = exported(&mut instance(), Subject::User, 1);
    let text = serde_json::to_string(&records).unwrap();
    for own in [
        "ann@a.org",
        "dark",
        "127.0.0.1",
        "psst",
        "one",
        "app",
        "bob",
    ] {
        assert!(text.contains(own), "{own}");
    }
    for other in [
        "bob@a.org",
        "hash",
        "totp",
        "two",
        "else",
        "dan",
        "signing",
        "rights",
    ] {
        assert!(!text.contains(other), "{other}");
    }
}

#[test]
fn a_person_moves_and_what_they_have_there_is_merged() {
    let (mut from, mut into) = (instance(), empty());
    let records = exported(&mut from, Subject::User, 1);
    let counts = import(&mut into, Subject::User, 1, &records).unwrap();
    assert_eq!(count(&counts, Taken::New, "account"), 1);
    assert_eq!(count(&counts, Taken::New, "message"), 1);
    assert_eq!(count(&counts, Taken::Skipped, "message"), 1);
    assert_eq!(count(&counts, Taken::Told, "session"), 1);
    assert_eq!(count(&counts, Taken::Told, "application"), 1);
    // With the guild there, what was skipped is taken, and nothing else changes.
    let mut guild = exported(&mut from, Subject::Guild, 100);
    guild.retain(|(name, fields)| match *name {
        "member" => fields["user_id"] != "1",
        "message" => fields["author_id"] != "1",
        _ => true,
    });
    import(&mut into, Subject::Guild, 100, &guild).unwrap();
    let counts = import(&mut into, Subject::User, 1, &records).unwrap();
    assert_eq!(count(&counts, Taken::Known, "account"), 1);
    assert_eq!(count(&counts, Taken::New, "message"), 1);
    let members = run(&mut into, "SELECT member_count FROM guilds WHERE id = 100");
    assert_eq!(members, [Value::Integer(2)]);
    let last = run(
        &mut into,
        "SELECT last_message_id FROM channel_states WHERE channel_id = 200",
    );
    assert_eq!(last, [Value::Integer(601)]);
}

#[test]
fn an_account_with_another_name_is_somebody_else() {
    let (mut from, mut into) = (instance(), empty());
    run(
        &mut into,
        "INSERT INTO users (id, username) VALUES (1, 'eve')",
    );
    let records = exported(&mut from, Subject::User, 1);
    let refusal = import(&mut into, Subject::User, 1, &records).unwrap_err();
    assert!(refusal.to_string().contains("another name"), "{refusal}");
}

#[test]
fn a_persons_export_brings_nobody_into_a_guild_that_banned_them() {
    let (mut from, mut into) = (instance(), instance());
    let records = exported(&mut from, Subject::User, 2);
    run(&mut into, "DELETE FROM members WHERE user_id = 2");
    run(&mut into, "INSERT INTO bans VALUES (100, 2, 1, NULL, 9)");
    let counts = import(&mut into, Subject::User, 2, &records).unwrap();
    assert_eq!(count(&counts, Taken::Skipped, "member"), 1);
}

#[test]
fn files_are_found_in_what_names_them() {
    let records = exported(&mut instance(), Subject::Guild, 100);
    let keys = records
        .iter()
        .flat_map(|(name, fields)| Type::named(name).unwrap().keys(fields));
    let keys: Vec<_> = keys.collect();
    assert_eq!(keys, ["icons/100/abc", "emojis/400", "attachments/200/1/a"]);
}
