//! How somebody becomes an operator: what each host's guide says.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::instance::{Target, program, target};
use super::{Actor, Instance, hrana, root, spin, workers};

/// What stands for the person's name where the guide to Cloudflare has the command.
const NAME: &str = "NAME";

impl Instance {
    /// A new account that may do everything on the instance.
    pub async fn operator(self: &Arc<Self>) -> Actor {
        let operator = self.register("operator").await;
        let made = make_operator(self, &operator.name);
        made.unwrap_or_else(|error| panic!("no operator: {error:#}"));
        operator
    }
}

fn make_operator(instance: &Instance, name: &str) -> Result<()> {
    let folder = instance.data();
    let mut command = match target() {
        Target::Workers | Target::WorkerPerFunction => {
            workers::execute(folder, "MAIN", &statement(name)?)?
        }
        target => {
            let mut admin = Command::new(program()?);
            admin.arg("admin");
            match target {
                Target::Spin(_) => admin.arg("--db").arg(folder.join(spin::DATABASE)),
                Target::Libsql => {
                    let url = instance.database_url().context("a server")?;
                    let admin = admin.env("SPACEBAR_DATABASE_TOKEN", hrana::TOKEN);
                    admin.args(["--db", url])
                }
                _ => admin.arg("--data").arg(folder),
            };
            admin.args(["make-administrator", name]);
            admin
        }
    };
    let output = command.output()?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{}", String::from_utf8_lossy(&said));
    }
    Ok(())
}

/// The statement that the guide to Cloudflare has for it.
fn statement(name: &str) -> Result<String> {
    let guide = std::fs::read_to_string(root().join("docs/deploy/cloudflare.md"))?;
    let mut quoted = guide.split('"').filter(|it| it.contains(NAME));
    let statement = quoted.find(|it| it.starts_with("UPDATE users"));
    let statement = statement.context("the guide does not say how")?;
    Ok(statement.replace(NAME, name))
}
