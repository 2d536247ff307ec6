//! Handing a message to a mail server by SMTP.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};

use crate::kernel::{Id, Moment};
use crate::outbox::rules::Attempt;

words! {
    /// How the connection to the mail server is kept private.
    pub enum Security {
        /// Encrypted from the first byte (port 465).
        Tls = "tls",
        /// Encrypted after `STARTTLS`, without which nothing is sent (port 587).
        StartTls = "starttls",
        /// In the clear: only for a mail server on the same machine (port 25).
        None = "none",
    }
}

/// Where mail goes out.
#[derive(Clone)]
pub struct MailSettings {
    /// The mail server's name.
    pub host: String,
    /// Its port; the usual one for the security where none is given.
    pub port: Option<u16>,
    /// How the connection is kept private.
    pub security: Security,
    /// The user name, where the server wants one.
    pub user_name: Option<String>,
    /// The password that goes with it.
    pub password: Option<String>,
    /// Who the messages are from: `Grants Office <grants@office.example>`.
    pub from: String,
    /// A file with the certificate of an authority that the public ones do not know, in PEM.
    pub authority: Option<PathBuf>,
    /// How long one answer of the server may take.
    pub timeout: Duration,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

/// A letter ready to go.
#[derive(Clone)]
pub struct Letter {
    /// The message's id, which makes its `Message-ID`: the same at each attempt.
    pub id: Id,
    /// When it was queued: its `Date`.
    pub written_at: Moment,
    /// The address it goes to.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// A way to a mail server.
pub struct Mailer {
    from: Mailbox,
    transport: SmtpTransport,
}

impl Mailer {
    /// Reads the settings. Does not speak to the server yet: a service starts without its mail server.
    ///
    /// # Errors
    /// A plain sentence where a setting cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self, String> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|_| "The sender of e-mail is not an address such as `Grants Office <grants@office.example>`.".to_owned())?;
        let tls = || Self::tls(settings);
        let (tls, usual_port) = match settings.security {
            Security::Tls => (Tls::Wrapper(tls()?), 465),
            Security::StartTls => (Tls::Required(tls()?), 587),
            Security::None => (Tls::None, 25),
        };
        let mut builder = SmtpTransport::builder_dangerous(&settings.host)
            .port(settings.port.unwrap_or(usual_port))
            .tls(tls)
            .timeout(Some(settings.timeout));
        match (&settings.user_name, &settings.password) {
            (Some(_), _) if settings.security == Security::None => {
                return Err("A password for the mail server is not sent in the clear: choose `tls` or `starttls`.".to_owned());
            }
            (Some(user), Some(password)) => builder = builder.credentials(Credentials::new(user.clone(), password.clone())),
            (Some(_), None) => return Err("There is a user name for the mail server but no password file.".to_owned()),
            (None, _) => {}
        }
        Ok(Self { from, transport: builder.build() })
    }

    fn tls(settings: &MailSettings) -> Result<TlsParameters, String> {
        let mut parameters = TlsParameters::builder(settings.host.clone());
        if let Some(path) = &settings.authority {
            let unusable =
                |why: &dyn fmt::Display| format!("The mail server's certificate authority {} cannot be used: {why}", path.display());
            let pem = std::fs::read(path).map_err(|error| unusable(&error))?;
            parameters = parameters.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| unusable(&error))?);
        }
        parameters.build().map_err(|error| format!("TLS to the mail server cannot be set up: {error}"))
    }

    /// Hands one letter to the server; returns when the server has taken or refused it.
    #[must_use]
    pub fn send(&self, letter: &Letter) -> Attempt {
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(why) => return Attempt::Never(why),
        };
        match self.transport.send(&message) {
            Ok(_) => Attempt::Sent,
            Err(error) if error.is_permanent() && !is_about_us(&error) => Attempt::Never(error.to_string()),
            Err(error) => Attempt::NotNow(error.to_string()),
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let recipient: Mailbox = letter.recipient.parse().map_err(|_| "the recipient is not an e-mail address".to_owned())?;
        Message::builder()
            .from(self.from.clone())
            .to(recipient)
            .date(letter.written_at.utc().into())
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .subject(letter.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|error| error.to_string())
    }
}

/// Whether the server refused us and not the message: it wants another password or more privacy, which an administrator mends.
fn is_about_us(error: &lettre::transport::smtp::Error) -> bool {
    const ABOUT_US: [&str; 4] = ["530", "534", "535", "538"];
    let status = error.status().map(|code| code.to_string()).unwrap_or_default();
    ABOUT_US.contains(&status.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> MailSettings {
        MailSettings {
            host: "127.0.0.1".to_owned(),
            port: Some(25),
            security: Security::None,
            user_name: None,
            password: None,
            from: "Grants Office <grants@office.example>".to_owned(),
            authority: None,
            timeout: Duration::from_secs(5),
        }
    }

    #[test]
    fn a_letter_keeps_its_name_and_date_at_each_attempt() {
        let mailer = Mailer::new(&settings()).unwrap();
        let letter = Letter {
            id: "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7".parse().unwrap(),
            written_at: Moment::from_micros(1_606_728_600_000_000).unwrap(),
            recipient: "manager@provider.example".to_owned(),
            subject: "Award CIF-2020-21-T3-0007: Café".to_owned(),
            body: "First line\nSecond line: £1,000\n".to_owned(),
        };
        let text = String::from_utf8(mailer.message(&letter).unwrap().formatted()).unwrap();
        assert!(text.contains("Message-ID: <0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7@office.example>\r\n"), "{text}");
        assert!(text.contains("Date: Mon, 30 Nov 2020 09:30:00 +0000\r\n"), "{text}");
        assert!(text.contains("To: manager@provider.example\r\n"), "{text}");
        assert_eq!(mailer.message(&letter).unwrap().formatted(), text.into_bytes());
    }

    #[test]
    fn an_address_that_is_none_is_never_tried() {
        let mailer = Mailer::new(&settings()).unwrap();
        let letter = Letter {
            id: Id::new(),
            written_at: Moment::from_micros(0).unwrap(),
            recipient: "nobody".to_owned(),
            subject: String::new(),
            body: String::new(),
        };
        assert!(matches!(mailer.send(&letter), Attempt::Never(_)));
    }

    #[test]
    fn a_password_is_not_sent_in_the_clear() {
        let open = MailSettings { user_name: Some("grants".to_owned()), password: Some("secret".to_owned()), ..settings() };
        assert!(Mailer::new(&open).err().unwrap().contains("in the clear"));
        assert!(Mailer::new(&MailSettings { security: Security::StartTls, ..open.clone() }).is_ok());
        assert!(Mailer::new(&MailSettings { password: None, security: Security::Tls, ..open.clone() }).is_err());
        assert!(!format!("{open:?}").contains("secret"));
    }

    #[test]
    fn a_sender_without_an_address_is_refused() {
        assert!(Mailer::new(&MailSettings { from: "Grants Office".to_owned(), ..settings() }).is_err());
    }
}
