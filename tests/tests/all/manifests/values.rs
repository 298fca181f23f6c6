//! Values, keys and fields.

use super::*;

/// `data`, `stringData` and everything else beside the metadata.
pub(super) const BODIES: &[(&str, Verdict)] = &[
    // Values.
    ("data: {k: dg==}", Accepted),
    ("data: {k: ''}", Accepted),
    ("data: {k: null}", Accepted),
    ("data: {k: ~}", Accepted),
    ("data: {k: }", Accepted),
    ("stringData: {k: v}", Accepted),
    ("stringData: {k: ''}", Accepted),
    ("stringData: {k: null}", Accepted),
    ("data: {k: dg==}\nstringData: {k: other}", Accepted),
    ("data: {k: dg==}\nstringData: {l: other}", Accepted),
    ("data: {k: dg==}\nstringData: {}", Accepted),
    ("data: {k: dg==}\nstringData: null", Accepted),
    ("data: null\nstringData: {k: v}", Accepted),
    ("data: {k: dg==, K: dw==}", Accepted),
    (
        "stringData: {k: \"a\\tb\\nc\\0d\\u00e9\\U0001F511\"}",
        Accepted,
    ),
    ("stringData: {k: 'it''s'}", Accepted),
    ("stringData: {k: é🔑}", Accepted),
    ("stringData:\n  k: |\n    two\n    lines\n", Accepted),
    ("stringData:\n  k: |-\n    two\n    lines\n", Accepted),
    ("stringData:\n  k: |+\n    two\n    lines\n\n", Accepted),
    ("stringData:\n  k: >\n    two\n    lines\n", Accepted),
    ("stringData:\n  k: two\n    lines", Accepted),
    ("stringData:\n  k: \"two\n    lines\"", Accepted),
    ("stringData: {k: 'a: b', l: a#b, m: 'a:b'}", Accepted),
    ("stringData: {k: v} # a comment", Accepted),
    // Base64.
    ("data: {k: YR==}", Accepted),
    ("data: {k: \"aGVs\\r\\nbG8=\\n\"}", Accepted),
    ("data:\n  k: |\n    aGVs\n    bG8=\n", Accepted),
    ("data: {k: YQ}", Unreadable(BASE64_REFUSED, NOT_BASE64)),
    ("data: {k: YQ=}", Unreadable(BASE64_REFUSED, NOT_BASE64)),
    (
        "data: {k: YQ==YQ==}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    (
        "data: {k: aGVs bG8=}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    ("data: {k: -_-_}", Unreadable(BASE64_REFUSED, NOT_BASE64)),
    (
        "data: {k: \"aGVs\\tbG8=\"}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    (
        "data:\n  k: >\n    aGVs\n    bG8=\n",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    (
        "data: {k: hunter2!}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    // Keys.
    (
        "data: {a.b: dg==, _: dg==, -a: dg==, .a: dg==, a..: dg==, A-1: dg==}",
        Accepted,
    ),
    (
        "data: {'on': dg==, '1': dg==, 'null': dg==, '0400': dg==}",
        Accepted,
    ),
    ("data: {a b: dg==}", Refused("data[a b]", CONFIG_KEY)),
    ("data: {a/b: dg==}", Refused("data[a/b]", CONFIG_KEY)),
    ("data: {é: dg==}", Refused("data[é]", CONFIG_KEY)),
    ("data: {'': dg==}", Refused("data[]", CONFIG_KEY)),
    (
        "data: {'<<': dg==}",
        Unreadable(CONFIG_KEY, "data[<<]: a merge key"),
    ),
    ("data: {.: dg==}", Refused("data[.]", "must not be '.'")),
    ("data: {..: dg==}", Refused("data[..]", "must not be '..'")),
    (
        "data: {..a: dg==}",
        Refused("data[..a]", "must not start with '..'"),
    ),
    (
        "data: {...: dg==}",
        Refused("data[...]", "must not start with '..'"),
    ),
    ("stringData: {a b: v}", Refused("data[a b]", CONFIG_KEY)),
    // Types of values.
    (
        "stringData: {k: 1}",
        Unreadable(
            NOT_A_STRING,
            "stringData[k]: a string, not a number, is expected",
        ),
    ),
    (
        "stringData: {k: true}",
        Unreadable(
            NOT_A_STRING,
            "stringData[k]: a string, not a boolean, is expected",
        ),
    ),
    ("stringData: {k: [v]}", Unreadable(NOT_A_STRING, A_STRING)),
    (
        "stringData: {k: {l: v}}",
        Unreadable(NOT_A_STRING, A_STRING),
    ),
    (
        "stringData: [v]",
        Unreadable("", "stringData: a map is expected here"),
    ),
    ("data: v", Unreadable("", "data: a map is expected here")),
    (
        "data: {k: 1}",
        Unreadable(
            "of type []uint8",
            "data[k]: a string, not a number, is expected",
        ),
    ),
    ("data: {k: [1]}", Stricter(A_STRING)), // the server takes a list of bytes
    // Scalars that YAML readers disagree on. Go reads these as something else than text, ...
    ("stringData: {k: on}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: Yes}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: y}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: OFF}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0400}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 08}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0o17}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0x1F}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0b11}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 1e3}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    (
        "stringData: {k: 1_000}",
        Unreadable(NOT_A_STRING, AMBIGUOUS),
    ),
    ("stringData: {k: 1__0}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 1.5}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: +1}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: .inf}", Unreadable("", AMBIGUOUS)),
    // ... and these as text, which others do not.
    ("stringData: {k: 2020-01-01}", Stricter(AMBIGUOUS)),
    ("stringData: {k: 12:30:00}", Stricter(AMBIGUOUS)),
    ("stringData: {k: TrUe}", Stricter(AMBIGUOUS)),
    ("stringData: {k: =}", Stricter(AMBIGUOUS)),
    (
        "stringData: {k: 10.0.0.1, l: 1.2.3, m: 5m, g: 10Gi, o: on1, p: v1}",
        Accepted,
    ),
    (
        "stringData: {k: 'on', l: '0400', m: \"1e3\", g: 'null', o: '2020-01-01', p: '~'}",
        Accepted,
    ),
    ("stringData: {on: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {y: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {1: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {0400: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {2020-01-01: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {k: a:b}", Stricter(AMBIGUOUS)), // within braces, `a` is a key to some
    // Tags, anchors, aliases, merge keys.
    ("stringData: {k: !!str 1}", Accepted),
    (
        "data: {k: !!binary dg==}",
        Unreadable(BASE64_REFUSED, "the tag `!!binary`"),
    ),
    (
        "stringData: {k: !!binary dg==}",
        Stricter("the tag `!!binary`"),
    ),
    (
        "stringData: {k: !mine v}",
        Stricter("a tag (`!`) other than `!!str`"),
    ),
    ("stringData: {k: &a v}", Stricter("an anchor (`&`)")),
    ("stringData: {k: &a v, l: *a}", Stricter("an alias (`*`)")),
    ("stringData: {<<: {k: v}}", Stricter("a merge key (`<<`)")),
    // Text that some programs lay out differently.
    (
        "stringData:\n  k: >\n    two\n      indented\n",
        Stricter("a folded block scalar"),
    ),
    (
        "stringData: {k: \"a\u{85}b\"}",
        Stricter("a character that ends a line for some programs"),
    ),
    (
        "stringData: {k: \"a\u{2028}b\"}",
        Stricter("a character that ends a line for some programs"),
    ),
    // Fields.
    (
        "Data: {k: dg==}",
        Unreadable("unknown field \"Data\"", "did you mean \"data\"?"),
    ),
    (
        "data: {k: dg==}\nspec: {}",
        Unreadable("unknown field \"spec\"", "spec: unknown field"),
    ),
    (
        "data: {k: dg==}\nstatus: {}",
        Unreadable("unknown field \"status\"", "status: unknown field"),
    ),
    (
        "data: {k: dg==, k: dw==}",
        Stricter("data[k]: duplicate key"),
    ),
    (
        "data: {k: dg==}\ndata: {l: dg==}",
        Stricter("data: duplicate key"),
    ),
    ("data: {k: dg==}\nimmutable: true", Accepted),
    ("data: {k: dg==}\nimmutable: false", Accepted),
    ("data: {k: dg==}\nimmutable: null", Accepted),
    (
        "data: {k: dg==}\nimmutable: 'true'",
        Unreadable("of type bool", "immutable: "),
    ),
    ("data: {k: dg==}\nimmutable: yes", Stricter("immutable: ")),
    // Nothing to seal.
    ("data: {}", Stricter(NOTHING_TO_SEAL)),
    ("type: Opaque", Stricter(NOTHING_TO_SEAL)),
];
