//! Guilds: their settings, channels, audit log and widget.

runtime::functions! {}
