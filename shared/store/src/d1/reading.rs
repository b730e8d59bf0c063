//! How old what is read may be.

use std::cell::RefCell;

/// Chooses the [session](https://developers.cloudflare.com/d1/best-practices/read-replication/) of
/// each call, so that every read finds what was written before the request came.
///
/// A session's first call goes to the database's primary, those that follow may go to a replica
/// that is not behind the first. What was read of another database in between may be newer, so
/// that begins a new session. An object outlives requests, and has to find whatever it was told of
/// before it reads: each of its calls begins one.
#[derive(Debug)]
pub struct Reading<S> {
    is_of_request: bool,
    /// The binding that was called last, with its session.
    last: RefCell<Option<(String, S)>>,
}

impl<S: Clone> Reading<S> {
    /// For a request, which is over soon.
    pub const fn of_request() -> Self {
        Self {
            is_of_request: true,
            last: RefCell::new(None),
        }
    }

    /// For an object.
    pub const fn of_object() -> Self {
        Self {
            is_of_request: false,
            last: RefCell::new(None),
        }
    }

    /// The session of a call to a binding: the one before, or one that `begin`s at the primary.
    ///
    /// # Errors
    /// Those of `begin`.
    pub fn session<E>(&self, binding: &str, begin: impl FnOnce() -> Result<S, E>) -> Result<S, E> {
        let mut last = self.last.borrow_mut();
        match &*last {
            Some((name, session)) if name == binding => return Ok(session.clone()),
            _ => {}
        }
        let session = begin()?;
        if self.is_of_request {
            *last = Some((binding.to_owned(), session.clone()));
        }
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which session each call to these bindings has.
    fn sessions(reading: &Reading<u32>, bindings: &[&str]) -> Vec<u32> {
        let mut begun = 0;
        let mut session = |binding: &&str| {
            reading.session(binding, || {
                begun += 1;
                Ok::<_, ()>(begun)
            })
        };
        bindings.iter().map(|it| session(it).unwrap()).collect()
    }

    #[test]
    fn a_request_goes_on_with_its_session_until_it_asks_another_database() {
        let bindings = ["MAIN", "MAIN", "MESSAGES", "MAIN", "MAIN"];
        let reading = Reading::of_request();
        assert_eq!(sessions(&reading, &bindings), [1, 1, 2, 3, 3]);
    }

    #[test]
    fn an_object_always_asks_the_primary() {
        let reading = Reading::of_object();
        assert_eq!(sessions(&reading, &["MAIN", "MAIN", "MAIN"]), [1, 2, 3]);
    }

    #[test]
    fn failed_beginnings_are_retried() {
        let reading = Reading::of_request();
        assert_eq!(reading.session("MAIN", || Err("busy")), Err("busy"));
        assert_eq!(sessions(&reading, &["MAIN", "MAIN"]), [1, 1]);
    }
}
