//! Everything that can be wrong, as a closed list of fragments. None carries a value.

use thiserror::Error;

use crate::limits::{MAX_ITEMS, MAX_RECIPIENTS, MAX_VALUE_BYTES};

/// Why a sealed file is refused before any key is used (`docs/format.md`, section 8).
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// The age part cannot be an age file of this many recipients.
    #[error("`age` is not an armored age file of a plausible size")]
    AgeFile,
    /// The list has age recipients and there is no age part.
    #[error("the list of recipients has age recipients, but there is no `age` part")]
    AgeMissing,
    /// A plugin's stanza, a passphrase, or more grease than age writes.
    #[error("the `age` part has stanzas other than X25519, which format 1 does not allow")]
    AgeStanza,
    /// Somebody edited the list, or the age file.
    #[error(
        "the list of recipients was edited: it names {listed} age recipients, but the data key is \
         wrapped for {wrapped}"
    )]
    AgeStanzaCount {
        /// In the list.
        listed: usize,
        /// In the age file.
        wrapped: usize,
    },
    /// There is an age part for nobody.
    #[error("there is an `age` part, but the list of recipients has no age recipient")]
    AgeUnlisted,
    /// Not 32 bytes of canonical base64.
    #[error("`commitment` is not the canonical base64 of 32 bytes")]
    Commitment,
    /// The same envelope twice.
    #[error("two envelopes have the same commitment")]
    CommitmentTwice,
    /// Nothing is sealed under this data key.
    #[error("an envelope has no items")]
    EnvelopeEmpty,
    /// Not canonical base64, or of a length that padding never gives.
    #[error("item `{0}` is not canonical base64 of a sealed value")]
    Item(String),
    /// Two readers could see two values.
    #[error("item `{0}` is there twice, in two envelopes")]
    ItemTwice(String),
    /// Not a form that the list may have.
    #[error("`{0}` in the list of recipients is neither `age1...` nor `sha256:` and 64 hex digits")]
    ListedRecipient(String),
    /// No envelope.
    #[error("there are no items")]
    NoItem,
    /// An empty list.
    #[error("the list of recipients is empty")]
    NoRecipient,
    /// `sealedFor` with an empty string.
    #[error("`sealedFor.{0}` is empty; leave it out to allow any")]
    PlaceEmpty(&'static str),
    /// `sealedFor` with a name but no namespace.
    #[error("`sealedFor` has a name but no namespace")]
    PlaceWithoutNamespace,
    /// The same entry twice.
    #[error("recipient `{0}` is in the list twice")]
    RecipientTwice(String),
    /// Not the base64 of an RSA ciphertext.
    #[error("the `rsa` part for {0} is not canonical base64 of an RSA ciphertext")]
    RsaCiphertext(String),
    /// The list was edited, or a part taken out.
    #[error("the list of recipients names {0}, but there is no `rsa` part for it")]
    RsaMissing(String),
    /// The list was edited, or a part added.
    #[error("there is an `rsa` part for `{0}`, which is not in the list of recipients")]
    RsaUnlisted(String),
    /// More bytes than the limits can give.
    #[error("the items are larger than {MAX_VALUE_BYTES} bytes of values can be")]
    TooLarge,
    /// More than a file may have.
    #[error("there are more than {MAX_ITEMS} items")]
    TooManyItems,
    /// More than a list may have.
    #[error("the list has more than {MAX_RECIPIENTS} recipients")]
    TooManyRecipients,
    /// A newer bulla wrote it, or a typing error.
    #[error("format {0} is unknown; this version of bulla reads format 1")]
    Version(i64),
}

/// Why a sealed file did not open although it is well-formed. Envelopes count from 1.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Changed, or moved here from another key, type, place or file.
    #[error("item `{0}` is damaged, or was moved here from another key, type, place or file")]
    ItemDamaged(String),
    /// The data key fits, and the items open.
    #[error("the list of recipients of envelope {0} was edited after sealing")]
    ListEdited(usize),
    /// The same, with a data key that a KMS or HSM unwrapped. Nothing tells when it did so.
    #[error(
        "the 64 bytes for envelope {0} are from before a rewrap, or its list of recipients was edited \
         after sealing; cut the wrapped key out of the file as it is now, and have it unwrapped"
    )]
    ListEditedOrRewrapped(usize),
    /// None of the identities is a recipient.
    #[error("no identity opens envelope {0}, which is sealed to {list}", list = .1.join(", "))]
    NoIdentity(usize, Vec<String>),
    /// The data key fits, and the items do not open here.
    #[error("envelope {0} was sealed for another place or type than the file says now")]
    PlaceEdited(usize),
    /// More than a Secret may have.
    #[error("the values have more than {MAX_VALUE_BYTES} bytes")]
    TooLarge,
    /// Not 64 bytes, not authentic, or of another data key.
    #[error("the wrapped key of envelope {0} is damaged, or belongs to another envelope")]
    WrappedKeyDamaged(usize),
}

/// Why values could not be sealed.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The age crate refused the recipients.
    #[error("the age recipients could not be sealed to")]
    Age,
    /// Nothing to seal.
    #[error("there is no value to seal")]
    NoValue,
    /// aws-lc refused the key.
    #[error("RSA recipient {0} could not be sealed to")]
    Rsa(String),
    /// More than a Secret may have.
    #[error("the values have more than {MAX_VALUE_BYTES} bytes together, which no Secret may have")]
    TooLarge,
    /// More than a file may have.
    #[error("there are more than {MAX_ITEMS} values")]
    TooManyValues,
}

/// Why a sealed file could not be changed.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeError {
    /// The result would be no sealed file.
    #[error("after the change {0}")]
    Format(#[from] FormatError),
    /// Nothing to take out.
    #[error("there is no item `{0}`")]
    NoSuchItem(String),
    /// What was to be added was refused.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Why a sealed file could not be wrapped for other recipients.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RewrapError<E> {
    /// The caller has no recipients for it.
    #[error("{0}")]
    Choose(E),
    /// It does not open, or its list was edited.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A recipient was refused.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Why something is not a recipient. Nothing of the text is repeated: it could be a private key.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientError {
    /// Post-quantum or tagged.
    #[error("is an age recipient of a kind that is not supported yet; X25519 recipients are")]
    AgeKindUnsupported,
    /// A line of a file.
    #[error("line {0} {1}")]
    AtLine(usize, Box<Self>),
    /// Nothing but comments.
    #[error("holds no recipient")]
    EmptyFile,
    /// Nobody to seal to.
    #[error("no recipient")]
    NoRecipient,
    /// Elliptic curves and others.
    #[error("holds a key that is not RSA")]
    NotRsa,
    /// Broken, or another kind of PEM.
    #[error("is not PEM of an RSA public key or certificate")]
    Pem,
    /// A chain, or several keys in one file.
    #[error("holds more than one key; put each into a file of its own")]
    PemAndMore,
    /// A private key was given where a public one belongs.
    #[error("is a private key; give the public one, which `bulla keygen --public FILE` prints")]
    PrivateKey,
    /// Not an exponent that the format allows.
    #[error("is an RSA key with another exponent than 65537; make a new key")]
    RsaExponent,
    /// Not a size that the format allows.
    #[error("is an RSA key of {0} bits; it has to have 2048 to 4096")]
    RsaSize(usize),
    /// More than a list may have.
    #[error("more than {MAX_RECIPIENTS} recipients")]
    TooMany,
    /// Neither age nor PEM.
    #[error("is not an age X25519 recipient (`age1...`)")]
    Unknown,
}

impl RecipientError {
    pub(crate) fn at_line(self, line: usize) -> Self {
        Self::AtLine(line, Box::new(self))
    }
}

/// Why something is not an identity. Nothing of the text is repeated.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// Post-quantum or a plugin's.
    #[error("line {0} is an age identity of a kind that is not supported yet; X25519 is")]
    AgeKindUnsupported(usize),
    /// Nothing but comments.
    #[error("holds no identity")]
    Empty,
    /// PEM with a passphrase.
    #[error(
        "holds a private key with a passphrase; decrypt it first (`openssl pkey -in FILE -out NEW`)"
    )]
    Encrypted,
    /// Elliptic curves and others.
    #[error("holds a private key that is not RSA")]
    NotRsa,
    /// Neither a comment nor an identity.
    #[error("line {0} is not an age identity (`AGE-SECRET-KEY-1...`)")]
    Line(usize),
    /// Broken, or another kind of PEM.
    #[error("is not PEM of an RSA private key (PKCS#8 or PKCS#1)")]
    Pem,
    /// Several keys in one file.
    #[error("holds more than one key; put each into a file of its own")]
    PemAndMore,
    /// A recipient was given where an identity belongs.
    #[error("line {0} is a recipient, a public key; an identity is the private one")]
    PublicKey(usize),
    /// A public key or certificate was given where an identity belongs.
    #[error("holds a public key or certificate; an identity is the private key")]
    PublicPem,
    /// Not one of those that the format allows.
    #[error("{0}")]
    RsaKind(RecipientError),
    /// Not what a wrapped key opens to.
    #[error(
        "is no opened wrapped key: that is 64 bytes, as they are or in base64, out of RSA-OAEP with \
         SHA-256 (and MGF1 with SHA-256)"
    )]
    Unwrapped,
}
