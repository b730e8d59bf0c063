//! Numbers of the gateway protocol.
//!
//! See [Discord Docs/Gateway](https://discord.com/developers/docs/events/gateway).
