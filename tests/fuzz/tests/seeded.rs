//! Every target with some hundred cases near what it accepts: no panic, no 500, bounded memory.
#![allow(missing_docs, reason = "test names are the documentation")]

use std::sync::Mutex;
use std::time::{Duration, Instant};

use fuzz::{Ground, TARGETS};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Cases of each target. More by `PROPTEST_CASES`.
const CASES: u32 = 1000;
/// Bytes that one case may take: an image of 16 megapixels, and what stands around it.
const BYTES_MAX: usize = 96 << 20;
/// How long a case may take, unoptimised, on a machine that others use too.
const TIME_MAX: Duration = Duration::from_secs(2);

/// One change of a good input.
#[derive(Debug, Clone)]
enum Edit {
    Set(Index, u8),
    Insert(Index, &'static [u8]),
    Remove(Index, Index),
    Repeat(Index, Index),
}

/// What decoders tend to stumble over.
const WORDS: &[&[u8]] = &[
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    br#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":"#,
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"9007199254740993",
    b"null",
    b"\"\"",
    br"\ud800",
    br"\u0000",
    b"\0",
    b"%",
    b"..",
    b"/",
    b"\r\n",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x7f\xff\xff\xff",
    "\u{1f3f4}\u{e0067}\u{200d}\u{202e}".as_bytes(),
];

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (at(), select(WORDS)).prop_map(|(at, word)| Edit::Insert(at, word)),
        (at(), at()).prop_map(|(from, to)| Edit::Remove(from, to)),
        (at(), at()).prop_map(|(from, to)| Edit::Repeat(from, to)),
    ]
}

fn apply(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let size = bytes.len() + 1;
        let span = |a: &Index, b: &Index| {
            let (a, b) = (a.index(size), b.index(size));
            a.min(b)..a.max(b)
        };
        match edit {
            Edit::Set(at, byte) if !bytes.is_empty() => *at.get_mut(&mut bytes) = *byte,
            Edit::Set(_, byte) => bytes.push(*byte),
            Edit::Insert(at, word) => {
                let at = at.index(size);
                bytes.splice(at..at, word.iter().copied());
            }
            Edit::Remove(from, to) => drop(bytes.drain(span(from, to))),
            Edit::Repeat(from, to) => bytes.extend_from_within(span(from, to)),
        }
    }
    bytes
}

fn input(seeds: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let near = (select(seeds), prop::collection::vec(edit(), 0..6))
        .prop_map(|(seed, edits)| apply(seed.to_vec(), &edits));
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..400),
        9 => near,
    ]
}

/// Targets run one after another even where tests do not: each has all of the memory to itself.
fn drive(name: &str) {
    static ONE: Mutex<()> = Mutex::new(());
    let _alone = ONE.lock();
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.expect("a target of this name");
    let ground = Ground::default();
    let cases = Config::default().cases;
    let config = Config {
        cases: if cases == 256 { CASES } else { cases },
        failure_persistence: None,
        ..Config::default()
    };
    let rng = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let result = TestRunner::new_with_rng(config, rng).run(&input(target.seeds), |bytes| {
        MEMORY.reset_peak_usage();
        let (before, started) = (MEMORY.current_usage(), Instant::now());
        (target.run)(&ground, &bytes);
        let taken = MEMORY.peak_usage().saturating_sub(before);
        prop_assert!(taken < BYTES_MAX, "{taken} bytes of memory");
        let took = started.elapsed();
        prop_assert!(took < TIME_MAX, "{took:?}");
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{name}: {failure}");
    }
}

macro_rules! drive {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            drive(stringify!($name));
        })+

        #[test]
        fn every_target_is_driven() {
            let driven = [$(stringify!($name)),+];
            let targets: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(targets, driven);
        }
    };
}

drive! {
    call reply command command_etf envelope token numbers query headers cdn_name fields multipart
    boundary image settings_proto
}
