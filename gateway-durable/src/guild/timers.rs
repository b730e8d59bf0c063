//! What happens to a guild because time passes.

use model::Timestamp;

use super::waiting::subscriber;
use super::{Effect, Guild, Phase};

impl Guild {
    /// After when a tick does something.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.phase {
            Phase::Cold => None,
            Phase::Loading { retry_at, .. } => *retry_at,
            Phase::Live(live) => live.roster.is_due().then_some(now),
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.log.forget(now);
        if let Phase::Loading { waiting, retry_at } = &mut self.phase
            && retry_at.is_some_and(|at| at <= now)
        {
            *retry_at = None;
            if waiting.iter().any(|input| subscriber(input).is_some()) {
                effects.push(Effect::Load);
            } else {
                self.phase = Phase::Cold;
            }
        }
        if let Phase::Live(live) = &mut self.phase {
            live.tick(now, effects);
        }
    }
}
