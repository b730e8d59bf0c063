//! Clients that we did not write, unmodified from their registries.
