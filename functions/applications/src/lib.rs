//! Applications, their bots, and adding bots to guilds.

mod edit;
mod owned;
#[cfg(test)]
mod testing;
mod view;

runtime::functions! {
    applications application application_delete application_me applications_public bot bot_reset
    commands detectable detectable_games
    oauth2_application_me oauth2_authorize oauth2_me oauth2_tokens
    teams
}
