//! Every reason for which a manifest is refused, with the text a user reads.

use crate::rules::Violation;
use crate::syntax::Syntax;

/// Why something is refused. The texts are fixed, save for names of keys and fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The bytes are not UTF-8.
    #[error("not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// UTF-16 or UTF-32, with its name.
    #[error("{0}, as a `>` in PowerShell can write it; save the file as UTF-8")]
    Wide(&'static str),
    /// A character that YAML does not allow unescaped.
    #[error(
        "a control character, which YAML does not allow; write it as an escape in double quotes"
    )]
    Unprintable,
    /// NEL, LS, PS or a lone CR.
    #[error(
        "a character that ends a line for some programs and not for others (CR without LF, U+0085, U+2028 or U+2029); remove it, or write it as an escape in double quotes"
    )]
    LineBreak,
    /// U+FEFF elsewhere than at the very start of the source.
    #[error(
        "a byte order mark (U+FEFF) inside the file; remove it, or write it as an escape in double quotes"
    )]
    ByteOrderMark,
    /// Content on a `---` line: kubectl drops it, others read it.
    #[error("content after `---` on the same line, which kubectl drops; move it to the next line")]
    ContentOnMarker,
    /// A line that begins with `---` but starts no document: kubectl may split there, others not.
    #[error("a line that begins with `---` but does not start a document; indent or quote it")]
    FalseMarker,
    /// Content after `...`: kubectl drops it, others read it.
    #[error("content after `...`, which kubectl drops; begin a new document with a line `---`")]
    ContentAfterEnd,
    /// `%YAML`, `%TAG` and the like.
    #[error("a YAML directive (`%`); remove it")]
    Directive,
    /// Nesting beyond the limit.
    #[error("nested more than {0} levels deep; flatten it")]
    TooDeep(usize),
    /// Not YAML at all.
    #[error("{0}")]
    Syntax(Syntax),

    /// A key that occurs twice in one map.
    #[error("duplicate key; remove one of the two")]
    DuplicateKey,
    /// A key under `data` and `stringData` where both count.
    #[error("under `data`, too; remove one of the two")]
    InBoth,
    /// `<<`
    #[error("a merge key (`<<`), which programs read differently; write the fields out")]
    MergeKey,
    /// `*name`
    #[error("an alias (`*`), which is not followed here; write the value out")]
    Alias,
    /// `&name`
    #[error("an anchor (`&`), which has no use here; remove it")]
    Anchor,
    /// `!!binary`
    #[error(
        "the tag `!!binary`, which programs decode differently; put base64 without a tag under `data:`"
    )]
    BinaryTag,
    /// Any other tag than `!!str`.
    #[error("a tag (`!`) other than `!!str`; remove it, or quote the text if `!` is part of it")]
    Tag,
    /// A key that is a list or a map.
    #[error("a key that is not a string; use a string")]
    ComplexKey,
    /// A key that some programs read as a number, a boolean, a date or null.
    #[error("a key that not every program reads as the same string; put it in quotes")]
    AmbiguousKey,
    /// A plain scalar that some programs read as a number, a boolean, a date or null.
    #[error("not every program reads this as the same string; put it in quotes")]
    Ambiguous,
    /// The same where a number or a boolean could have been meant as well.
    #[error(
        "not every program reads this as the same value; put text in quotes, and write numbers as decimal integers, booleans as `true` or `false`"
    )]
    Unsettled,
    /// `|` or `>` at the end of a file without a final line break.
    #[error(
        "a block scalar at the end of a file without a line break, which programs read differently; end the file with a line break"
    )]
    Unterminated,
    /// `>` with lines that are indented more, or empty lines at its end: kustomize adds line breaks.
    #[error(
        "a folded block scalar (`>`) with further indented lines or empty lines at its end, which programs read differently; use `|` or quotes"
    )]
    Folded,
    /// Something else was expected at this place.
    #[error("{0} is expected here")]
    Expected(String),
    /// A number, a boolean or null where a string was expected.
    #[error("{0} is expected here; put the value in quotes if it is meant as text")]
    ExpectedText(String),
    /// A number that is not a plain decimal integer in range.
    #[error(
        "a number other than a decimal integer of at most 64 bits; write it so, or in quotes if it is text"
    )]
    Number,

    /// A required field that is missing.
    #[error("required, but missing; add it")]
    Missing,
    /// A field nobody knows; the API server refuses it, too.
    #[error("unknown field{}; remove it or correct its spelling", suggestion(.0))]
    UnknownField(Option<&'static str>),
    /// An enumeration without this variant.
    #[error("not one of the allowed values: {0}")]
    UnknownVariant(String),
    /// A value that its type refuses for reasons of its own.
    #[error("not a valid value for this field")]
    Invalid,
    /// Something a caller found at a place in a document; see [`crate::Document::problem`].
    #[error("{0}")]
    Other(String),

    /// `generateName` without `name`.
    #[error(
        "a sealed Secret needs a fixed name, because it is part of what is sealed; set metadata.name instead of generateName"
    )]
    GeneratedName,
    /// A `data` value that is not base64 as Kubernetes decodes it.
    #[error(
        "not base64 (standard alphabet, with padding); encode the value, or put it under stringData as it is"
    )]
    Base64,
    /// A document that is not a Secret where one was asked for.
    #[error("not a v1 Secret; give a document with `apiVersion: v1` and `kind: Secret`")]
    NotSecret,
    /// Secrets inside a list of another kind, or a list inside a list.
    #[error(
        "Secrets in `items` of something that is not a v1 List or SecretList, or in a list within a list; make each a document of its own"
    )]
    HiddenSecret,
    /// An item that cannot be cut out of its list without changing what it says.
    #[error("this item cannot be cut out of its list unchanged; make it a document of its own")]
    NotSliceable,
    /// A rule of the API server.
    #[error("{0}")]
    Rule(Violation),
}

fn suggestion(name: &Option<&'static str>) -> String {
    name.map(|name| format!(" (did you mean {name:?}?)"))
        .unwrap_or_default()
}
