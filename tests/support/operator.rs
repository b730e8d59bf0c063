//! What who runs an instance does at a shell: as each host's guide says.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use store::embedded::Embedded;
use store::{Database, Queries, Store, d1, users};

use super::instance::{Target, program, target};
use super::{Actor, Instance, hrana, root, spin, workers};

/// What stands for the person's name where the guide to Cloudflare has the command.
const NAME: &str = "NAME";

/// What wrangler says where a workerd of its own meets the one that runs, in the same local file.
const MET_WORKERD: &str = "internal error; reference";
/// How often an act is tried that may meet it. All of them may be done twice.
const ATTEMPTS_MAX: u32 = 5;

impl Instance {
    /// A new account that may do everything on the instance.
    pub async fn operator(self: &Arc<Self>) -> Actor {
        let operator = self.register("operator").await;
        let made = match is_on_d1() {
            true => statement(&operator.name).and_then(|sql| self.execute(&sql)),
            false => self.admin(&["make-operator", &operator.name]),
        };
        made.unwrap_or_else(|error| panic!("no operator: {error:#}"));
        operator
    }

    /// Gives a person a new password, which is hashed by this machine and not by a function.
    pub fn reset_password(&self, name: &str) -> Result<String> {
        let said = self.admin(&["reset-password", name])?;
        let (_, password) = said.trim().rsplit_once(' ').context("no password")?;
        Ok(password.to_owned())
    }

    /// Switches a person's account off.
    pub fn disable(&self, name: &str) -> Result<()> {
        self.admin(&["disable", name]).map(drop)
    }

    /// The hash that a function made of a person's password.
    pub async fn password_hash(&self, name: &str) -> Result<String> {
        let account = users::account_by_username(name).optional();
        if is_on_d1() {
            let mut statements = Vec::new();
            account.split(&mut statements);
            let answer = self.execute(&d1::literal(0, &statements[0]))?;
            let text = answer.split('"').flat_map(|it| it.split('\\'));
            let hash = text.into_iter().find(|it| it.starts_with("$argon2id$"));
            return hash.map(str::to_owned).context("no hash");
        }
        let db = Embedded::open(&self.data().join(file()))?;
        let account = db.read(Store::Main, account).await?;
        let account = account.context("nobody has the name")?;
        account.password_hash.context("no hash")
    }

    /// What `spacebar admin` says.
    fn admin(&self, act: &[&str]) -> Result<String> {
        let mut admin = Command::new(program()?);
        admin.arg("admin");
        match target() {
            Target::Workers | Target::WorkerPerFunction => {
                let command = workers::execute(self.data(), "MAIN")?;
                let envs = command.get_envs();
                admin.envs(envs.filter_map(|(name, value)| Some((name, value?))));
                let words = [command.get_program()]
                    .into_iter()
                    .chain(command.get_args());
                let words = words.map(|word| format!("'{}'", word.to_string_lossy()));
                let words: Vec<_> = words.collect();
                admin.arg("--d1").arg(words.join(" "))
            }
            Target::Libsql => {
                let url = self.database_url().context("a server")?;
                let admin = admin.env("SPACEBAR_DATABASE_TOKEN", hrana::TOKEN);
                admin.args(["--db", url])
            }
            Target::Spin(_) => admin.arg("--db").arg(self.data().join(file())),
            Target::Local | Target::SpinStrict => admin.arg("--data").arg(self.data()),
        };
        admin.args(act);
        said(admin)
    }

    /// Has D1's database of everything but messages execute a statement: what it answers.
    fn execute(&self, statement: &str) -> Result<String> {
        let mut execute = workers::execute(self.data(), "MAIN")?;
        execute.args(["--json", "--command", statement]);
        said(execute)
    }
}

fn is_on_d1() -> bool {
    matches!(target(), Target::Workers | Target::WorkerPerFunction)
}

/// The file of the database in an instance's folder.
fn file() -> &'static str {
    match target() {
        Target::Libsql => hrana::DATABASE,
        Target::Spin(_) => spin::DATABASE,
        _ => "main.db",
    }
}

/// What a command says if it succeeds.
fn said(mut command: Command) -> Result<String> {
    for attempt in 1.. {
        let output = command.output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        if attempt == ATTEMPTS_MAX || !said.contains(MET_WORKERD) {
            bail!("{said}");
        }
    }
    bail!("it is never tried")
}

/// The statement that the guide to Cloudflare has for it.
fn statement(name: &str) -> Result<String> {
    let guide = std::fs::read_to_string(root().join("docs/deploy/cloudflare.md"))?;
    let mut quoted = guide.split('"').filter(|it| it.contains(NAME));
    let statement = quoted.find(|it| it.starts_with("UPDATE users"));
    let statement = statement.context("the guide does not say how")?;
    Ok(statement.replace(NAME, name))
}
