//! Accounts: registration, login, sessions, second factors.

runtime::functions! {
    backup_codes
    claim
    fingerprint
    location_metadata
    login
    logout
    mfa_totp
    register
    registration_tokens
    sessions
    sessions_logout
    totp_disable
    totp_enable
}

mod answers;
mod second_factor;
mod secret;
