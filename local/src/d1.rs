//! A D1 database, as the commands at a shell reach it: through wrangler, which knows the account.

use std::process::Command;

use serde::Deserialize;
use store::{Call, Database, Error, Outcome, d1};

/// A D1 database.
#[derive(Debug)]
pub struct D1 {
    /// As a shell takes it.
    command: String,
}

/// What wrangler prints of a statement.
#[derive(Deserialize)]
struct Answer {
    results: Vec<Row>,
}

/// One row as [`d1::literal`] has it written.
#[derive(Deserialize)]
struct Row {
    r: String,
}

impl D1 {
    /// The database that a command executes statements in, such as
    /// `cargo xtask wrangler d1 execute MAIN --remote`.
    pub fn by(command: &str) -> Self {
        Self {
            command: command.to_owned(),
        }
    }

    fn execute(&self, sql: &str) -> Result<Vec<Answer>, Error> {
        let command = &self.command;
        let unavailable = |why: &str| Error::Unavailable(format!("`{command}`: {why}"));
        let line = format!("{command} --json --command \"$0\"");
        let output = Command::new("sh").args(["-c", &line, sql]).output();
        let output = output.map_err(|error| unavailable(&error.to_string()))?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(unavailable(&String::from_utf8_lossy(&said)));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| unavailable(&error.to_string()))
    }
}

impl Database for D1 {
    async fn call(&self, call: Call) -> Result<Vec<Outcome>, Error> {
        let statements = call.statements.iter().enumerate();
        let sql: Vec<_> = statements
            .map(|(index, it)| d1::literal(index, it))
            .collect();
        let answers = self.execute(&sql.join(";\n"))?;
        let outcomes = answers.into_iter().zip(&call.statements);
        let outcomes = outcomes.map(|(answer, statement)| {
            let rows = answer.results.into_iter().map(|row| row.r);
            d1::outcome(statement.columns, &rows.collect::<Vec<_>>())
        });
        outcomes.collect()
    }
}

#[cfg(test)]
mod tests {
    use store::Store;
    use store::admin;

    use super::*;

    #[tokio::test]
    async fn a_command_executes_what_is_asked() {
        let echo = D1::by("told() { printf '[{\"results\":[{\"r\":\"[[7]]\"}]}]'; }; told");
        let person = admin::person("o'hara");
        let found = echo.read(Store::Main, person).await.unwrap();
        assert_eq!(found.map(|id| id.get()), Some(7));
        let none = D1::by("sh -c 'echo no such database >&2; exit 1'");
        let error = none
            .read(Store::Main, admin::person("a"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("no such database"), "{error}");
    }
}
