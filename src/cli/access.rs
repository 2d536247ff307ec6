//! Which keys sign tokens, and how long they last.

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;

use crate::access::sessions::Lifetimes;
use crate::access::{Access, AccessSettings};
use crate::cli::database::{secret, warn_where_readable};
use crate::cli::{Failure, whole};

/// How people and programs are let in.
#[derive(Debug, Args)]
pub(super) struct AccessArgs {
    /// The private key that signs tokens: a PEM file (PKCS#8) with an Ed25519 or ECDSA P-256 key, as
    /// `openssl genpkey -algorithm ed25519` writes it.
    #[arg(long, value_name = "FILE", env = "ALMONER_SIGNING_KEY_FILE")]
    signing_key_file: Option<PathBuf>,
    /// Keys that signed before, private or public, with commas between: their tokens count until they expire.
    #[arg(long, value_name = "FILES", env = "ALMONER_PREVIOUS_KEY_FILES", value_delimiter = ',')]
    previous_key_files: Vec<PathBuf>,
    /// The address under which callers reach the service, which every token names as its issuer.
    #[arg(long, value_name = "URL", env = "ALMONER_PUBLIC_URL")]
    public_url: Option<String>,
    /// For whom tokens are meant. Two offices on one machine need two names.
    #[arg(long, value_name = "NAME", env = "ALMONER_AUDIENCE", default_value = "almoner")]
    audience: String,
    /// How many minutes an access token counts.
    #[arg(long, value_name = "MINUTES", env = "ALMONER_ACCESS_TOKEN_MINUTES", default_value_t = 15, value_parser = whole(1_u16, 60))]
    access_token_minutes: u16,
    /// After how many days without use a refresh token stops counting.
    #[arg(long, value_name = "DAYS", env = "ALMONER_REFRESH_TOKEN_DAYS", default_value_t = 14, value_parser = whole(1_u16, 90))]
    refresh_token_days: u16,
    /// After how many days people sign in again in any case.
    #[arg(long, value_name = "DAYS", env = "ALMONER_SESSION_DAYS", default_value_t = 30, value_parser = whole(1_u16, 365))]
    session_days: u16,
}

impl AccessArgs {
    /// Access with these settings; `usual_url` is the issuer where no other is named.
    pub fn open(&self, usual_url: &str) -> Result<Access, Failure> {
        let missing = "There is no signing key. Make one with `openssl genpkey -algorithm ed25519 -out signing_key.pem`, and name it with \
                       `--signing-key-file` or ALMONER_SIGNING_KEY_FILE.";
        let file = self.signing_key_file.as_ref().ok_or_else(|| Failure::new(missing))?;
        self.previous_key_files.iter().chain([file]).for_each(|file| warn_where_readable(file, "The signing key"));
        let previous_keys: Result<Vec<String>, Failure> =
            self.previous_key_files.iter().map(|file| secret(file, "previous signing key")).collect();
        let lifetimes = Lifetimes {
            access: TimeDelta::minutes(self.access_token_minutes.into()),
            refresh_idle: TimeDelta::days(self.refresh_token_days.into()),
            session_max: TimeDelta::days(self.session_days.into()),
        };
        Access::new(AccessSettings {
            issuer: self.public_url.clone().unwrap_or_else(|| usual_url.to_owned()),
            audience: self.audience.clone(),
            signing_key: secret(file, "signing key")?,
            previous_keys: previous_keys?,
            lifetimes,
        })
        .map_err(Failure)
    }
}
