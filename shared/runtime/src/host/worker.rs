//! Cloudflare Workers.
