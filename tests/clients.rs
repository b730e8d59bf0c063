//! Clients that we did not write, unmodified from their registries, living a bot's life.

mod cuts;
mod script;
mod seeded;
mod twilight;
