//! Stores in a libSQL file or in memory.
