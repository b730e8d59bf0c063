//! The default host.
