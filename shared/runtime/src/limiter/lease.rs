//! A lease of a limit: the part that one of many processes grants by itself.
//!
//! One object counts for all processes, and a question to it costs time and money. A process asks
//! when a caller has used up its lease of a bucket, and reports then what it granted meanwhile.
//! Most callers never cause a question, and nobody gets more than one lease from each process.

use serde::{Deserialize, Serialize};

use super::{Admission, Decision, Limiter, Quota};

/// One in so many requests of a bucket passes without a question.
const PART: u32 = 4;

/// A request that the object decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The request.
    pub request: Admission,
    /// What passed here since the last question and has not leaked: into the bucket, and into the
    /// caller's for everything, in milliseconds.
    pub untold_ms: (u64, u64),
}

/// What the object says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What becomes of the request.
    pub decision: Decision,
    /// Milliseconds until the bucket is empty.
    pub filled_ms: u64,
    /// Milliseconds until the caller's bucket for everything is empty.
    pub everything_ms: u64,
}

impl Question {
    /// The answer of who counts for all.
    pub fn answer(&self, limiter: &mut Limiter, now_ms: u64) -> Answer {
        let (key, everything) = (self.request.key, self.request.key.everything());
        limiter.pour(key, self.untold_ms.0, now_ms);
        limiter.pour(everything, self.untold_ms.1, now_ms);
        Answer {
            decision: limiter.admit(&self.request, now_ms),
            filled_ms: limiter.filled_ms(key, now_ms),
            everything_ms: limiter.filled_ms(everything, now_ms),
        }
    }
}

/// What one process knows.
#[derive(Debug, Default)]
pub struct Lease {
    /// All that it knows of.
    known: Limiter,
    /// What it gave out itself and did not tell.
    untold: Limiter,
}

impl Lease {
    /// What becomes of the request, or the question that decides it.
    ///
    /// # Errors
    /// The question, which is asked for once: what it tells is not told again.
    pub fn admit(&mut self, request: &Admission, now_ms: u64) -> Result<Decision, Box<Question>> {
        let Admission {
            key, rule, global, ..
        } = *request;
        let bucket = self.known.look(key, rule, now_ms);
        let caller = global.map(|rule| self.known.look(key.everything(), rule, now_ms));
        // A full bucket here is full for all.
        let full = |quota: &Quota| quota.remaining == 0;
        let provided = request.provided;
        let provided = provided.map(|(key, rule)| self.known.look(key, rule, now_ms));
        let is_known = full(&bucket)
            || caller.as_ref().is_some_and(full)
            || provided.as_ref().is_some_and(full);
        let is_ours = is_small(&bucket) && caller.as_ref().is_none_or(is_small);
        if is_known {
            return Ok(self.known.admit(request, now_ms));
        }
        if is_ours {
            self.untold.admit(request, now_ms);
            return Ok(self.known.admit(request, now_ms));
        }
        let bucket_ms = self.untold.drain(key, now_ms);
        let everything_ms = self.untold.drain(key.everything(), now_ms);
        Err(Box::new(Question {
            request: *request,
            untold_ms: (bucket_ms, everything_ms),
        }))
    }

    /// Takes in an answer.
    pub fn learn(&mut self, request: &Admission, answer: &Answer, now_ms: u64) {
        let key = request.key;
        self.known.fill(key, answer.filled_ms, now_ms);
        if request.global.is_some() {
            let everything = key.everything();
            self.known.fill(everything, answer.everything_ms, now_ms);
        }
    }
}

/// Whether one request more is within the part.
fn is_small(quota: &Quota) -> bool {
    quota.limit - quota.remaining < quota.limit / PART
}

#[cfg(test)]
mod tests {
    use super::super::{Key, Rule};
    use super::*;

    const RULE: Rule = Rule {
        limit: 8,
        per_ms: 8000,
    };
    const GLOBAL: Rule = Rule {
        limit: 40,
        per_ms: 1000,
    };

    fn request(rule: Rule, bucket: u32) -> Admission {
        Admission {
            key: Key {
                principal: 1,
                bucket,
                major: 0,
            },
            rule,
            global: Some(GLOBAL),
            provided: None,
        }
    }

    /// Whether the request passes, and whether that took a question.
    fn ask(all: &mut Limiter, share: &mut Lease, request: &Admission, now_ms: u64) -> (bool, bool) {
        let (decision, asked) = match share.admit(request, now_ms) {
            Ok(decision) => (decision, false),
            Err(question) => {
                let answer = question.answer(all, now_ms);
                share.learn(request, &answer, now_ms);
                (answer.decision, true)
            }
        };
        (matches!(decision, Decision::Allowed(_)), asked)
    }

    #[test]
    fn a_quarter_passes_without_a_question_and_a_full_bucket_needs_none() {
        let (mut all, mut share) = (Limiter::default(), Lease::default());
        let wanted = request(RULE, 1);
        let mut answers = (0..10).map(|_| ask(&mut all, &mut share, &wanted, 0));
        assert!(answers.by_ref().take(2).all(|it| it == (true, false)));
        assert!(answers.by_ref().take(6).all(|it| it == (true, true)));
        assert!(answers.by_ref().take(2).all(|it| it == (false, false)));
    }

    #[test]
    fn a_small_limit_is_always_asked_for() {
        let (mut all, mut share) = (Limiter::default(), Lease::default());
        let rule = Rule {
            limit: 3,
            per_ms: 60_000,
        };
        let wanted = request(rule, 1);
        assert_eq!(ask(&mut all, &mut share, &wanted, 0), (true, true));
    }

    #[test]
    fn many_processes_give_out_no_more_than_a_part_each() {
        let mut all = Limiter::default();
        let mut shares: Vec<_> = (0..3).map(|_| Lease::default()).collect();
        let wanted = request(RULE, 1);
        let mut passed = 0;
        for _ in 0..20 {
            for share in &mut shares {
                passed += u32::from(ask(&mut all, share, &wanted, 0).0);
            }
        }
        assert!(
            (RULE.limit..=RULE.limit + 2 * RULE.limit / PART).contains(&passed),
            "{passed}"
        );
    }

    #[test]
    fn leaked_requests_do_not_count() {
        let (mut all, mut share) = (Limiter::default(), Lease::default());
        let wanted = request(RULE, 1);
        for _ in 0..2 {
            assert_eq!(ask(&mut all, &mut share, &wanted, 0), (true, false));
        }
        let passed = (0..20).filter(|_| ask(&mut all, &mut share, &wanted, 9000).0);
        assert_eq!(passed.count(), 8);
    }

    #[test]
    fn everything_of_a_caller_is_told_too() {
        let (mut all, mut share) = (Limiter::default(), Lease::default());
        let passed =
            (0..100).filter(|bucket| ask(&mut all, &mut share, &request(RULE, *bucket), 0).0);
        assert!((40..=50).contains(&passed.count()));
    }
}
