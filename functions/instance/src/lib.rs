//! The instance as clients discover it.

runtime::functions! {
    authorize
    claim
    experiments
    favicon
    home
    invite
    metrics
    ping
    policies_config
    policies_domains
    policies_instance
    policies_limits
    policies_stats
    science
    soundboard_default_sounds
    voice_regions
    well_known
    well_known_client
}

mod describe;
mod page;
