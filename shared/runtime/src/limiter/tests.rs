//! Tests of [`Limiter`].

use super::*;

const RULE: Rule = Rule {
    limit: 2,
    per_ms: 5000,
};

fn key(principal: u64, bucket: u32, major: u64) -> Key {
    Key {
        principal: principal << 32,
        bucket,
        major,
    }
}

fn admit(limiter: &mut Limiter, key: Key, now_ms: u64) -> Decision {
    admit_by(limiter, key, None, now_ms)
}

fn admit_by(limiter: &mut Limiter, key: Key, global: Option<Rule>, now_ms: u64) -> Decision {
    let rule = RULE;
    let request = Admission {
        key,
        rule,
        global,
        provided: None,
    };
    limiter.admit(&request, now_ms)
}

fn remaining(decision: Decision) -> Option<u32> {
    match decision {
        Decision::Allowed(quota) => Some(quota.remaining),
        Decision::Refused(_) | Decision::RefusedGlobally(_) => None,
    }
}

#[test]
fn a_bucket_admits_its_limit_and_then_one_whenever_there_is_room_again() {
    let mut limiter = Limiter::default();
    let mine = key(1, 1, 1);
    assert_eq!(remaining(admit(&mut limiter, mine, 100)), Some(1));
    let full = Quota {
        limit: 2,
        remaining: 0,
        reset_after_ms: 4000,
        retry_after_ms: 1500,
    };
    assert_eq!(admit(&mut limiter, mine, 1100), Decision::Allowed(full));
    assert_eq!(admit(&mut limiter, mine, 1100), Decision::Refused(full));
    assert_eq!(remaining(admit(&mut limiter, mine, 2599)), None);
    assert_eq!(remaining(admit(&mut limiter, mine, 2600)), Some(0));
    assert_eq!(remaining(admit(&mut limiter, mine, 2600)), None);
    assert_eq!(remaining(admit(&mut limiter, mine, 7600)), Some(1));
}

#[test]
fn remaining_and_reset_tell_the_rate() {
    let rule = Rule {
        limit: 5,
        per_ms: 5000,
    };
    let mut limiter = Limiter::default();
    for used in 1..=5 {
        let request = Admission {
            key: key(1, 1, 1),
            rule,
            global: None,
            provided: None,
        };
        let Decision::Allowed(quota) = limiter.admit(&request, 0) else {
            panic!("request {used} was refused");
        };
        assert_eq!(u64::from(quota.limit - quota.remaining), used);
        assert_eq!(quota.reset_after_ms / used, 1000);
    }
}

#[test]
fn callers_buckets_and_major_parameters_are_counted_apart() {
    let mut limiter = Limiter::default();
    for other in [key(1, 1, 1), key(2, 1, 1), key(1, 2, 1), key(1, 1, 2)] {
        assert_eq!(remaining(admit(&mut limiter, other, 0)), Some(1));
    }
}

#[test]
fn all_requests_of_a_caller_are_counted_together_too() {
    let global = Some(Rule {
        limit: 3,
        per_ms: 1000,
    });
    let mut limiter = Limiter::default();
    for bucket in 0..3 {
        assert!(remaining(admit_by(&mut limiter, key(1, bucket, 0), global, 0)).is_some());
    }
    let refusal = Quota {
        limit: 3,
        remaining: 0,
        reset_after_ms: 900,
        retry_after_ms: 900,
    };
    let decision = admit_by(&mut limiter, key(1, 3, 0), global, 100);
    assert_eq!(decision, Decision::RefusedGlobally(refusal));
    assert!(remaining(admit_by(&mut limiter, key(2, 3, 0), global, 100)).is_some());
    assert!(remaining(admit_by(&mut limiter, key(1, 3, 0), global, 1000)).is_some());
}

#[test]
fn a_request_that_its_bucket_refuses_does_not_count_for_the_caller() {
    let global = Some(Rule {
        limit: 4,
        per_ms: 1000,
    });
    let mut limiter = Limiter::default();
    for _ in 0..10 {
        admit_by(&mut limiter, key(1, 1, 0), global, 0);
    }
    assert!(remaining(admit_by(&mut limiter, key(1, 2, 0), global, 0)).is_some());
}

#[test]
fn another_bucket_may_have_to_have_room() {
    let mut limiter = Limiter::default();
    let other = key(2, 9, 0);
    let request = Admission {
        key: key(1, 1, 0),
        rule: RULE,
        global: None,
        provided: Some((other, RULE)),
    };
    assert_eq!(remaining(limiter.admit(&request, 0)), Some(1));
    while remaining(admit(&mut limiter, other, 0)).is_some() {}
    let refused = limiter.admit(&request, 0);
    assert!(matches!(refused, Decision::RefusedGlobally(_)));
    assert_eq!(remaining(limiter.admit(&request, 2500)), Some(1));
}

#[test]
fn requests_elsewhere_count_and_may_overflow() {
    let mut limiter = Limiter::default();
    let request = Admission {
        key: key(1, 1, 1),
        rule: RULE,
        global: None,
        provided: None,
    };
    limiter.pour(request.key, 7500, 0);
    assert_eq!(limiter.filled(0).collect::<Vec<_>>(), [(request.key, 7500)]);
    assert_eq!(remaining(limiter.admit(&request, 2500)), None);
    assert_eq!(remaining(limiter.admit(&request, 5000)), Some(0));
    limiter.fill(request.key, 9000, 5000);
    limiter.fill(request.key, 100, 5000);
    assert_eq!(limiter.filled_ms(request.key, 6000), 8000);
    assert_eq!(limiter.drain(request.key, 7000), 7000);
    assert!(limiter.is_empty());
}

#[test]
fn memory_is_bounded() {
    let mut limiter = Limiter::default();
    for principal in 0..(BUCKETS_MAX as u64 + 10) {
        admit(&mut limiter, key(principal, 1, 0), principal / 100);
    }
    assert_eq!(limiter.len(), BUCKETS_MAX);
    admit(&mut limiter, key(0, 1, 0), 1_000_000);
    assert_eq!(limiter.len(), 1);
    assert_eq!((limiter.by_source.len(), limiter.sizes.len()), (1, 1));
}

/// Requests to an operation whose buckets take longer to empty than those of [`RULE`].
fn flood(limiter: &mut Limiter, sources: u64, each: u64) {
    let rule = Rule {
        limit: 1,
        per_ms: 300_000,
    };
    for number in 0..sources * each {
        let request = Admission {
            key: key(1000 + number % sources, 9, 1 + number),
            rule,
            global: None,
            provided: None,
        };
        limiter.admit(&request, 0);
    }
}

#[test]
fn filling_many_buckets_forgets_no_other_callers() {
    let mut limiter = Limiter::default();
    let mine = key(1, 1, 0);
    while remaining(admit(&mut limiter, mine, 0)).is_some() {}
    flood(&mut limiter, 30_000, 3);
    assert_eq!(limiter.len(), BUCKETS_MAX);
    assert_eq!(remaining(admit(&mut limiter, mine, 0)), None);
}

#[test]
fn filling_many_buckets_keeps_them_and_adds_none() {
    let mut limiter = Limiter::default();
    flood(&mut limiter, 1, 70_000);
    // Those that are told apart, and the one that all others share.
    assert_eq!(limiter.len(), SOURCE_BUCKETS_MAX + 1);
    let mut own = key(1000, 1, 0);
    let mut passed = 0;
    for principal in 0..10 {
        own.principal += principal;
        passed += u32::from(remaining(admit(&mut limiter, own, 0)).is_some());
    }
    assert_eq!(passed, RULE.limit);
}

#[test]
fn a_request_that_is_taken_back_makes_room() {
    let mut limiter = Limiter::default();
    let mine = key(1, 1, 0);
    while remaining(admit(&mut limiter, mine, 0)).is_some() {}
    limiter.refund(mine, RULE, 0);
    assert_eq!(remaining(admit(&mut limiter, mine, 0)), Some(0));
    limiter.refund(mine, RULE, 10_000);
    assert!(limiter.is_empty());
    limiter.refund(mine, RULE, 10_000);
    assert!(limiter.is_empty());
}
