//! Applications, their bots, and adding bots to guilds.

runtime::functions! {}
