//! RSA recipients: KMS and HSM keys, FIPS shops, certificates that exist already.
//!
//! Keys are parsed with RustCrypto's DER crates; both RSA operations are aws-lc's. The `rsa` crate
//! is not used at all: RUSTSEC-2023-0071 (timing of the private operation) has no patch, and a
//! scanner flags whoever links it, for the harmless public operation too.

use std::fmt;
use std::time::SystemTime;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use der::asn1::BitStringRef;
use der::{Decode as _, Encode as _};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use sha2::{Digest as _, Sha256};

use crate::encoding;
use crate::error::{RecipientError, SealError};

/// The bits that a modulus may have.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
const EXPONENT: &[u8] = &[1, 0, 1];

/// SHA-256 over the DER of an RSA key's SubjectPublicKeyInfo. Printed as `sha256:` and hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Parses 64 lower-case hex digits.
    pub(crate) fn parse(hex: &str) -> Option<Self> {
        encoding::from_hex_32(hex).map(Self)
    }

    pub(crate) fn to_hex(self) -> String {
        encoding::hex(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.to_hex())
    }
}

/// An RSA public key that the format allows: 2048 to 4096 bits, e = 65537.
#[derive(Clone)]
pub struct RsaRecipient {
    fingerprint: Fingerprint,
    /// DER of the SubjectPublicKeyInfo.
    spki: Vec<u8>,
    /// The end of the certificate that the key came in.
    expires: Option<SystemTime>,
}

impl RsaRecipient {
    pub(crate) fn from_pem(text: &str) -> Result<Self, RecipientError> {
        let (label, document) = first_pem_block(text).ok_or(RecipientError::Pem)?;
        match label.as_str() {
            "PUBLIC KEY" => {
                let spki = SubjectPublicKeyInfoRef::from_der(document.as_bytes())
                    .map_err(|_| RecipientError::Pem)?;
                Self::from_spki(&spki)
            }
            "RSA PUBLIC KEY" => Self::from_pkcs1(document.as_bytes()),
            "CERTIFICATE" => {
                let certificate = x509_cert::Certificate::from_der(document.as_bytes())
                    .map_err(|_| RecipientError::Pem)?;
                let spki = certificate.tbs_certificate.subject_public_key_info;
                let der = spki.to_der().map_err(|_| RecipientError::Pem)?;
                let spki = SubjectPublicKeyInfoRef::from_der(&der);
                let recipient = Self::from_spki(&spki.map_err(|_| RecipientError::Pem)?)?;
                let end = certificate.tbs_certificate.validity.not_after;
                Ok(Self {
                    expires: SystemTime::UNIX_EPOCH.checked_add(end.to_unix_duration()),
                    ..recipient
                })
            }
            label if label.ends_with("PRIVATE KEY") => Err(RecipientError::PrivateKey),
            _ => Err(RecipientError::Pem),
        }
    }

    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<Self, RecipientError> {
        if spki.algorithm.oid != pkcs1::ALGORITHM_OID {
            return Err(RecipientError::NotRsa);
        }
        let key = spki.subject_public_key.as_bytes();
        Self::from_pkcs1(key.ok_or(RecipientError::Pem)?)
    }

    /// Builds the SubjectPublicKeyInfo anew, so that one key has one fingerprint however its file
    /// spells the algorithm's parameters.
    pub(crate) fn from_pkcs1(der: &[u8]) -> Result<Self, RecipientError> {
        let key = pkcs1::RsaPublicKey::from_der(der).map_err(|_| RecipientError::Pem)?;
        let modulus = key.modulus.as_bytes();
        let leading_zeros = modulus.first().map_or(8, |byte| byte.leading_zeros());
        let bits = modulus.len() * 8 - leading_zeros as usize;
        if !MODULUS_BITS.contains(&bits) {
            return Err(RecipientError::RsaSize(bits));
        }
        if key.public_exponent.as_bytes() != EXPONENT {
            return Err(RecipientError::RsaExponent);
        }
        let spki = SubjectPublicKeyInfoRef {
            algorithm: pkcs1::ALGORITHM_ID,
            subject_public_key: BitStringRef::from_bytes(der).map_err(|_| RecipientError::Pem)?,
        };
        let spki = spki.to_der().map_err(|_| RecipientError::Pem)?;
        let fingerprint = Fingerprint(Sha256::digest(&spki).into());
        // Parsed here once, so that a key that aws-lc refuses is an error now and not at sealing.
        PublicEncryptingKey::from_der(&spki).map_err(|_| RecipientError::Pem)?;
        Ok(Self {
            fingerprint,
            spki,
            expires: None,
        })
    }

    pub(crate) fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    pub(crate) fn to_pem(&self) -> String {
        use der::pem::{LineEnding, encode_string};
        #[expect(
            clippy::expect_used,
            reason = "it fails for labels with line breaks only"
        )]
        encode_string("PUBLIC KEY", LineEnding::LF, &self.spki).expect("a constant label")
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// RSAES-OAEP with SHA-256, MGF1-SHA-256 and no label.
    pub(crate) fn wrap(&self, wrapped_key: &[u8]) -> Result<Vec<u8>, SealError> {
        let refused = |_| SealError::Rsa(self.fingerprint.to_string());
        let key = PublicEncryptingKey::from_der(&self.spki)
            .map_err(|_| SealError::Rsa(self.fingerprint.to_string()))?;
        let key = OaepPublicEncryptingKey::new(key).map_err(refused)?;
        let mut out = vec![0; key.ciphertext_size()];
        let len = key
            .encrypt(&OAEP_SHA256_MGF1SHA256, wrapped_key, &mut out, None)
            .map_err(refused)?
            .len();
        out.truncate(len);
        Ok(out)
    }
}

/// Whether the first PEM block says, in its label or in a header, that it takes a passphrase.
pub(crate) fn is_encrypted(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start);
    let block = lines
        .by_ref()
        .skip_while(|line| !line.starts_with(PEM_BEGIN));
    block
        .take_while(|line| !line.starts_with("-----END "))
        .any(|line| line.contains("ENCRYPTED"))
}

/// The label and content of the first PEM block, whatever text stands around it (`openssl x509 -text`
/// prints some). The content is overwritten when dropped: it can be a private key, given by mistake
/// or as an identity.
pub(crate) fn first_pem_block(text: &str) -> Option<(String, der::SecretDocument)> {
    let mut begins = text
        .match_indices(PEM_BEGIN)
        .filter(|(at, _)| is_line_start(text, *at));
    let (start, _) = begins.next()?;
    let from_start = text.get(start..)?;
    let end = from_start.find("-----END ")?;
    let end_line = from_start.get(end..)?.lines().next()?;
    let block = from_start.get(..end + end_line.len())?;
    let (label, document) = der::SecretDocument::from_pem(block).ok()?;
    Some((label.to_owned(), document))
}

/// Whether the text is PEM, and has more in it than one key: further blocks, or lines for age. All
/// but the first would be silently lost, and who was left out would hear of it too late. A chain of
/// certificates is one key: the first certificate's.
pub(crate) fn pem_and_more(text: &str) -> PemBlocks {
    let lines = || text.lines().map(str::trim_start);
    let is_for_age = |line: &str| line.starts_with("age1") || line.starts_with("AGE-");
    match lines().filter(|line| line.starts_with(PEM_BEGIN)).count() {
        0 => PemBlocks::None,
        _ if lines().any(is_for_age) => PemBlocks::AndMore,
        1 => PemBlocks::One,
        blocks if is_chain(text, blocks) => PemBlocks::One,
        _ => PemBlocks::AndMore,
    }
}

/// Whether all blocks are certificates, each issued by the next.
fn is_chain(text: &str, blocks: usize) -> bool {
    let Ok(chain) = x509_cert::Certificate::load_pem_chain(text.as_bytes()) else {
        return false;
    };
    let is_issued = |pair: &[x509_cert::Certificate]| match pair {
        [leaf, issuer] => leaf.tbs_certificate.issuer == issuer.tbs_certificate.subject,
        _ => false,
    };
    chain.len() == blocks && chain.windows(2).all(is_issued)
}

pub(crate) enum PemBlocks {
    None,
    One,
    AndMore,
}

const PEM_BEGIN: &str = "-----BEGIN ";

fn is_line_start(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.trim_end_matches([' ', '\t']).ends_with('\n') || before.trim().is_empty()
}
