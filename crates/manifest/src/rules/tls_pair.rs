//! Whether a certificate and a private key belong together, as Go sees it (crypto/tls:
//! `X509KeyPair`). The API server warns of a pair that does not, and `kubectl create secret tls`
//! refuses it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use pkcs8::PrivateKeyInfo;
use x509_cert::Certificate;

use super::pem::{self, Block};

/// Why a certificate and a private key are no pair. Go's words, without what it quotes of the
/// input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsPairError {
    /// Nothing to read as a certificate.
    #[error("tls: failed to find any PEM data in certificate input")]
    NoCertificatePem,
    /// A private key where the certificate should be.
    #[error(
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
    )]
    KeyForCertificate,
    /// PEM of something else.
    #[error("tls: failed to find \"CERTIFICATE\" PEM block in certificate input")]
    NoCertificate,
    /// Nothing to read as a private key.
    #[error("tls: failed to find any PEM data in key input")]
    NoKeyPem,
    /// A certificate where the private key should be.
    #[error("tls: found a certificate rather than a key in the PEM for the private key")]
    CertificateForKey,
    /// PEM of something else.
    #[error("tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input")]
    NoKey,
    /// The first certificate cannot be read.
    #[error("x509: the first certificate cannot be parsed")]
    Certificate,
    /// A certificate on a curve that Go does not know.
    #[error("x509: unsupported elliptic curve")]
    Curve,
    /// The private key has a passphrase.
    #[error("tls: failed to parse private key: it has a passphrase (remove it: `openssl pkey`)")]
    EncryptedKey,
    /// The private key cannot be read.
    #[error("tls: failed to parse private key")]
    Key,
    /// The certificate's key is of a kind that TLS in Go does not know.
    #[error("tls: unknown public key algorithm")]
    UnknownAlgorithm,
    /// RSA and an elliptic curve, for instance.
    #[error("tls: private key type does not match public key type")]
    OtherType,
    /// Two different keys.
    #[error("tls: private key does not match public key")]
    OtherKey,
}

/// Checks `tls.crt` and `tls.key`: the first certificate's public key has to be that of the first
/// private key (PKCS#1, PKCS#8 or SEC 1; RSA, P-256, P-384, P-521 or Ed25519). As in Go neither
/// dates nor names nor the rest of the chain are looked at. Pairs on P-224, which no TLS library
/// but Go's takes, pass unchecked.
///
/// # Errors
///
/// Why they are no pair.
pub fn tls_pair(certificate: &[u8], key: &[u8]) -> Result<(), TlsPairError> {
    let certificate = first_certificate(certificate)?;
    let key = first_key(key)?;
    let certificate = Certificate::from_der(certificate.content.expose())
        .map_err(|_| TlsPairError::Certificate)?;
    let spki = &certificate.tbs_certificate.subject_public_key_info;
    let public = spki
        .subject_public_key
        .as_bytes()
        .ok_or(TlsPairError::Certificate)?;
    let found = public_of(&key);
    let wanted = match spki.algorithm.oid {
        RSA => {
            let key = pkcs1::RsaPublicKey::from_der(public);
            Public::rsa(&key.map_err(|_| TlsPairError::Certificate)?)
        }
        EC => {
            let curve = spki.algorithm.parameters.as_ref();
            match curve.and_then(|curve| curve.decode_as().ok()) {
                // aws-lc cannot compute what the key's public side is.
                Some(P224) if matches!(found, Err(TlsPairError::Key)) => return Ok(()),
                Some(P224 | P256 | P384 | P521) => Public::Ec(public.to_vec()),
                _ => return Err(TlsPairError::Curve),
            }
        }
        ED25519 => Public::Ed25519(public.to_vec()),
        _ => return found.and(Err(TlsPairError::UnknownAlgorithm)),
    };
    let found = found?;
    if std::mem::discriminant(&wanted) != std::mem::discriminant(&found) {
        return Err(TlsPairError::OtherType);
    }
    match wanted == found {
        true => Ok(()),
        false => Err(TlsPairError::OtherKey),
    }
}

const RSA: ObjectIdentifier = pkcs1::ALGORITHM_OID;
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.33");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// X9.62's prime-field, 1.2.840.10045.1.1, as DER. It begins a curve that is spelt out.
const PRIME_FIELD: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1];

/// A public key, comparable.
#[derive(PartialEq)]
enum Public {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The uncompressed point; its length tells the curve.
    Ec(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Public {
    fn rsa(key: &pkcs1::RsaPublicKey<'_>) -> Self {
        Self::Rsa {
            modulus: key.modulus.as_bytes().to_vec(),
            exponent: key.public_exponent.as_bytes().to_vec(),
        }
    }
}

fn first_certificate(input: &[u8]) -> Result<Block<'_>, TlsPairError> {
    let mut skipped = Vec::new();
    for block in pem::blocks(input) {
        if block.label == b"CERTIFICATE" {
            return Ok(block);
        }
        skipped.push(block.label);
    }
    Err(match skipped.as_slice() {
        [] => TlsPairError::NoCertificatePem,
        [label] if label.ends_with(b"PRIVATE KEY") => TlsPairError::KeyForCertificate,
        _ => TlsPairError::NoCertificate,
    })
}

fn first_key(input: &[u8]) -> Result<Block<'_>, TlsPairError> {
    let mut skipped = Vec::new();
    for block in pem::blocks(input) {
        if block.label == b"PRIVATE KEY" || block.label.ends_with(b" PRIVATE KEY") {
            return Ok(block);
        }
        skipped.push(block.label);
    }
    Err(match skipped.as_slice() {
        [] => TlsPairError::NoKeyPem,
        [b"CERTIFICATE"] => TlsPairError::CertificateForKey,
        _ => TlsPairError::NoKey,
    })
}

/// The public side of a private key, whatever its label says it is: as in Go, PKCS#1, PKCS#8 and
/// SEC 1 are tried in turn.
fn public_of(block: &Block<'_>) -> Result<Public, TlsPairError> {
    if block.is_encrypted {
        return Err(TlsPairError::EncryptedKey);
    }
    let der = block.content.expose();
    if let Ok(public) = rsa_public_of(der) {
        return Ok(public);
    }
    if let Ok(info) = PrivateKeyInfo::from_der(der) {
        match info.algorithm.oid {
            RSA => return rsa_public_of(info.private_key),
            ED25519 => {
                let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der);
                let key = key.map_err(|_| TlsPairError::Key)?;
                return Ok(Public::Ed25519(key.public_key().as_ref().to_vec()));
            }
            EC => {}
            _ => return Err(TlsPairError::Key),
        }
    }
    // aws-lc takes a curve that is spelt out instead of named; Go does not.
    if der
        .windows(PRIME_FIELD.len())
        .any(|part| part == PRIME_FIELD)
    {
        return Err(TlsPairError::Key);
    }
    let curves = [
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        &ECDSA_P384_SHA384_ASN1_SIGNING,
        &ECDSA_P521_SHA512_ASN1_SIGNING,
    ];
    let mut keys = curves
        .into_iter()
        .filter_map(|curve| EcdsaKeyPair::from_private_key_der(curve, der).ok());
    let key = keys.next().ok_or(TlsPairError::Key)?;
    Ok(Public::Ec(key.public_key().as_ref().to_vec()))
}

/// Of the sizes that aws-lc knows it also checks that the parts of the key fit together.
fn rsa_public_of(pkcs1: &[u8]) -> Result<Public, TlsPairError> {
    let key = pkcs1::RsaPrivateKey::from_der(pkcs1).map_err(|_| TlsPairError::Key)?;
    let is_known_size = (256..=1024).contains(&key.modulus.as_bytes().len());
    if is_known_size && RsaKeyPair::from_der(pkcs1).is_err() {
        return Err(TlsPairError::Key);
    }
    Ok(Public::rsa(&key.public_key()))
}
