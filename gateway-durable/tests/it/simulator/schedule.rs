//! What happens, and in which order.

/// When events reach the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// With their commits, as in one process.
    Prompt,
    /// Some time after their commits, as between hosts.
    Late,
}

/// One thing that happens. Numbers choose among what there is, modulo its count.
#[derive(Debug, Clone)]
pub enum Step {
    Connect {
        user: usize,
    },
    ReadCall {
        call: usize,
    },
    GiveAnswer {
        answer: usize,
    },
    Publish {
        count: usize,
    },
    Repeat {
        event: usize,
    },
    Lose {
        client: usize,
        frames: usize,
    },
    Resume {
        client: usize,
    },
    Leave {
        client: usize,
    },
    Pass {
        ms: i64,
    },
    Restart,
    /// The gateway is evicted, and comes back.
    Hibernate {
        /// Whether its whole state is stored first.
        compact: bool,
        /// Whether the connections are lost.
        crash: bool,
    },
    Heartbeat {
        client: usize,
    },
    Say {
        channel: usize,
        user: usize,
        mention: usize,
    },
    GiveRoles {
        user: usize,
        bits: usize,
    },
    ChangeRole {
        role: usize,
        permissions: usize,
    },
    ChangeChannel {
        channel: usize,
        overwrites: usize,
    },
    MakeChannel {
        overwrites: usize,
    },
    DeleteChannel {
        channel: usize,
    },
    DeleteRole {
        role: usize,
    },
    MakeRole {
        permissions: usize,
    },
    Join {
        user: usize,
    },
    Part {
        user: usize,
    },
    Crown {
        user: usize,
    },
    Look {
        client: usize,
        what: usize,
    },
    MakeThread {
        channel: usize,
        user: usize,
    },
    /// Joins the thread, or leaves it.
    JoinThread {
        thread: usize,
        user: usize,
    },
    /// Is archived, or active again.
    TurnThread {
        thread: usize,
    },
    DeleteThread {
        thread: usize,
    },
    SayInThread {
        thread: usize,
        user: usize,
        mention: usize,
    },
}

/// Numbers that look random and depend on the seed alone.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 8) as usize
    }
}

/// The schedule of a seed.
pub fn schedule(seed: u64, length: usize) -> Vec<Step> {
    let mut dice = Dice(seed);
    // Every third is about member lists: users are there from the beginning, and look at them.
    let looking = seed.is_multiple_of(3);
    let arrive = [
        Step::Connect { user: 0 },
        Step::Connect { user: 1 },
        Step::Connect { user: 2 },
        Step::Connect { user: 1 },
    ];
    let called = (0..6).flat_map(|_| [Step::ReadCall { call: 0 }, Step::GiveAnswer { answer: 0 }]);
    let mut steps: Vec<Step> = arrive.into_iter().chain(called).collect();
    steps.retain(|_| looking);
    steps.extend((0..length).map(|_| step(&mut dice, looking)));
    steps
}

fn step(dice: &mut Dice, looking: bool) -> Step {
    let (kind, a, b, c) = (dice.roll() % 100, dice.roll(), dice.roll(), dice.roll());
    match kind {
        // A quarter of the schedules of every kind that is frequent goes to threads.
        0..36 | 45..60 | 66..85 if c % 4 == 0 => in_threads(a, b, c / 4),
        12..36 | 72..80 if looking && kind % 2 == 0 => Step::Look { client: a, what: b },
        14..36 if looking && kind % 4 == 1 => Step::GiveRoles { user: a, bits: b },
        0..12 => Step::Connect { user: a },
        12..24 => Step::ReadCall { call: a },
        24..36 => Step::GiveAnswer { answer: a },
        36..42 => Step::Publish { count: a % 4 },
        42..45 => Step::Repeat { event: a },
        45..52 => Step::Lose {
            client: a,
            frames: b % 6,
        },
        52..60 => Step::Resume { client: a },
        60 => Step::Leave { client: a },
        61 if a.is_multiple_of(4) => Step::Restart,
        61..63 => Step::Hibernate {
            compact: a.is_multiple_of(3),
            crash: b.is_multiple_of(5),
        },
        63 => Step::Pass {
            ms: (a % 200) as i64,
        },
        64..66 => Step::Heartbeat { client: a },
        66..72 => Step::Look { client: a, what: b },
        72..80 => Step::Say {
            channel: a,
            user: b,
            mention: c,
        },
        80..85 => Step::GiveRoles { user: a, bits: b },
        85..88 => Step::ChangeRole {
            role: a,
            permissions: b,
        },
        88..91 => Step::ChangeChannel {
            channel: a,
            overwrites: b,
        },
        91 => Step::MakeChannel { overwrites: a },
        92 => Step::DeleteChannel { channel: a },
        93 => Step::DeleteRole { role: a },
        94 => Step::MakeRole { permissions: a },
        95..97 => Step::Join { user: a },
        97..99 => Step::Part { user: a },
        _ => Step::Crown { user: a },
    }
}

fn in_threads(a: usize, b: usize, c: usize) -> Step {
    match c % 10 {
        0..2 => Step::MakeThread {
            channel: a,
            user: b,
        },
        2..5 => Step::JoinThread { thread: a, user: b },
        5 => Step::TurnThread { thread: a },
        6 if a.is_multiple_of(3) => Step::DeleteThread { thread: a / 3 },
        _ => Step::SayInThread {
            thread: a,
            user: b,
            mention: c / 10,
        },
    }
}
