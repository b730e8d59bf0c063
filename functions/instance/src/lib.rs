//! The instance as clients discover it.

runtime::functions! {
    claim
    experiments
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
