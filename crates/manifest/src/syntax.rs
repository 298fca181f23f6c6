//! Syntax errors in words of our own: the parser's may repeat what it read.

use granit_parser::ErrorKind;

/// Why a text is not YAML, coarsely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Syntax {
    /// A second value after the end of the first, such as two JSON objects in a row.
    #[error("content after the end of the document; put a line `---` between documents")]
    SecondValue,
    /// Indentation that fits no open block.
    #[error("the indentation fits nothing above; align it with its siblings")]
    Indentation,
    /// A tab where only spaces may indent.
    #[error("a tab where only spaces may stand; indent with spaces")]
    Tab,
    /// A `:` or a key where none may stand.
    #[error("a key or `:` is not allowed here; quote the text if `:` is part of it")]
    Key,
    /// A quote that is never closed.
    #[error("a quote is not closed; close it on the same level of indentation")]
    Quote,
    /// Text after a closing quote.
    #[error("text after a closing quote; quote the whole value")]
    AfterQuote,
    /// An unknown or incomplete escape in double quotes.
    #[error("an unknown or incomplete escape in double quotes; write `\\\\` for a backslash")]
    Escape,
    /// `[` or `{` without its counterpart, or with the wrong one.
    #[error("brackets do not match; close every `[` with `]` and every `{{` with `}}`")]
    Brackets,
    /// An item or entry of `[...]` or `{...}` without the comma before it.
    #[error("a `,` or a closing bracket is missing")]
    Separator,
    /// A malformed block scalar (`|` or `>`).
    #[error("a malformed block scalar; indent its lines with spaces, deeper than its key")]
    BlockScalar,
    /// `- ` where no list may begin.
    #[error("a list item is not allowed here; begin the list on a line of its own")]
    ListItem,
    /// A comment without white space before it, or in the middle of a text.
    #[error("a comment is not allowed here; put white space before `#`, or quote the text")]
    Comment,
    /// A malformed or undeclared tag.
    #[error("a malformed tag; quote the text if `!` is part of it")]
    Tag,
    /// An alias without its anchor, or without a name.
    #[error("an alias without its anchor; quote the text if `*` or `&` is part of it")]
    Alias,
    /// A character that cannot begin a value.
    #[error("a character that cannot begin a value; quote the text")]
    Character,
    /// The text ends where more was expected.
    #[error("the document ends too early; complete it")]
    End,
    /// Anything else.
    #[error("not valid YAML; correct it")]
    Other,
}

impl From<&ErrorKind> for Syntax {
    fn from(kind: &ErrorKind) -> Self {
        use ErrorKind as K;
        match kind {
            K::ExpectedDocumentStart | K::InvalidDocumentEnd => Self::SecondValue,
            K::InvalidIndentation
            | K::ExpectedBlockMappingKey
            | K::ExpectedBlockSequenceEntry
            | K::InvalidFlowScalarIndent
            | K::InvalidQuotedScalarIndent => Self::Indentation,
            K::TabNotAllowed
            | K::TabInBlockIndentation
            | K::TabInIndentation
            | K::TabInPlainScalar => Self::Tab,
            K::SimpleKeyExpected
            | K::InvalidSimpleKey
            | K::MappingKeyNotAllowed
            | K::MappingValueNotAllowed
            | K::InvalidMappingValueWhitespace
            | K::InvalidColonPlacement
            | K::FlowMappingValueAdjacentCollection => Self::Key,
            K::UnclosedQuotedScalar | K::DocumentIndicatorInQuotedScalar => Self::Quote,
            K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => {
                Self::AfterQuote
            }
            K::UnknownQuotedScalarEscape
            | K::InvalidQuotedScalarHexEscape
            | K::InvalidLowSurrogateHexEscape
            | K::InvalidLowSurrogate
            | K::MissingLowSurrogate
            | K::UnpairedLowSurrogate
            | K::InvalidUnicodeEscape => Self::Escape,
            K::MisplacedFlowCollectionEnd
            | K::MismatchedFlowCollectionEnd { .. }
            | K::UnclosedFlowCollection { .. }
            | K::UnexpectedEofFlowSequence
            | K::UnexpectedEofFlowMapping
            | K::UnexpectedEofImplicitFlowMapping => Self::Brackets,
            K::ExpectedFlowMappingSeparator | K::ExpectedFlowSequenceSeparator => Self::Separator,
            K::ZeroBlockScalarIndent
            | K::InvalidBlockScalarHeader
            | K::TabAtBlockScalarStart
            | K::InvalidBlockScalarIndent => Self::BlockScalar,
            K::BlockEntryInFlowCollection
            | K::BlockSequenceEntryNotAllowed
            | K::InvalidBlockEntryWhitespace => Self::ListItem,
            K::CommentInterceptedScalar | K::CommentNotSeparated => Self::Comment,
            K::UndeclaredTagHandle
            | K::ExpectedTagBang
            | K::InvalidGlobalTagCharacter
            | K::InvalidTagTerminator
            | K::MissingTagUri
            | K::UnclosedVerbatimTag
            | K::InvalidTagEscape
            | K::InvalidTagUtf8LeadingByte
            | K::InvalidTagUtf8TrailingByte
            | K::InvalidTagUtf8 => Self::Tag,
            K::UnknownAnchor | K::MissingAnchorOrAliasName => Self::Alias,
            K::UnexpectedCharacter { .. } | K::PlainScalarStartsWithDashFlowIndicator => {
                Self::Character
            }
            K::UnexpectedEof
            | K::UnexpectedEofBlockMapping
            | K::UnexpectedEofBlockSequence
            | K::UnexpectedEndOfPlainScalar => Self::End,
            _ => Self::Other,
        }
    }
}
