//! What readers make of a plain (unquoted) scalar.
//!
//! Go's sigs.k8s.io/yaml (kubectl), kustomize's kyaml, PyYAML and YAML 1.2 readers disagree on
//! `on`, `0400`, `1_000`, `1e3`, `12:30:00`, `2020-01-01` and more. The rules here are the union
//! of all of theirs, made a little wider where that makes them simpler: what is refused only
//! has to be quoted.

/// What every reader agrees that a plain scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    /// A decimal integer in the one spelling that all readers take for the same number.
    Integer,
    Text,
    /// Readers disagree.
    Ambiguous,
}

/// Words that some reader resolves to something else than a string, in lower case. Compared
/// without regard to case, though most readers take three spellings of each only.
const WORDS: [&str; 13] = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity", "~",
];

/// Whether a plain scalar with this text would be read as this same string by every reader, as
/// far as its type goes (YAML's syntax may ask for quotes all the same).
pub fn is_unambiguous(text: &str) -> bool {
    plain(text) == Plain::Text
}

pub(crate) fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" => return Plain::Bool(true),
        "false" => return Plain::Bool(false),
        "=" | "<<" => return Plain::Ambiguous,
        _ => {}
    }
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Plain::Ambiguous;
    }
    // No reader looks for a number or a date behind any other character.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '_')) {
        return Plain::Text;
    }
    if is_canonical_integer(text) {
        return Plain::Integer;
    }
    if is_number(text) || is_date(text) {
        return Plain::Ambiguous;
    }
    Plain::Text
}

fn is_canonical_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.starts_with('0') && text != "0";
    !leading_zero && is_digits(digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    // Go removes every underscore before it looks for a number.
    let text: String = text
        .chars()
        .filter(|&c| c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            // Go accepts a sign behind some of the prefixes.
            let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
            return digits.chars().all(|c| c.is_digit(radix));
        }
    }
    if WORDS.contains(&unsigned.strip_prefix('.').unwrap_or(unsigned)) {
        return unsigned.ends_with("inf")
            || unsigned.ends_with("nan")
            || unsigned.ends_with("infinity");
    }
    is_float(unsigned) || is_sexagesimal(unsigned)
}

/// `1`, `1.`, `.5`, `1.5e3`, and with PyYAML's grammar also `1.2.` and the like.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    [whole, fraction, exponent]
        .iter()
        .all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        && !(whole.is_empty() && fraction.is_empty())
}

/// `12:30`, `1:02:03.5`: numbers in base 60 to YAML 1.1.
fn is_sexagesimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    whole.contains(':')
        && whole.split(':').all(is_digits)
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// `2020-01-01` alone or with anything behind it that could be a time.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let day = rest.split(['T', 't', ' ', '\t']).next().unwrap_or_default();
    year.len() == 4
        && is_digits(year)
        && month.len() <= 2
        && is_digits(month)
        && day.len() <= 2
        && is_digits(day)
}

#[cfg(test)]
mod tests {
    use super::{Plain, plain};

    #[test]
    fn what_readers_disagree_on_is_ambiguous() {
        for text in [
            "on",
            "Yes",
            "n",
            "True",
            "FALSE",
            "nUll",
            "+1",
            "-0",
            "00",
            "0400",
            "08",
            "0o17",
            "0O7",
            "0b11",
            "0x1F",
            "-0x1",
            "1e3",
            "1E+3",
            "1.",
            ".5",
            "1.5",
            "1_000",
            "1__0",
            "0_1",
            "0.1_0",
            "1_",
            "12:30",
            "12:30:00.5",
            "190:20:30",
            "2020-01-01",
            "2020-1-1",
            "2020-01-01T00:00:00Z",
            "2020-01-01 10:00",
            ".inf",
            "-.Inf",
            ".NaN",
            "=",
            "<<",
            "inf",
            "12345678e9",
        ] {
            assert_eq!(plain(text), Plain::Ambiguous, "{text}");
        }
    }

    #[test]
    fn what_readers_agree_on_is_told() {
        for text in [
            "a",
            "on1",
            "10.0.0.1",
            "1.2.3",
            "5m",
            "10Gi",
            "0xg",
            "2020-01",
            "2020-01-01-backup",
            "12:3a",
            "-",
            ".",
            "dXNlcg==",
            "1e3=",
            "::1",
            "v1",
            "nothing",
            "../x",
            "-x",
            "a:b",
        ] {
            assert_eq!(plain(text), Plain::Text, "{text}");
        }
        for text in ["0", "1", "-1", "18446744073709551616"] {
            assert_eq!(plain(text), Plain::Integer, "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Plain::Null, "{text}");
        }
        assert_eq!(plain("true"), Plain::Bool(true));
        assert_eq!(plain("false"), Plain::Bool(false));
    }
}
