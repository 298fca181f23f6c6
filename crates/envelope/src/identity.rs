//! Private keys that open envelopes.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use der::{Decode as _, SecretDocument};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use crate::error::IdentityError;
use crate::recipient::{PemBlocks, Recipient, RsaRecipient, first_pem_block, pem_and_more};

/// A private key.
pub enum Identity {
    /// An age X25519 identity.
    Age(Box<age::x25519::Identity>),
    /// An RSA private key.
    Rsa(Box<RsaIdentity>),
}

impl Identity {
    /// A new age identity.
    pub fn generate() -> Self {
        Self::Age(Box::new(age::x25519::Identity::generate()))
    }

    /// The identities of a file: an RSA private key as PEM (PKCS#8 or PKCS#1), or age's format,
    /// one `AGE-SECRET-KEY-1...` a line beside empty lines and `#` comments.
    ///
    /// # Errors
    ///
    /// Anything else, with the line but never what stands there; and a file without any.
    pub fn parse_file(text: &str) -> Result<Vec<Self>, IdentityError> {
        match pem_and_more(text) {
            PemBlocks::None => {}
            PemBlocks::One => {
                let identity = RsaIdentity::from_pem(text)?;
                return Ok(vec![Self::Rsa(Box::new(identity))]);
            }
            PemBlocks::AndMore => return Err(IdentityError::PemAndMore),
        }
        let mut identities = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let identity = line.parse().map_err(|_| {
                if line.starts_with("age1") {
                    IdentityError::PublicKey(number)
                } else if line.starts_with("AGE-PLUGIN-") || line.starts_with("AGE-SECRET-KEY-PQ-")
                {
                    IdentityError::AgeKindUnsupported(number)
                } else {
                    IdentityError::Line(number)
                }
            })?;
            identities.push(Self::Age(Box::new(identity)));
        }
        if identities.is_empty() {
            return Err(IdentityError::Empty);
        }
        Ok(identities)
    }

    /// Its public side.
    pub fn to_recipient(&self) -> Recipient {
        match self {
            Self::Age(identity) => Recipient::Age(identity.to_public().into()),
            Self::Rsa(identity) => Recipient::Rsa(identity.recipient.clone()),
        }
    }

    /// The line that age's identity files have, `AGE-SECRET-KEY-1...`; `None` for an RSA key.
    pub fn to_age_line(&self) -> Option<Zeroizing<String>> {
        use age::secrecy::ExposeSecret as _;
        match self {
            Self::Age(identity) => Some(Zeroizing::new(
                identity.to_string().expose_secret().to_owned(),
            )),
            Self::Rsa(_) => None,
        }
    }
}

/// An RSA private key, and the recipient that it belongs to.
pub struct RsaIdentity {
    key: OaepPrivateDecryptingKey,
    recipient: RsaRecipient,
}

impl RsaIdentity {
    fn from_pem(text: &str) -> Result<Self, IdentityError> {
        if text.contains("ENCRYPTED") {
            return Err(IdentityError::Encrypted);
        }
        let (label, document) = first_pem_block(text).ok_or(IdentityError::Pem)?;
        let key = match label.as_str() {
            "PRIVATE KEY" => PrivateDecryptingKey::from_pkcs8(document.as_bytes()),
            "RSA PRIVATE KEY" => {
                let pkcs8 = pkcs1_to_pkcs8(&document)?;
                PrivateDecryptingKey::from_pkcs8(pkcs8.as_bytes())
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => {
                return Err(IdentityError::PublicPem);
            }
            _ => return Err(IdentityError::Pem),
        };
        let key = key.map_err(|_| IdentityError::Pem)?;
        let public = key.public_key();
        let spki: PublicKeyX509Der<'_> = public.as_der().map_err(|_| IdentityError::Pem)?;
        let spki = SubjectPublicKeyInfoRef::from_der(spki.as_ref());
        let recipient = RsaRecipient::from_spki(&spki.map_err(|_| IdentityError::Pem)?)
            .map_err(|_| IdentityError::RsaSize)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| IdentityError::Pem)?;
        Ok(Self { key, recipient })
    }

    pub(crate) fn recipient(&self) -> &RsaRecipient {
        &self.recipient
    }

    /// aws-lc's private operation is constant-time and blinded, and its OAEP check does not tell
    /// where it failed, so neither Manger's attack nor RUSTSEC-2023-0071 finds anything here.
    pub(crate) fn unwrap_key(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut out = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let len = self
            .key
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut out, None)
            .ok()?
            .len();
        out.truncate(len);
        Some(out)
    }
}

/// aws-lc takes PKCS#8 only, `openssl genrsa -traditional` and older tools write PKCS#1.
fn pkcs1_to_pkcs8(document: &SecretDocument) -> Result<SecretDocument, IdentityError> {
    let info = pkcs8::PrivateKeyInfo::new(pkcs1::ALGORITHM_ID, document.as_bytes());
    SecretDocument::encode_msg(&info).map_err(|_| IdentityError::Pem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::Pkcs8V1Der;
    use der::Encode as _;

    #[test]
    fn a_generated_key_round_trips_through_both_pem_forms() {
        let key = PrivateDecryptingKey::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let info = pkcs8::PrivateKeyInfo::from_der(der.as_ref()).unwrap();
        let pkcs1 = pkcs1::RsaPrivateKey::from_der(info.private_key).unwrap();
        let pem8 = der::pem::encode_string("PRIVATE KEY", der::pem::LineEnding::LF, der.as_ref());
        let pem1 = der::pem::encode_string(
            "RSA PRIVATE KEY",
            der::pem::LineEnding::CRLF,
            &pkcs1.to_der().unwrap(),
        );
        let printed = |pem: &str| {
            let identities = Identity::parse_file(pem).unwrap();
            identities[0].to_recipient().to_string()
        };
        assert_eq!(printed(&pem8.unwrap()), printed(&pem1.unwrap()));
    }
}
