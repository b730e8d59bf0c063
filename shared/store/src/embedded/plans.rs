//! How SQLite would answer each statement: none reads a whole table, or sorts what no limit bounds.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Embedded;
use crate::{Error, Statement};

/// Statements that may read a whole table, and why.
const SCANS: &[(&str, &str)] = &[
    (
        "SELECT id FROM users WHERE rights <> 0 AND rights & 1 LIMIT 1",
        "an index of the operators alone",
    ),
    ("SELECT count(*) FROM guards", "the table is always empty"),
    (
        "SELECT (SELECT count(*) FROM users), count(*), coalesce(sum(member_count), 0) FROM guilds",
        "stats: an operator asks",
    ),
    ("SELECT count(*) FROM messages", "stats: an operator asks"),
];

/// What may be sorted apart from an index, by a part of the statement's text, and what bounds it.
const SORTS: &[(&str, &str)] = &[
    (
        "FROM messages WHERE messages.id IN",
        "the messages whose ids were given",
    ),
    ("ORDER BY channels.position", "the channels of one guild"),
    ("ORDER BY position, id DESC", "the roles of one guild"),
    ("ORDER BY invites.created_at", "the invites of one guild"),
    (
        "FROM recipients JOIN channels",
        "one user's open conversations",
    ),
    ("FROM recipients AS mine", "one user's open conversations"),
    (
        "FROM reactions WHERE reactions.message_id",
        "the emoji on one message",
    ),
    (
        "ORDER BY overwrites.deny IS NOT NULL, channels.id IS guilds",
        "the channels of one guild",
    ),
    (
        "INDEXED BY messages_by_author",
        "a few days of a few authors",
    ),
    (
        "GROUP BY role_id",
        "counts over one guild, whose answer needs them all",
    ),
];

/// What is excused, each with the reason.
type List<'a> = &'a [(&'a str, &'a str)];

/// Looks at the plan of each statement once.
#[derive(Debug, Default)]
pub struct Plans {
    seen: HashSet<Cow<'static, str>>,
}

impl Plans {
    /// Explains those of `statements` that are new, as SQLite would run them with their
    /// parameters.
    ///
    /// # Errors
    /// What is wrong with the first plan that reads a whole table, or sorts, without a cause that
    /// this file names; or why the statement cannot be explained.
    pub fn check(&mut self, database: &Embedded, statements: &[Statement]) -> Result<(), Error> {
        for statement in statements {
            // The reads in it were explained when they were asked.
            if statement.sql.contains("WITH seen (") {
                continue;
            }
            if self.seen.insert(statement.sql.clone()) {
                let plan = database.plan(statement)?;
                if let Some(step) = fault(&statement.sql, &plan, SCANS, SORTS) {
                    let sql = &statement.sql;
                    return Err(Error::Internal(format!("{step}, of {plan:#?} for {sql}")));
                }
            }
        }
        Ok(())
    }
}

/// The step of the plan that should not be there. Each line of `sorts` excuses one sort.
fn fault<'a>(
    sql: &str,
    plan: &'a [String],
    scans: List<'_>,
    sorts: List<'_>,
) -> Option<&'a String> {
    let may_scan = scans.iter().any(|(whole, _)| *whole == sql);
    let mut may_sort = sorts.iter().filter(|(part, _)| sql.contains(part)).count();
    plan.iter().find(|step| {
        if let Some(of) = step.strip_prefix("SCAN ") {
            is_table(of, sql, plan) && !may_scan
        } else if step.starts_with("USE TEMP B-TREE") {
            let excess = may_sort == 0;
            may_sort = may_sort.saturating_sub(1);
            excess
        } else {
            step.contains("AUTOMATIC")
        }
    })
}

/// Whether what is scanned is stored: not a constant, a list that was given, or another part of
/// the same statement, whose own plan says how it is found.
fn is_table(scanned: &str, sql: &str, plan: &[String]) -> bool {
    let name = scanned.split(' ').next().unwrap_or_default();
    let made_here = ["CO-ROUTINE", "MATERIALIZE"]
        .iter()
        .any(|made| plan.contains(&format!("{made} {name}")));
    !(scanned == "CONSTANT ROW"
        || scanned.contains("VIRTUAL TABLE INDEX")
        || scanned.starts_with("(subquery-")
        || made_here
        || sql.contains(&format!("{name} AS (")))
}

#[cfg(test)]
mod tests {
    use model::id::marker;
    use model::{Id, Timestamp};

    use super::*;
    use crate::{
        Queries, Store, Value, admin, channels, health, invites, messages, outbox, params,
        private_channels, roles, stats,
    };

    fn check(statements: &[Statement]) -> Result<(), Error> {
        let database = Embedded::memory().expect("memory opens");
        Plans::default().check(&database, statements)
    }

    fn accepts(sql: &'static str, params: Vec<Value>) -> bool {
        check(&[Statement::new(sql, params)]).is_ok()
    }

    #[test]
    fn whole_tables_are_not_read() {
        assert!(accepts("SELECT 1 FROM users WHERE id = ?1", params![1_i64]));
        assert!(!accepts("SELECT 1 FROM users WHERE bio = 'x'", vec![]));
        assert!(!accepts("SELECT count(*) FROM channels AS c", vec![]));
        assert!(!accepts("UPDATE users SET bio = ''", vec![]));
    }

    #[test]
    fn nothing_unbounded_is_sorted() {
        let by_age = "SELECT id FROM messages WHERE channel_id = 1 ORDER BY edited_at";
        assert!(!accepts(by_age, vec![]));
        let by_id = "SELECT id FROM messages WHERE channel_id = 1 ORDER BY id";
        assert!(accepts(by_id, vec![]));
    }

    #[test]
    fn temporary_results_may_be_scanned() {
        let given = "SELECT value FROM json_each(?1)";
        assert!(accepts(given, params!["[]"]));
        let expression = "WITH given AS (SELECT value FROM json_each(?1) LIMIT 9) \
                          SELECT given.value FROM given";
        assert!(accepts(expression, params!["[]"]));
    }

    /// What functions ask is looked at wherever they are tested; the host asks these.
    #[test]
    fn the_hosts_queries_use_an_index() {
        let mut asked = Vec::new();
        let queries = (
            (admin::an_operator(), admin::person("a")),
            (health::read(), outbox::after(0, 1)),
        );
        queries.split(&mut asked);
        asked.extend(outbox::delivered_through(1));
        for batch in [
            health::probe(Store::Main),
            admin::set_password(Id::new(1), ""),
            admin::make_operator(Id::new(1)),
            admin::operator_ticket(&[], Timestamp::from_millis(0)),
        ] {
            asked.append(&mut batch.into_call().0.statements);
        }
        check(&asked).expect("every plan is good");
    }

    /// Statements that the lists excuse, one at least for each line.
    fn excused() -> Vec<Statement> {
        let id = Id::<marker::Generic>::new(1);
        let now = Timestamp::from_millis(0);
        let mut asked = Vec::new();
        let whole = (admin::an_operator(), stats::counts(), stats::messages());
        (whole, health::read()).split(&mut asked);
        let guild = (channels::of_guild(id.cast()), roles::of_guild(id.cast()));
        let invites = (
            invites::of_guild(id.cast(), now),
            invites::landing_of_vanity("a"),
        );
        (guild, invites, roles::member_counts(id.cast())).split(&mut asked);
        let user = (
            private_channels::open_for(id.cast()),
            private_channels::others_in_open_for(id.cast()),
        );
        let given = messages::by_ids(id.cast(), id.cast(), &[id.cast()]);
        let authors = messages::of_authors(&[id.cast()], &[id.cast()], id.cast(), 1);
        (user, given, authors).split(&mut asked);
        asked
    }

    #[test]
    fn every_excuse_is_needed() {
        let database = Embedded::memory().expect("memory opens");
        let plan = |it: Statement| (database.plan(&it).expect("it is explained"), it.sql);
        let plans: Vec<_> = excused().into_iter().map(plan).collect();
        let faulty = |scans: List<'_>, sorts: List<'_>| {
            let mut plans = plans.iter();
            plans.any(|(plan, sql)| fault(sql, plan, scans, sorts).is_some())
        };
        assert!(!faulty(SCANS, SORTS));
        let without = |list: List<'static>, number: usize| {
            let (before, after) = (&list[..number], &list[number + 1..]);
            [before, after].concat()
        };
        for (number, (excused, _)) in SCANS.iter().enumerate() {
            assert!(faulty(&without(SCANS, number), SORTS), "{excused}");
        }
        for (number, (excused, _)) in SORTS.iter().enumerate() {
            assert!(faulty(SCANS, &without(SORTS, number)), "{excused}");
        }
    }
}
