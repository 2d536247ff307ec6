//! Passwords and random secrets. A password is kept as an argon2id hash; a secret of ours has 256 random bits, so that its
//! SHA-256 is enough.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::http::etag::hex;
use crate::kernel::{Refusal, StoreFault};

/// Memory in KiB, passes and lanes: the second choice that OWASP lists, 19 MiB a hash.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many hashes run at once: each takes a processor and 19 MiB.
const AT_ONCE: usize = 2;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The hash of a password as it is kept: a PHC text with its own parameters and salt.
#[derive(Clone, PartialEq, Eq)]
pub struct HashedPassword(String);

impl HashedPassword {
    /// Hashes `password`, which takes about 20 milliseconds of one processor: never inside a transaction.
    ///
    /// # Errors
    /// [`Refusal::Store`] where there is no randomness or memory.
    pub fn of(password: &str) -> Result<Self, Refusal> {
        let hash: PasswordHash = argon2()?.hash_password(password.as_bytes()).map_err(Refusal::broken)?;
        Ok(Self(hash.to_string()))
    }

    /// A hash that was kept.
    #[must_use]
    pub const fn kept(phc: String) -> Self {
        Self(phc)
    }

    /// The text that is kept.
    #[must_use]
    pub fn phc(&self) -> &str {
        &self.0
    }

    fn fits(&self, password: &str) -> Result<bool, Refusal> {
        let hash = PasswordHash::new(&self.0).map_err(Refusal::broken)?;
        Ok(argon2()?.verify_password(password.as_bytes(), &hash).is_ok())
    }
}

impl fmt::Debug for HashedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashedPassword")
    }
}

fn argon2() -> Result<Argon2<'static>, Refusal> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Refusal::broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Where passwords are hashed and compared: beside the requests, a few at a time.
pub struct Checker {
    turns: Arc<Semaphore>,
    /// Compared against where there is no such user, so that the answer takes as long.
    nobody: HashedPassword,
}

impl Checker {
    /// A checker, with the hash of a password that nobody has.
    ///
    /// # Errors
    /// A sentence where there is no randomness or memory.
    pub fn new() -> Result<Self, String> {
        let secret = Secret::new().map_err(|refusal| refusal.to_string())?;
        let nobody = HashedPassword::of(secret.text()).map_err(|refusal| refusal.to_string())?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobody })
    }

    /// Whether `password` is the one behind `kept`. Where nothing is kept it costs the same and is never so.
    ///
    /// # Errors
    /// [`Refusal::Store`] where too many wait already, or the hash cannot be read.
    pub async fn fits(&self, password: String, kept: Option<HashedPassword>) -> Result<bool, Refusal> {
        let is_somebody = kept.is_some();
        let hash = kept.unwrap_or_else(|| self.nobody.clone());
        let fits = self.in_turn(move || hash.fits(&password)).await?;
        Ok(fits && is_somebody)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Refusal::Store`] where too many wait already, or there is no randomness.
    pub async fn hash(&self, password: String) -> Result<HashedPassword, Refusal> {
        self.in_turn(move || HashedPassword::of(&password)).await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
        let busy = || Refusal::Store(StoreFault::Unavailable("too many sign-ins at once".to_owned()));
        let turn =
            tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await.map_err(|_| busy())?.map_err(|_| busy())?;
        // The turn ends with the work, not with a caller who leaves before.
        let in_turn = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(in_turn).await.map_err(Refusal::broken)?
    }
}

/// A random secret that is shown once: a refresh token or a service client's secret.
pub struct Secret(String);

impl Secret {
    /// A new one, of 256 random bits.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the machine has no randomness.
    pub fn new() -> Result<Self, Refusal> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(Refusal::broken)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The secret itself.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> String {
        hash_of(&self.0)
    }
}

/// What is kept of a secret that a caller sent.
#[must_use]
pub fn hash_of(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = HashedPassword::of("correct horse battery").unwrap();
        assert!(hash.phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.phc());
        assert!(hash.fits("correct horse battery").unwrap());
        assert!(!hash.fits("correct horse batterz").unwrap());
        assert_ne!(hash, HashedPassword::of("correct horse battery").unwrap(), "the salt differs each time");
    }

    #[test]
    fn a_hash_does_not_show_itself_in_debug_output() {
        assert_eq!(format!("{:?}", HashedPassword::kept("$argon2id$secret".to_owned())), "HashedPassword");
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let checker = Checker::new().unwrap();
        assert!(!checker.fits("anything at all".to_owned(), None).await.unwrap());
        let kept = HashedPassword::of("anything at all").unwrap();
        assert!(checker.fits("anything at all".to_owned(), Some(kept)).await.unwrap());
    }

    #[test]
    fn secrets_differ_and_are_kept_as_hashes() {
        let (one, two) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert_ne!(one.text(), two.text());
        assert_eq!(one.hash(), hash_of(one.text()));
        assert!(!one.hash().contains(one.text()));
    }
}
