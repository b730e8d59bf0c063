//! Tokens that were answered well of late.

use std::collections::HashSet;

/// Tokens that are remembered at least, about 60 bytes each; at most they are twice as many. One
/// that was forgotten is proven again by its next request.
const TOKENS_MIN: usize = 32_768;

/// Hashes of tokens. Those that are used stay, others are forgotten when there are too many.
#[derive(Debug, Default)]
pub struct Proven {
    recent: HashSet<Vec<u8>>,
    earlier: HashSet<Vec<u8>>,
}

impl Proven {
    /// Whether the token is remembered. It is used by this.
    pub fn has(&mut self, hash: &[u8]) -> bool {
        if self.recent.contains(hash) {
            return true;
        }
        let known = self.earlier.contains(hash);
        if known {
            self.insert(hash);
        }
        known
    }

    /// Remembers a token.
    pub fn insert(&mut self, hash: &[u8]) {
        self.recent.insert(hash.to_vec());
        if self.recent.len() > TOKENS_MIN {
            self.earlier = std::mem::take(&mut self.recent);
        }
    }

    /// Forgets a token.
    pub fn forget(&mut self, hash: &[u8]) {
        self.recent.remove(hash);
        self.earlier.remove(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_tokens_are_remembered_in_bounded_memory() {
        let mut proven = Proven::default();
        let hash = |number: usize| number.to_be_bytes();
        proven.insert(b"mine");
        proven.insert(b"unused");
        for number in 0..10 * TOKENS_MIN {
            proven.insert(&hash(number));
            assert!(number % 1000 != 0 || proven.has(b"mine"));
        }
        assert!(proven.has(b"mine") && !proven.has(b"unused"));
        assert!(proven.recent.len() + proven.earlier.len() <= 2 * (TOKENS_MIN + 1));
        proven.forget(b"mine");
        assert!(!proven.has(b"mine"));
    }
}
