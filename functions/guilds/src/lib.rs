//! Guilds: their settings, channels, audit log and widget.

mod channel_order;
mod draft;
mod removal;
mod settings;

runtime::functions! {
    audit_logs channels delete guild guilds integrations mfa preview regions vanity_url webhooks
    widget
}
