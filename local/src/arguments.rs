//! What the program `spacebar` is told on its command line.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use spacebar::admin::Act;
use spacebar::settings::{Settings, Sources};

/// A Discord-compatible chat server.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    /// What it is to do.
    pub command: Command,
}

/// What the program does.
#[derive(Subcommand)]
pub enum Command {
    /// Run an instance.
    Serve {
        #[command(flatten)]
        common: Common,
        /// The address to listen at (server.listen).
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// The manifest of the functions.
        #[arg(long, value_name = "FILE", default_value = "spin.toml")]
        manifest: PathBuf,
        /// Behave as Spin does where it differs.
        #[arg(long)]
        spin_strict: bool,
        /// A libSQL server that functions use in place of the database's file.
        #[arg(long, value_name = "URL", requires = "spin_strict")]
        database_url: Option<String>,
    },
    /// Do what an operator needs at a shell.
    Admin {
        #[command(flatten)]
        common: Common,
        /// In place of the folder's: the file of a database, or the URL of a libSQL server, which
        /// knows its clients by SPACEBAR_DATABASE_TOKEN.
        #[arg(long, value_name = "FILE|URL")]
        db: Option<String>,
        /// In place of the folder's: the D1 database in which this command executes statements,
        /// such as "cargo xtask wrangler d1 execute MAIN --remote".
        #[arg(long, value_name = "COMMAND", conflicts_with = "db")]
        d1: Option<String>,
        #[command(subcommand)]
        act: Act,
    },
    /// Make somebody, a guild and a bot in it, on an instance that runs, and print the bot's token
    /// and whole programs for it.
    Seed {
        #[command(flatten)]
        common: Common,
        /// Where the instance is, if not in the data folder: it must then let everybody register.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// Print what was made as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Copy an instance, which may be running, to a new folder.
    Backup {
        #[command(flatten)]
        common: Common,
        /// The new folder.
        #[arg(value_name = "FOLDER")]
        into: PathBuf,
    },
    /// Make a new data folder of a backup, after checking every file.
    Restore {
        #[command(flatten)]
        common: Common,
        /// The folder that `backup` made.
        #[arg(value_name = "FOLDER")]
        from: PathBuf,
    },
    /// Write a guild, or what is known of a person, to a new folder, for another instance.
    Export {
        #[command(flatten)]
        common: Common,
        /// Of what.
        #[arg(value_enum)]
        of: Of,
        /// The guild's id, or the person's name.
        #[arg(value_name = "ID|NAME")]
        which: String,
        /// The new folder.
        #[arg(value_name = "FOLDER")]
        into: PathBuf,
    },
    /// Take what `export` wrote into an instance, which is stopped.
    Import {
        #[command(flatten)]
        common: Common,
        /// The folder that `export` made.
        #[arg(value_name = "FOLDER")]
        from: PathBuf,
    },
    /// Compile functions, as `serve` has it done in a process of its own.
    #[command(hide = true)]
    Compile {
        /// End when the input does.
        #[arg(long)]
        attended: bool,
        /// The folder of compiled functions.
        #[arg(long, value_name = "FOLDER")]
        cache: PathBuf,
        /// WebAssembly files.
        sources: Vec<PathBuf>,
    },
    /// Run the gateway alone, with the files, for functions that run on Spin. They share the key
    /// SPACEBAR_INTERNAL_KEY with it.
    Gateway {
        #[command(flatten)]
        common: Common,
        /// The address to listen at (server.listen).
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Where the functions answer.
        #[arg(long, value_name = "URL")]
        functions: String,
    },
    /// Bring a database to the version that this program knows.
    Migrate {
        /// The database's file, or the URL of a libSQL server, which knows its clients by
        /// SPACEBAR_DATABASE_TOKEN.
        #[arg(long, value_name = "FILE|URL")]
        db: String,
    },
}

/// What an export is of.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Of {
    /// A guild.
    Guild,
    /// A person.
    User,
}

/// What most of them take.
#[derive(Args)]
pub struct Common {
    /// The file of settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the database and of uploaded files (storage.data).
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// One setting, over the file and the environment. May be given more than once.
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
}

impl Common {
    /// The settings, of all sources.
    ///
    /// # Errors
    /// Which of them is wrong.
    pub fn settings(self, listen: Option<String>) -> Result<Settings> {
        let mut assignments = self.set;
        assignments.extend(listen.map(|address| format!("server.listen={address}")));
        assignments.extend(self.data.map(|folder| format!("storage.data={folder}")));
        let sources = Sources {
            file: self.config,
            environment: std::env::vars().collect(),
            assignments,
        };
        sources.read()
    }
}
