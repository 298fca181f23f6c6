//! Private keys that open envelopes.

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use der::{Decode as _, Encode as _, SecretDocument};
use pkcs8::PrivateKeyInfo;
use zeroize::Zeroizing;

use crate::error::IdentityError;
use crate::recipient::{
    PemBlocks, Recipient, RsaRecipient, first_pem_block, is_encrypted, pem_and_more,
};
use crate::wrapped_key::WRAPPED_KEY_BYTES;

/// A private key.
pub enum Identity {
    /// An age X25519 identity.
    Age(Box<age::x25519::Identity>),
    /// An RSA private key.
    Rsa(Box<RsaIdentity>),
    /// What a key that never leaves its KMS or HSM made of the wrapped key of one envelope.
    Unwrapped(UnwrappedKey),
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

    /// Reads what a KMS or HSM answered: the 64 bytes, as they are or in base64 of either alphabet.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn from_unwrapped(answer: &[u8]) -> Result<Self, IdentityError> {
        UnwrappedKey::read(answer).map(Self::Unwrapped)
    }

    /// Its public side; none for an unwrapped key, which does not tell whose it was.
    pub fn to_recipient(&self) -> Option<Recipient> {
        match self {
            Self::Age(identity) => Some(Recipient::Age(identity.to_public().into())),
            Self::Rsa(identity) => Some(Recipient::Rsa(identity.recipient.clone())),
            Self::Unwrapped(_) => None,
        }
    }

    /// The line that age's identity files have, `AGE-SECRET-KEY-1...`; `None` for any other key.
    pub fn to_age_line(&self) -> Option<Zeroizing<String>> {
        use age::secrecy::ExposeSecret as _;
        match self {
            Self::Age(identity) => Some(Zeroizing::new(
                identity.to_string().expose_secret().to_owned(),
            )),
            Self::Rsa(_) | Self::Unwrapped(_) => None,
        }
    }
}

/// A wrapped key that is open: a data key and its binding.
pub struct UnwrappedKey(Zeroizing<Vec<u8>>);

impl UnwrappedKey {
    fn read(answer: &[u8]) -> Result<Self, IdentityError> {
        if answer.len() == WRAPPED_KEY_BYTES {
            return Ok(Self(Zeroizing::new(answer.to_vec())));
        }
        let text = answer.trim_ascii();
        let text = text.strip_suffix(b"==").unwrap_or(text);
        let bytes = BASE64_NOPAD
            .decode(text)
            .or_else(|_| BASE64URL_NOPAD.decode(text));
        let bytes = bytes.map(Zeroizing::new).unwrap_or_default();
        match bytes.len() {
            WRAPPED_KEY_BYTES => Ok(Self(bytes)),
            _ => Err(IdentityError::Unwrapped),
        }
    }

    pub(crate) fn expose(&self) -> &Zeroizing<Vec<u8>> {
        &self.0
    }
}

/// An RSA private key, and the recipient that it belongs to.
pub struct RsaIdentity {
    key: OaepPrivateDecryptingKey,
    recipient: RsaRecipient,
}

impl RsaIdentity {
    fn from_pem(text: &str) -> Result<Self, IdentityError> {
        if is_encrypted(text) {
            return Err(IdentityError::Encrypted);
        }
        let (label, document) = first_pem_block(text).ok_or(IdentityError::Pem)?;
        let document = match label.as_str() {
            "PRIVATE KEY" => document,
            "RSA PRIVATE KEY" => pkcs1_to_pkcs8(&document)?,
            "EC PRIVATE KEY" | "DSA PRIVATE KEY" => return Err(IdentityError::NotRsa),
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => {
                return Err(IdentityError::PublicPem);
            }
            _ => return Err(IdentityError::Pem),
        };
        let recipient = public_side(&document)?;
        let key = PrivateDecryptingKey::from_pkcs8(document.as_bytes())
            .map_err(|_| IdentityError::Pem)?;
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

/// Read before aws-lc sees the key, because it does not tell what it has against one.
fn public_side(pkcs8: &SecretDocument) -> Result<RsaRecipient, IdentityError> {
    let info = PrivateKeyInfo::from_der(pkcs8.as_bytes()).map_err(|_| IdentityError::Pem)?;
    if info.algorithm.oid != pkcs1::ALGORITHM_OID {
        return Err(IdentityError::NotRsa);
    }
    let key = pkcs1::RsaPrivateKey::from_der(info.private_key);
    let public = key.and_then(|key| key.public_key().to_der());
    let public = public.map_err(|_| IdentityError::Pem)?;
    RsaRecipient::from_pkcs1(&public).map_err(IdentityError::RsaKind)
}

/// aws-lc takes PKCS#8 only, `openssl genrsa -traditional` and older tools write PKCS#1.
fn pkcs1_to_pkcs8(document: &SecretDocument) -> Result<SecretDocument, IdentityError> {
    let info = PrivateKeyInfo::new(pkcs1::ALGORITHM_ID, document.as_bytes());
    SecretDocument::encode_msg(&info).map_err(|_| IdentityError::Pem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};

    #[test]
    fn a_generated_key_round_trips_through_both_pem_forms() {
        let key = PrivateDecryptingKey::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let info = PrivateKeyInfo::from_der(der.as_ref()).unwrap();
        let pkcs1 = pkcs1::RsaPrivateKey::from_der(info.private_key).unwrap();
        let pem8 = der::pem::encode_string("PRIVATE KEY", der::pem::LineEnding::LF, der.as_ref());
        let pem1 = der::pem::encode_string(
            "RSA PRIVATE KEY",
            der::pem::LineEnding::CRLF,
            &pkcs1.to_der().unwrap(),
        );
        let printed = |pem: &str| {
            let identities = Identity::parse_file(pem).unwrap();
            identities[0].to_recipient().unwrap().to_string()
        };
        assert_eq!(printed(&pem8.unwrap()), printed(&pem1.unwrap()));
    }
}
