//! Whether Go reads bytes as a JSON object (encoding/json: `Unmarshal` into a map), as the API
//! server asks it for registry credentials.

use serde::de::IgnoredAny;

/// Why Go does not read them as an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// No JSON at all.
    #[error("not JSON")]
    Syntax,
    /// Another value than an object.
    #[error("JSON, but not an object")]
    NotObject,
    /// A number that no 64-bit floating-point number comes near to.
    #[error("JSON with a number that is out of range")]
    Number,
    /// Too many brackets.
    #[error("JSON that is nested more than {MAX_DEPTH} levels deep")]
    Depth,
}

/// encoding/json: maxNestingDepth
const MAX_DEPTH: usize = 10_000;

/// As in Go, `null` passes for an object, keys may repeat, and text need not be UTF-8.
pub(super) fn object(json: &[u8]) -> Result<(), JsonError> {
    // This goes by the bytes only: it neither recurses nor decodes text or numbers.
    serde_json::from_slice::<IgnoredAny>(json).map_err(|_| JsonError::Syntax)?;
    match json.trim_ascii_start().first() {
        Some(b'{' | b'n') => {}
        _ => return Err(JsonError::NotObject),
    }
    let mut depth = 0_usize;
    let mut rest = json;
    while let Some((byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => after_string(after),
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let length = rest.iter().take_while(|byte| is_part(byte)).count();
                let (number, after) = rest.split_at(length);
                let number = str::from_utf8(number)
                    .ok()
                    .and_then(|text| text.parse().ok());
                if !number.is_some_and(f64::is_finite) {
                    return Err(JsonError::Number);
                }
                after
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(JsonError::Depth);
                }
                after
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                after
            }
            _ => after,
        };
    }
    Ok(())
}

/// What comes after a string of which the opening quote is gone.
fn after_string(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'"', after @ ..] => return after,
            [b'\\', _, after @ ..] | [_, after @ ..] => after,
            [] => return rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{JsonError, MAX_DEPTH, object};

    fn verdict(json: impl AsRef<[u8]>) -> Result<(), JsonError> {
        object(json.as_ref())
    }

    #[test]
    fn takes_what_go_takes() {
        for json in [
            &b"{}"[..],
            b" \t\r\n{\"auths\":{}}\n",
            b"null",
            b"{\"a\":1,\"a\":{},\"\":[true,false,null]}",
            b"{\"a\":\"\xff\xfe\",\"\xc3\":\"\x7f\"}",
            br#"{"a":"\ud800","b":"\udc00\ud800","c":"\u0000\"\\1e999"}"#,
            b"{\"a\":1.7976931348623157e308,\"b\":1e-999,\"c\":-0,\"d\":0e999999}",
            b"{\"a\":123456789012345678901234567890}",
        ] {
            assert_eq!(verdict(json), Ok(()), "{}", json.escape_ascii());
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        use JsonError::{NotObject, Number, Syntax};
        for (json, error) in [
            (&b""[..], Syntax),
            (b" ", Syntax),
            (b"{", Syntax),
            (b"{}{}", Syntax),
            (b"{},", Syntax),
            (b"\xef\xbb\xbf{}", Syntax),
            (b"{'a':1}", Syntax),
            (b"{a:1}", Syntax),
            (b"{\"a\":1,}", Syntax),
            (b"{\"a\":01}", Syntax),
            (b"{\"a\":+1}", Syntax),
            (b"{\"a\":1.}", Syntax),
            (b"{\"a\":NaN}", Syntax),
            (b"{\"a\":\"\t\"}", Syntax),
            (b"{\"a\":\"\\x\"}", Syntax),
            (b"{\"a\":\"\\u12\"}", Syntax),
            (b"{} // auths", Syntax),
            (b"nul", Syntax),
            (b"\x0c{}", Syntax),
            (b"[]", NotObject),
            (b"1e999", NotObject),
            (b"\"{}\"", NotObject),
            (b"true", NotObject),
            (b"{\"a\":1e309}", Number),
            (b"{\"a\":[-1e309]}", Number),
            (b"{\"\\\"\":\"\\\\\",\"a\":1e309}", Number),
        ] {
            assert_eq!(verdict(json), Err(error), "{}", json.escape_ascii());
        }
    }

    #[test]
    fn counts_levels_as_go_does_and_survives_any_number_of_them() {
        let nested = |levels: usize| {
            let arrays = levels - 1;
            format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays))
        };
        assert_eq!(verdict(nested(MAX_DEPTH)), Ok(()));
        assert_eq!(verdict(nested(MAX_DEPTH + 1)), Err(JsonError::Depth));
        assert_eq!(verdict(nested(400_000)), Err(JsonError::Depth));
        assert_eq!(verdict("[".repeat(1 << 20)), Err(JsonError::Syntax));
    }

    proptest! {
        #[test]
        fn any_bytes_get_a_verdict(json in "[{}\\[\\]\",:0-9eE.+\\\\u -]{0,40}", bytes: Vec<u8>) {
            let _ = verdict(&json);
            let _ = verdict(&bytes);
            let text = serde_json::to_string(&json).unwrap();
            let inside = format!("{{{text}:{text}}}");
            prop_assert_eq!(verdict(inside), Ok(()));
        }
    }
}
