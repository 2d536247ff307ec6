//! `almoner user`: the first administrator, and a way back in for one who is locked out.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::access::passwords::HashedPassword;
use crate::access::permissions::Role;
use crate::access::users::{UserInput, acts};
use crate::app;
use crate::cli::database::{Database, secret};
use crate::cli::{Failure, runtime, say};
use crate::kernel::Id;
use crate::store::{Db, WriteMeta};

/// Make a user or set a password, from this machine: the first administrator is made so.
///
/// People who sign in. The running service need not be stopped.
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make a user, such as the first administrator.
    Create(Create),
    /// Give a user another password; their sessions end.
    Password(Password),
}

#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    database: Database,
    /// The e-mail address to sign in with.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The name that others see.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What part they play; may be given several times.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Role>,
    /// The id of the provider they belong to, for provider roles.
    #[arg(long, value_name = "ID")]
    provider_id: Option<Id>,
    /// The code of an area for which an endorser speaks; may be given several times.
    #[arg(long = "area", value_name = "CODE")]
    areas: Vec<String>,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, Args)]
struct Password {
    #[command(flatten)]
    database: Database,
    /// The e-mail address they sign in with.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, Args)]
struct PasswordSource {
    /// A file that holds the password. Without it the first line of standard input is the password. It is never an argument, which
    /// others on this machine could read.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl User {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        match &self.command {
            UserCommand::Create(create) => create.run(),
            UserCommand::Password(password) => password.run(),
        }
    }
}

impl Create {
    fn run(&self) -> Result<ExitCode, Failure> {
        let db = Db::open(self.database.settings()?, app::FOLLOWERS)?;
        let password = self.password.read()?;
        acts::check_first_password(&self.email, &password)?;
        let hash = HashedPassword::of(&password)?;
        let input = UserInput {
            email: self.email.clone(),
            name: self.name.clone(),
            roles: self.roles.clone(),
            provider_id: self.provider_id,
            areas: self.areas.clone(),
        };
        let meta = WriteMeta::system("user.create", "command line");
        let user = runtime()?.block_on(db.write(meta, move |tx| acts::create(tx, &input, Some(&hash))))?;
        let roles: Vec<&str> = user.facts.roles.iter().map(|role| role.word()).collect();
        say(format!("Made {} with the id {}: {}.", user.facts.email, user.id, roles.join(", ")));
        Ok(ExitCode::SUCCESS)
    }
}

impl Password {
    fn run(&self) -> Result<ExitCode, Failure> {
        let db = Db::open(self.database.settings()?, app::FOLLOWERS)?;
        let runtime = runtime()?;
        let email = self.email.clone();
        let id = runtime.block_on(db.read(move |conn| acts::find(conn, &email)))?;
        let id = id.ok_or_else(|| Failure::new(format!("There is no user with the address {}.", self.email)))?;
        let password = self.password.read()?;
        acts::check_first_password(&self.email, &password)?;
        let hash = HashedPassword::of(&password)?;
        let meta = WriteMeta::system("user.set_password", "command line");
        runtime.block_on(db.write(meta, move |tx| acts::set_password(tx, id, &hash, None)))?;
        say(format!("{} has a new password and signs in again.", self.email));
        Ok(ExitCode::SUCCESS)
    }
}

impl PasswordSource {
    fn read(&self) -> Result<String, Failure> {
        if let Some(file) = &self.password_file {
            return secret(file, "password");
        }
        if std::io::stdin().is_terminal() {
            // A prompt that cannot be shown leaves the question as it is.
            let _ = write!(std::io::stderr(), "Password (shown as you type): ");
        }
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        read.map_err(|error| Failure::new(format!("The password cannot be read: {error}.")))?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        if password.is_empty() { Err(Failure::new("No password came on standard input.")) } else { Ok(password) }
    }
}
