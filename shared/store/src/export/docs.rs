//! `docs/export.md`.

use std::fmt::Write;

use super::{Kind, LEFT_OUT, Rows, TYPES, Type};

const BEGINNING: &str = r#"<!-- Written by `cargo xtask generate`; do not edit by hand. -->
# Exports

```sh
spacebar export guild ID FOLDER    # while the instance runs; a new folder
spacebar export user NAME FOLDER   # the data of a person
spacebar import FOLDER             # into another instance, which is stopped
```

The folder has `export.jsonl`, a JSON object on each line, and the files that its records name below
`blobs/`. The first line is

```json
{"format":"spacebar-export","version":1,"kind":"guild","id":"2","created_at":"2026-01-01T00:00:00Z"}
```

with the `kind` `guild` or `user`; the last is `{"type":"end","records":N}` with the number of lines
between the two. An export without it is unfinished. All records are of one moment; a file that is
deleted while the export is written is missing in it.

A record is `{"type":"message","data":{"id":"1574275178297836854",…}}` with the fields below. An id
is decimal text, as everywhere in the API; so are permissions. A time is milliseconds since 1970, a
flag true or false, bytes are base64, and JSON is nested as it is. Any field may be null. After a
record come the files that it names:

```json
{"type":"file","data":{"key":"emojis/4","content_type":"image/png","bytes":8,"sha256":"…"}}
```

is `blobs/emojis/4`.

## Import

All of it is imported or nothing; an error names the line. An import of an existing guild fails,
and so does that of a person whose id belongs to another name. Otherwise existing rows stay, and
missing rows are added. A new person cannot log in until `spacebar admin reset-password NAME`, and
gets a number behind their name if it is taken. A record whose channel, guild or other user does not
exist is skipped and counted. A missing field has its column's default; an unknown type or field is
an error. A folder may contain anything for the guild, so import only folders that you trust.

## Records

They come in this order.
"#;

/// The text of `docs/export.md`.
pub fn docs() -> String {
    let mut text = BEGINNING.to_owned();
    for kind in TYPES {
        about(&mut text, kind);
    }
    text.push_str("\n## Omitted data\n\n| table | column | because |\n| --- | --- | --- |\n");
    for it in LEFT_OUT {
        let column = it.column.map_or("all".into(), |name| format!("`{name}`"));
        line(
            &mut text,
            &format!("| `{}` | {column} | {} |", it.table, it.because),
        );
    }
    text
}

fn about(text: &mut String, kind: &Type) {
    line(text, &format!("\n### `{}`\n\n{}\n", kind.name, kind.about));
    let whose = [("a guild", kind.guild), ("a person", kind.user)];
    let whose = whose.into_iter().filter_map(|(subject, rows)| {
        let rows = match rows? {
            Rows::Subject(column) => format!("by `{column}`"),
            Rows::Channel(column) => format!("of whose channels `{column}` is one"),
            Rows::Named(_) => "whose records name them".to_owned(),
        };
        Some(format!("{subject}, {rows}"))
    });
    let whose: Vec<_> = whose.collect();
    line(text, &format!("In the export of {}.", whose.join("; of ")));
    if !kind.files.is_empty() {
        let files: Vec<_> = kind.files.iter().map(|key| format!("`{key}`")).collect();
        line(text, &format!("Files: {}.", files.join(", ")));
    }
    line(text, "\n| field | |\n| --- | --- |");
    for column in kind.columns {
        let holds = match column.kind {
            Kind::Id => "id",
            Kind::User => "id of a user, if there is one, whose profile is a `user`",
            Kind::Permissions => "permissions",
            Kind::Integer => "number",
            Kind::Time => "time",
            Kind::Flag => "flag",
            Kind::Text => "text",
            Kind::Json => "JSON",
            Kind::Bytes => "bytes",
        };
        line(text, &format!("| `{}` | {holds} |", column.name));
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a text does not fail.
    let _ = writeln!(text, "{line}");
}
