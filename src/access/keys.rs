//! The keys that sign and check tokens: Ed25519, or ECDSA on the curve P-256. One key signs; all keys check and are published, so
//! that a key can be exchanged while tokens of the old one still count.

use std::fs;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::Serialize;
use utoipa::ToSchema;

/// How a PKCS#8 file of an Ed25519 key begins, before its 32 secret bytes (RFC 8410).
const ED25519_PKCS8: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// What stands before the 32 secret bytes of an EC key of that size (RFC 5915).
const EC_SECRET: [u8; 5] = [0x02, 0x01, 0x01, 0x04, 0x20];
/// How to make a key, for messages.
const ADVICE: &str = "Make one with `openssl genpkey -algorithm ed25519`.";

/// A public key as `/.well-known/jwks.json` shows it (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicKey {
    /// Kind of key: `OKP` for Ed25519, `EC` for P-256.
    #[schema(max_length = 10, example = "OKP")]
    pub kty: String,
    /// What it is for: signatures.
    #[serde(rename = "use")]
    #[schema(max_length = 10, example = "sig")]
    pub purpose: String,
    /// The algorithm: `EdDSA` or `ES256`.
    #[schema(max_length = 10, example = "EdDSA")]
    pub alg: String,
    /// The key's name, which tokens carry: its RFC 7638 thumbprint.
    #[schema(max_length = 100)]
    pub kid: String,
    /// The curve: `Ed25519` or `P-256`.
    #[schema(max_length = 20, example = "Ed25519")]
    pub crv: String,
    /// The public point, or its first coordinate.
    #[schema(max_length = 100)]
    pub x: String,
    /// The second coordinate, for P-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub y: Option<String>,
}

/// A key that checks tokens.
pub struct CheckingKey {
    /// Its public form and name.
    pub public: PublicKey,
    /// The only algorithm it is used with.
    pub algorithm: Algorithm,
    /// The key itself.
    pub key: DecodingKey,
}

/// The key that signs and all keys that check.
pub struct Keyring {
    signing: EncodingKey,
    checking: Vec<CheckingKey>,
}

impl Keyring {
    /// Reads the signing key (a private key) and the keys before it (private or public), all as PEM.
    ///
    /// # Errors
    /// A sentence for whoever started the program, where a key is missing, weak or of another kind.
    pub fn new(signing_pem: &str, previous_pems: &[String]) -> Result<Self, String> {
        let (signing, own) = private_key(signing_pem).map_err(|why| format!("The signing key cannot be used: {why}"))?;
        let mut checking = vec![own];
        for pem in previous_pems.iter().flat_map(|text| blocks(text)) {
            let key = if pem.contains("PRIVATE KEY") { private_key(&pem).map(|(_, key)| key) } else { public_key(&pem) };
            let key = key.map_err(|why| format!("A previous signing key cannot be used: {why}"))?;
            if !checking.iter().any(|known| known.public.kid == key.public.kid) {
                checking.push(key);
            }
        }
        Ok(Self { signing, checking })
    }

    /// The key that signs: its name, algorithm and secret.
    #[must_use]
    pub fn signing(&self) -> Option<(&CheckingKey, &EncodingKey)> {
        self.checking.first().map(|own| (own, &self.signing))
    }

    /// The key with this name.
    #[must_use]
    pub fn by_name(&self, kid: &str) -> Option<&CheckingKey> {
        self.checking.iter().find(|key| key.public.kid == kid)
    }

    /// All public keys, the signing one first.
    #[must_use]
    pub fn published(&self) -> Vec<PublicKey> {
        self.checking.iter().map(|key| key.public.clone()).collect()
    }
}

/// The PEM blocks of a text that may hold several.
fn blocks(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("-----BEGIN") {
            out.push(String::new());
        }
        if let Some(block) = out.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    if out.is_empty() { vec![text.to_owned()] } else { out }
}

fn private_key(pem: &str) -> Result<(EncodingKey, CheckingKey), String> {
    let pem = pem.trim();
    refuse_other_kinds(pem)?;
    if !pem.contains("-----BEGIN PRIVATE KEY-----") {
        return Err(format!("it is not a private key in PEM (PKCS#8). {ADVICE}"));
    }
    let (key, algorithm) = if let Ok(key) = EncodingKey::from_ed_pem(pem.as_bytes()) {
        (key, Algorithm::EdDSA)
    } else if let Ok(key) = EncodingKey::from_ec_pem(pem.as_bytes()) {
        (key, Algorithm::ES256)
    } else {
        return Err(other_kind());
    };
    if has_no_randomness(key.as_bytes()) {
        return Err(format!("its secret bytes are all the same. {ADVICE}"));
    }
    let jwk = Jwk::from_encoding_key(&key, algorithm).map_err(|_| other_kind())?;
    Ok((key, checking_key(&jwk, algorithm)?))
}

fn public_key(pem: &str) -> Result<CheckingKey, String> {
    let pem = pem.trim();
    refuse_other_kinds(pem)?;
    if !pem.contains("-----BEGIN PUBLIC KEY-----") {
        return Err("it is neither a private nor a public key in PEM.".to_owned());
    }
    let (key, algorithm) = if let Ok(key) = DecodingKey::from_ed_pem(pem.as_bytes()) {
        (key, Algorithm::EdDSA)
    } else if let Ok(key) = DecodingKey::from_ec_pem(pem.as_bytes()) {
        (key, Algorithm::ES256)
    } else {
        return Err(other_kind());
    };
    let jwk = Jwk::from_decoding_key(&key, Some(algorithm)).map_err(|_| other_kind())?;
    checking_key(&jwk, algorithm)
}

fn refuse_other_kinds(pem: &str) -> Result<(), String> {
    if pem.is_empty() {
        return Err(format!("it is empty. {ADVICE}"));
    }
    if pem.contains("ENCRYPTED") {
        return Err("it is encrypted; give the key without a pass phrase, in a file that only the service can read.".to_owned());
    }
    if pem.contains("-----BEGIN EC PRIVATE KEY-----") {
        return Err("it is in the older EC form; convert it with `openssl pkcs8 -topk8 -nocrypt`.".to_owned());
    }
    if pem.contains("-----BEGIN RSA ") {
        return Err(other_kind());
    }
    Ok(())
}

fn other_kind() -> String {
    format!("only Ed25519 and ECDSA P-256 keys are taken; RSA keys, shared secrets and other curves are not. {ADVICE}")
}

/// A key of zeros or of one repeated byte was never made by a generator.
fn has_no_randomness(der: &[u8]) -> bool {
    let secret = |marker: &[u8]| {
        let at = der.windows(marker.len()).position(|window| window == marker)?;
        der.get(at + marker.len()..)?.get(..32)
    };
    let secret = if der.starts_with(&ED25519_PKCS8) { secret(&ED25519_PKCS8) } else { secret(&EC_SECRET) };
    secret.is_some_and(|secret| secret.windows(2).all(|pair| pair.first() == pair.last()))
}

fn checking_key(jwk: &Jwk, algorithm: Algorithm) -> Result<CheckingKey, String> {
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| other_kind())?;
    let alg = if algorithm == Algorithm::EdDSA { "EdDSA" } else { "ES256" };
    let (kty, crv, x, y) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) => ("OKP", "Ed25519", pair.x.clone(), None),
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
            ("EC", "P-256", point.x.clone(), Some(point.y.clone()))
        }
        _ => return Err(other_kind()),
    };
    let key = DecodingKey::from_jwk(jwk).map_err(|_| other_kind())?;
    let public = PublicKey { kty: kty.to_owned(), purpose: "sig".to_owned(), alg: alg.to_owned(), kid, crv: crv.to_owned(), x, y };
    Ok(CheckingKey { public, algorithm, key })
}

/// A new Ed25519 key as PEM.
///
/// # Errors
/// A sentence where the machine has no randomness.
pub fn generate() -> Result<String, String> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| format!("The machine has no randomness for a signing key: {error}"))?;
    let der: Vec<u8> = ED25519_PKCS8.iter().chain(&secret).copied().collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)))
}

/// The text of a key file.
///
/// # Errors
/// A sentence where the file cannot be read.
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("The signing key {} cannot be read: {error}.", path.display()))
}

/// The key kept at `path`, made there at first, readable by its owner only.
///
/// # Errors
/// A sentence where the file can be neither read nor written.
pub fn read_or_make(path: &Path) -> Result<String, String> {
    if path.exists() {
        return read(path);
    }
    let pem = generate()?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(pem.as_bytes()));
    written.map_err(|error| format!("The signing key {} cannot be written: {error}.", path.display()))?;
    Ok(pem)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const EC_ALGORITHM: [u8; 11] = [0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

    fn pem(parts: &[&[u8]]) -> String {
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(parts.concat()))
    }

    /// A new ECDSA key on the curve P-256.
    pub fn p256() -> String {
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).unwrap();
        // Below the order of the curve, whatever the other bytes are.
        secret[0] = 1;
        let curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        pem(&[&[0x30, 0x41, 0x02, 0x01, 0x00], &EC_ALGORITHM, &curve, &[0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20], &secret])
    }

    fn p384() -> String {
        let curve = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
        let algorithm = [&[0x30, 0x10], &EC_ALGORITHM[2..]].concat();
        pem(&[
            &[0x30, 0x4e, 0x02, 0x01, 0x00],
            &algorithm,
            &curve,
            &[0x04, 0x37, 0x30, 0x35, 0x02, 0x01, 0x01, 0x04, 0x30],
            &[1, 2, 3, 4].repeat(12),
        ])
    }

    fn rsa() -> String {
        pem(&[&[
            0x30, 0x14, 0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04,
            0x00,
        ]])
    }

    fn refusal(pem: &str) -> String {
        Keyring::new(pem, &[]).err().unwrap()
    }

    #[test]
    fn a_new_key_signs_and_is_published() {
        let ring = Keyring::new(&generate().unwrap(), &[]).unwrap();
        let [key] = ring.published().try_into().unwrap();
        assert_eq!((key.kty.as_str(), key.alg.as_str(), key.crv.as_str(), key.y), ("OKP", "EdDSA", "Ed25519", None));
        assert_eq!(key.kid.len(), 43);
        assert!(ring.by_name(&key.kid).is_some());
    }

    #[test]
    fn a_p256_key_is_taken() {
        let ring = Keyring::new(&p256(), &[]).unwrap();
        let [key] = ring.published().try_into().unwrap();
        assert_eq!((key.kty.as_str(), key.alg.as_str(), key.crv.as_str(), key.y.is_some()), ("EC", "ES256", "P-256", true));
    }

    #[test]
    fn previous_keys_check_but_do_not_sign() {
        let (new, old) = (generate().unwrap(), generate().unwrap());
        let ring = Keyring::new(&new, &[format!("{old}{}", p256()), new.clone()]).unwrap();
        let names: Vec<String> = ring.published().into_iter().map(|key| key.alg).collect();
        assert_eq!(names, ["EdDSA", "EdDSA", "ES256"], "the signing key first, and no key twice");
        let (signing, _) = ring.signing().unwrap();
        assert_eq!(signing.public, Keyring::new(&new, &[]).unwrap().published()[0]);
    }

    #[test]
    fn weak_missing_and_foreign_keys_are_refused_with_a_reason() {
        assert!(refusal("").contains("empty"));
        assert!(refusal("a shared secret that is quite long").contains("not a private key"));
        assert!(refusal(&rsa()).contains("only Ed25519 and ECDSA P-256"));
        assert!(refusal(&p384()).contains("only Ed25519 and ECDSA P-256"));
        assert!(refusal("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----").contains("pass phrase"));
        let zeros = pem(&[&ED25519_PKCS8, &[0; 32]]);
        assert!(refusal(&zeros).contains("all the same"));
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        let made = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap(), made);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
    }
}
