//! Where e-mail goes out.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::Failure;
use crate::cli::database::secret;
use crate::outbox::{MailSettings, Mailer, Security};

/// The mail server. Without one, messages are queued and wait.
#[derive(Debug, Args)]
pub(super) struct Mail {
    /// The mail server's name. Without it e-mail is queued and waits.
    #[arg(long = "smtp-host", value_name = "NAME", env = "ALMONER_SMTP_HOST", requires = "from")]
    host: Option<String>,
    /// The mail server's port; 465 for `tls`, 587 for `starttls`, 25 for `none` where it is not given.
    #[arg(long = "smtp-port", value_name = "PORT", env = "ALMONER_SMTP_PORT", requires = "host")]
    port: Option<u16>,
    /// How the connection is kept private: `tls`, `starttls`, or `none` for a mail server on the same machine.
    #[arg(long = "smtp-security", value_name = "WORD", env = "ALMONER_SMTP_SECURITY", default_value = "starttls")]
    security: Security,
    /// The user name at the mail server.
    #[arg(long = "smtp-user", value_name = "NAME", env = "ALMONER_SMTP_USER", requires = "password_file")]
    user: Option<String>,
    /// A file that holds the password at the mail server.
    #[arg(long = "smtp-password-file", value_name = "FILE", env = "ALMONER_SMTP_PASSWORD_FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// A file with the certificate, in PEM, of an authority that vouches for the mail server beside the public ones.
    #[arg(long = "smtp-ca-file", value_name = "FILE", env = "ALMONER_SMTP_CA_FILE", requires = "host")]
    authority: Option<PathBuf>,
    /// How many seconds one answer of the mail server may take.
    #[arg(long = "smtp-timeout", value_name = "SECONDS", env = "ALMONER_SMTP_TIMEOUT", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout_seconds: u64,
    /// Who messages are from, such as `Grants Office <grants@office.example>`.
    #[arg(long = "mail-from", value_name = "ADDRESS", env = "ALMONER_MAIL_FROM")]
    from: Option<String>,
}

impl Mail {
    /// The way to the mail server, where one is named.
    pub fn mailer(&self) -> Result<Option<Mailer>, Failure> {
        let (Some(host), Some(from)) = (&self.host, &self.from) else { return Ok(None) };
        let password = self.password_file.as_deref().map(|file| secret(file, "password of the mail server")).transpose()?;
        let settings = MailSettings {
            host: host.clone(),
            port: self.port,
            security: self.security,
            user_name: self.user.clone(),
            password,
            from: from.clone(),
            authority: self.authority.clone(),
            timeout: Duration::from_secs(self.timeout_seconds),
        };
        Mailer::new(&settings).map(Some).map_err(Failure)
    }
}
