//! A job: `cargo xtask new job sync_templates` writes its step and its word.

use anyhow::Result;

use super::{begin, check_name, edit, insert_before, insert_line};

/// Writes the step, the constant that names the kind, and the arm that leads from one to the other.
pub fn command(name: &str) -> Result<()> {
    check_name(name)?;
    let root = crate::root();
    let jobs = root.join("functions/jobs/src");
    begin(&jobs.join(format!("{name}.rs")), &step(name))?;
    edit(&jobs.join("lib.rs"), |text| {
        insert_line(text, "mod ", &format!("mod {name};"))
    })?;
    edit(&jobs.join("run.rs"), |text| insert_arm(text, name))?;
    edit(&root.join("shared/store/src/jobs.rs"), |text| {
        insert_before(text, "/// A job that is due.\n", &constant(name))
    })?;
    eprintln!("wrote functions/jobs/src/{name}.rs; next: its payload, its step and a test of both");
    Ok(())
}

fn step(name: &str) -> String {
    format!(
        "//! Says in one sentence what the job does.\n\nuse runtime::prelude::*;\n\
         use serde::Deserialize;\n\nuse crate::step::Outcome;\n\n/// To what.\n\
         #[derive(Debug, Deserialize)]\npub(crate) struct Payload {{}}\n\n\
         /// Does some of the work of `{name}`. Done twice, it changes nothing the second time.\n\
         pub(crate) async fn step(_: &Cx, _: Payload) -> Result<Outcome> {{\n    \
         Ok(Outcome::Done)\n}}\n"
    )
}

fn constant(name: &str) -> String {
    let upper = name.to_uppercase();
    format!(
        "/// Says in one sentence what it does to which fields of its payload.\n\
         pub const {upper}: &str = \"{name}\";\n\n"
    )
}

/// Adds the arm before the one that knows nothing.
fn insert_arm(text: &str, name: &str) -> Option<String> {
    let arm = format!(
        "        jobs::{} => crate::{name}::step(cx, read(job)?).await,\n",
        name.to_uppercase()
    );
    insert_before(text, "        // Written by a newer version", &arm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_leads_to_the_step() {
        let text = "match kind {\n        jobs::A => 1,\n        // Written by a newer version.\n}";
        let with = insert_arm(text, "sync_templates").unwrap();
        let arm = "jobs::A => 1,\n        jobs::SYNC_TEMPLATES => crate::sync_templates::step(";
        assert!(with.contains(arm), "{with}");
        assert_eq!(insert_arm("match kind {}", "x"), None);
    }
}
