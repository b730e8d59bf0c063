//! Typed reads that travel together.

use std::borrow::Cow;

use crate::{Error, FromValue, Outcome, Statement, Value};

/// A statement with the way to read its rows.
#[derive(Debug, Clone)]
pub struct Query<T> {
    statement: Statement,
    decode: fn(&mut Row<'_>) -> Result<T, Error>,
}

impl<T> Query<T> {
    /// A query whose rows have `columns` columns, read by `decode` from left to right.
    pub fn new(
        sql: impl Into<Cow<'static, str>>,
        params: Vec<Value>,
        columns: u16,
        decode: fn(&mut Row<'_>) -> Result<T, Error>,
    ) -> Self {
        Self {
            statement: Statement {
                sql: sql.into(),
                params,
                columns,
                volatile: false,
            },
            decode,
        }
    }

    /// The same query as one that nobody's write rests on: it may answer something else by then,
    /// since what matters of it is guarded otherwise. See [`crate::ReadSet`].
    pub fn volatile(mut self) -> Self {
        self.statement.volatile = true;
        self
    }

    /// The same query where at most one row is expected.
    pub fn optional(self) -> Optional<T> {
        Optional(self)
    }

    fn rows(&self, outcome: Outcome) -> Result<Vec<T>, Error> {
        let columns = usize::from(self.statement_columns(&outcome));
        if columns == 0 {
            return Ok(Vec::new());
        }
        let mut rows = Vec::with_capacity(outcome.values.len() / columns);
        let mut values = outcome.values.into_iter();
        while values.len() > 0 {
            let mut row = Row {
                left: columns,
                values: &mut values,
            };
            rows.push((self.decode)(&mut row)?);
            if row.left > 0 {
                return Err(Error::Internal(format!(
                    "{} columns were not read",
                    row.left
                )));
            }
        }
        Ok(rows)
    }

    fn statement_columns(&self, outcome: &Outcome) -> u16 {
        debug_assert!(
            outcome.columns == 0 || outcome.columns == self.statement.columns,
            "{} has {} columns, not {}",
            self.statement.sql,
            outcome.columns,
            self.statement.columns
        );
        outcome.columns
    }
}

/// A query for at most one row.
#[derive(Debug, Clone)]
pub struct Optional<T>(Query<T>);

/// A row that is read from left to right, each column once.
#[derive(Debug)]
pub struct Row<'a> {
    left: usize,
    values: &'a mut std::vec::IntoIter<Value>,
}

impl Row<'_> {
    /// The next column.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is none or it has another type.
    pub fn take<T: FromValue>(&mut self) -> Result<T, Error> {
        if self.left == 0 {
            return Err(Error::Internal(
                "a row has fewer columns than its decoder reads".into(),
            ));
        }
        self.left -= 1;
        T::from_value(self.values.next().unwrap_or(Value::Null))
    }
}

/// Queries that are answered together, from one snapshot, in one round trip: a [`Query`], an
/// [`Optional`], or a tuple of them.
pub trait Queries: Sized {
    /// How many statements there are.
    const COUNT: usize;
    /// The answers: a list for a query, an option for an optional one, a tuple for a tuple.
    type Output;
    /// What remains to decode the answers by.
    type Decoders;

    /// Moves the statements out, in order.
    fn split(self, statements: &mut Vec<Statement>) -> Self::Decoders;

    /// Reads the answers, in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`] when an answer is missing or of another type.
    fn decode(
        decoders: Self::Decoders,
        outcomes: &mut std::vec::IntoIter<Outcome>,
    ) -> Result<Self::Output, Error>;
}

impl<T> Queries for Query<T> {
    const COUNT: usize = 1;
    type Output = Vec<T>;
    type Decoders = Self;

    fn split(mut self, statements: &mut Vec<Statement>) -> Self {
        let columns = self.statement.columns;
        let empty = Statement {
            sql: Cow::Borrowed(""),
            params: Vec::new(),
            columns,
            volatile: false,
        };
        statements.push(std::mem::replace(&mut self.statement, empty));
        self
    }

    fn decode(decoder: Self, outcomes: &mut std::vec::IntoIter<Outcome>) -> Result<Vec<T>, Error> {
        let outcome = outcomes
            .next()
            .ok_or_else(|| Error::Internal("an answer is missing".into()))?;
        decoder.rows(outcome)
    }
}

impl<T> Queries for Optional<T> {
    const COUNT: usize = 1;
    type Output = Option<T>;
    type Decoders = Query<T>;

    fn split(self, statements: &mut Vec<Statement>) -> Query<T> {
        self.0.split(statements)
    }

    fn decode(
        decoder: Query<T>,
        outcomes: &mut std::vec::IntoIter<Outcome>,
    ) -> Result<Option<T>, Error> {
        Query::decode(decoder, outcomes).map(|rows| rows.into_iter().next())
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {$(
        impl<$($name: Queries),+> Queries for ($($name,)+) {
            const COUNT: usize = 0 $(+ $name::COUNT)+;
            type Output = ($($name::Output,)+);
            type Decoders = ($($name::Decoders,)+);

            #[allow(non_snake_case, reason = "a name for each place of the tuple")]
            fn split(self, statements: &mut Vec<Statement>) -> Self::Decoders {
                let ($($name,)+) = self;
                ($($name.split(statements),)+)
            }

            #[allow(non_snake_case, reason = "a name for each place of the tuple")]
            fn decode(
                decoders: Self::Decoders,
                outcomes: &mut std::vec::IntoIter<Outcome>,
            ) -> Result<Self::Output, Error> {
                let ($($name,)+) = decoders;
                Ok(($($name::decode($name, outcomes)?,)+))
            }
        }
    )+};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
}

impl Queries for () {
    const COUNT: usize = 0;
    type Output = ();
    type Decoders = ();

    fn split(self, _: &mut Vec<Statement>) {}

    fn decode((): (), _: &mut std::vec::IntoIter<Outcome>) -> Result<(), Error> {
        Ok(())
    }
}
