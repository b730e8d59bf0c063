//! Writes that happen together or not at all.

use std::borrow::Cow;

use model::{Code, Event};

use crate::{Call, Partition, Statement, Store, Value};

/// How a statement begins that fails when the condition after it is true.
pub(crate) const GUARD: &str = "INSERT INTO guards (held) SELECT NULL WHERE ";

/// Statements and events that are written all or nothing, in one store.
///
/// What must hold at the moment of the write is part of the batch: [`require`](Self::require) adds
/// a condition, [`require_change`](Self::require_change) a statement that must change something.
/// Either fails the batch with the code given for it; SQLite evaluates them inside the transaction
/// on every host.
#[derive(Debug, Clone)]
pub struct Batch {
    call: Call,
    refusals: Vec<(u32, Refusal)>,
}

/// What it means that a statement of a batch was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The client is told this.
    Code(Code),
    /// The reads have changed since: [`crate::Rejection::Conflict`].
    Conflict,
}

impl Batch {
    /// An empty batch for `store`.
    pub fn new(store: Store) -> Self {
        let call = Call {
            store,
            write: true,
            statements: Vec::new(),
            events: Vec::new(),
        };
        Self {
            call,
            refusals: Vec::new(),
        }
    }

    /// An empty batch for [`Store::Main`].
    pub fn main() -> Self {
        Self::new(Store::Main)
    }

    /// An empty batch for the messages of a channel, or of a part of the channels.
    pub fn messages(of: impl Into<Partition>) -> Self {
        Self::new(Store::messages(of))
    }

    /// Adds a statement.
    pub fn push(&mut self, statement: Statement) -> &mut Self {
        self.call.statements.push(statement);
        self
    }

    /// Adds statements.
    pub fn extend(&mut self, statements: Vec<Statement>) -> &mut Self {
        self.call.statements.extend(statements);
        self
    }

    /// Adds a statement whose constraint violation, such as a taken name, is answered with `code`.
    pub fn push_or(&mut self, statement: Statement, code: Code) -> &mut Self {
        let index = self.call.statements.len() as u32;
        self.refusals.push((index, Refusal::Code(code)));
        self.push(statement)
    }

    /// Adds a statement that must change at least one row; otherwise the batch fails with `code`.
    pub fn require_change(&mut self, statement: Statement, code: Code) -> &mut Self {
        self.push(statement);
        self.push_or(
            Statement::new(format!("{GUARD}changes() = 0"), Vec::new()),
            code,
        )
    }

    /// Adds a condition that must hold at this point of the batch; otherwise it fails with `code`.
    pub fn require(&mut self, guard: Guard, code: Code) -> &mut Self {
        self.push_or(guard.statement(), code)
    }

    /// Has the batch fail with [`crate::Rejection::Conflict`] unless the condition holds before
    /// anything of it is written: who made the batch is to read again, and make it anew.
    pub fn unchanged(&mut self, guard: Guard) -> &mut Self {
        for (index, _) in &mut self.refusals {
            *index += 1;
        }
        self.refusals.push((0, Refusal::Conflict));
        self.call.statements.insert(0, guard.statement());
        self
    }

    /// Adds an event, published in commit order once the batch is durable.
    pub fn emit(&mut self, event: Event) -> &mut Self {
        self.call.events.push(event);
        self
    }

    /// The call to send, and what it means if a statement is rejected.
    pub fn into_call(self) -> (Call, Vec<(u32, Refusal)>) {
        (self.call, self.refusals)
    }

    /// Whether it has statements, not only events.
    pub fn changes_rows(&self) -> bool {
        !self.call.statements.is_empty()
    }

    /// How many statements and events it has.
    pub fn count(&self) -> usize {
        self.call.statements.len() + self.call.events.len()
    }

    /// Where it is written.
    pub fn store(&self) -> Store {
        self.call.store
    }

    /// Whether there is nothing to write and nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.call.statements.is_empty() && self.call.events.is_empty()
    }
}

/// A condition that a batch depends on, such as "the guild has fewer than 250 roles".
#[derive(Debug, Clone)]
pub struct Guard {
    condition: Cow<'static, str>,
    params: Vec<Value>,
}

impl Guard {
    /// The SQL expression `condition` must be true at the moment of the write.
    pub fn new(condition: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self {
            condition: condition.into(),
            params,
        }
    }

    fn statement(self) -> Statement {
        Statement::new(format!("{GUARD}NOT ({})", self.condition), self.params)
    }
}
