//! What the types of Secrets ask for.

use super::*;

pub(super) const NEVER_SEALED: &str = "never from a sealed file";
const REQUIRED: &str = "Required value";
const SERVICE_ACCOUNT: &str = "metadata.annotations[kubernetes.io/service-account.name]";

/// A type, and the values beside it.
#[rustfmt::skip]
const TYPES: &[(&str, &str, Verdict)] = &[
    // Any text is a type, and to the letter.
    ("Opaque", "data: {k: dg==}", Accepted),
    ("Opaque", "data: {tls.crt: '', .dockerconfigjson: dg==}", Accepted),
    ("''", "data: {k: dg==}", Accepted),
    ("null", "data: {k: dg==}", Accepted),
    ("opaque", "data: {k: dg==}", Accepted),
    ("'two words'", "data: {k: dg==}", Accepted),
    ("example.com/mine", "data: {k: dg==}", Accepted),
    ("example.com/kubernetes.io/tls", "data: {k: dg==}", Accepted),
    ("Kubernetes.io/tls", "data: {k: dg==}", Accepted),
    ("tls", "data: {k: dg==}", Accepted),
    ("basic-auth", "data: {k: dg==}", Accepted),
    ("1", "data: {k: dg==}",
     Unreadable("of type v1.SecretType", "type: a string, not a number, is expected")),
    ("[Opaque]", "data: {k: dg==}", Unreadable("of type v1.SecretType", "type: ")),
    ("on", "data: {k: dg==}", Unreadable("of type v1.SecretType", "type: ")),
    // What the cluster or a tool gives a meaning.
    ("kubernetes.io/TLS", "data: {k: dg==}", Stricter(NEVER_SEALED)),
    ("'kubernetes.io/tls '", "data: {k: dg==}", Stricter(NEVER_SEALED)),
    ("kubernetes.io/new", "data: {k: dg==}", Stricter(NEVER_SEALED)),
    ("kubernetes.io/", "data: {k: dg==}", Stricter(NEVER_SEALED)),
    ("node.kubernetes.io/mine", "data: {k: dg==}", Stricter(NEVER_SEALED)),
    ("helm.sh/release.v1", "data: {release: dg==}", Stricter(NEVER_SEALED)),
    ("bootstrap.kubernetes.io/token", "data: {k: dg==}", Stricter(NEVER_SEALED)),
    ("bootstrap.kubernetes.io/token", "stringData: {token-id: abcdef, token-secret: 0123456789abcdef}",
     Stricter(NEVER_SEALED)),
    // The server wants to know whose token it is, with data and without.
    ("kubernetes.io/service-account-token", "data: {}", Refused(SERVICE_ACCOUNT, REQUIRED)),
    ("kubernetes.io/service-account-token", "data: {token: dg==}", Refused(SERVICE_ACCOUNT, REQUIRED)),
    // Either of the two, and it may be empty.
    ("kubernetes.io/basic-auth", "data: {username: dg==, password: dg==}", Accepted),
    ("kubernetes.io/basic-auth", "data: {username: dg==}", Accepted),
    ("kubernetes.io/basic-auth", "data: {password: dg==}", Accepted),
    ("kubernetes.io/basic-auth", "data: {username: ''}", Accepted),
    ("kubernetes.io/basic-auth", "data: {password: ''}", Accepted),
    ("kubernetes.io/basic-auth", "data: {password: null}", Accepted),
    ("kubernetes.io/basic-auth", "stringData: {username: admin, password: 'a b', more: x}", Accepted),
    ("kubernetes.io/basic-auth", "data: {password: dg==}\nimmutable: true", Accepted),
    ("kubernetes.io/basic-auth", "data: {}", Refused("data[username]", REQUIRED)),
    ("kubernetes.io/basic-auth", "data: {}", Refused("data[password]", REQUIRED)),
    ("kubernetes.io/basic-auth", "data: {k: dg==}", Refused("data[username]", REQUIRED)),
    ("kubernetes.io/basic-auth", "data: {Username: dg==, PASSWORD: dg==}", Refused("data[username]", REQUIRED)),
    ("kubernetes.io/basic-auth", "stringData: {user: admin}", Refused("data[password]", REQUIRED)),
    ("kubernetes.io/basic-auth", "data: null", Refused("data[username]", REQUIRED)),
    ("kubernetes.io/basic-auth", "data: {a b: dg==}", Refused("data[a b]", CONFIG_KEY)),
    ("kubernetes.io/basic-auth", "data: {a b: dg==}", Refused("data[username]", REQUIRED)),
    // A private key, of which only that it is there is looked at.
    ("kubernetes.io/ssh-auth", "data: {ssh-privatekey: dg==}", Accepted),
    ("kubernetes.io/ssh-auth", "data: {ssh-privatekey: dg==, ssh-publickey: dg==, known_hosts: dg==}", Accepted),
    ("kubernetes.io/ssh-auth", "stringData: {ssh-privatekey: no key at all}", Accepted),
    ("kubernetes.io/ssh-auth", "data: {ssh-privatekey: ''}\nstringData: {ssh-privatekey: v}", Accepted),
    ("kubernetes.io/ssh-auth", "data: {ssh-privatekey: ''}", Refused("data[ssh-privatekey]", REQUIRED)),
    ("kubernetes.io/ssh-auth", "data: {ssh-privatekey: null}", Refused("data[ssh-privatekey]", REQUIRED)),
    ("kubernetes.io/ssh-auth", "stringData: {ssh-privatekey: ''}", Refused("data[ssh-privatekey]", REQUIRED)),
    ("kubernetes.io/ssh-auth", "data: {ssh-privatekey: dg==}\nstringData: {ssh-privatekey: ''}",
     Refused("data[ssh-privatekey]", REQUIRED)),
    ("kubernetes.io/ssh-auth", "data: {ssh-publickey: dg==}", Refused("data[ssh-privatekey]", REQUIRED)),
    ("kubernetes.io/ssh-auth", "data: {id_rsa: dg==}", Refused("data[ssh-privatekey]", REQUIRED)),
    ("kubernetes.io/ssh-auth", "data: {}", Refused("data[ssh-privatekey]", REQUIRED)),
    ("kubernetes.io/ssh-auth", "immutable: true", Refused("data[ssh-privatekey]", REQUIRED)),
    // Both keys; what is in them is worth a warning at most.
    ("kubernetes.io/tls", "data: {tls.crt: dg==, tls.key: dg==}", Accepted),
    ("kubernetes.io/tls", "data: {tls.crt: '', tls.key: ''}", Accepted),
    ("kubernetes.io/tls", "data: {tls.crt: null, tls.key: null}", Accepted),
    ("kubernetes.io/tls", "data: {tls.crt: dg==, tls.key: dg==, ca.crt: dg==}", Accepted),
    ("kubernetes.io/tls", "data: {tls.crt: dg==}\nstringData: {tls.key: v}", Accepted),
    ("kubernetes.io/tls", "data: {tls.crt: dg==}", Refused("data[tls.key]", REQUIRED)),
    ("kubernetes.io/tls", "data: {tls.key: dg==}", Refused("data[tls.crt]", REQUIRED)),
    ("kubernetes.io/tls", "data: {}", Refused("data[tls.crt]", REQUIRED)),
    ("kubernetes.io/tls", "data: {}", Refused("data[tls.key]", REQUIRED)),
    ("kubernetes.io/tls", "data: {tls.cert: dg==, tls.key: dg==}", Refused("data[tls.crt]", REQUIRED)),
    ("kubernetes.io/tls", "data: {TLS.crt: dg==, tls.key: dg==}", Refused("data[tls.crt]", REQUIRED)),
    ("kubernetes.io/tls", "stringData: {cert: c, key: k}", Refused("data[tls.key]", REQUIRED)),
    ("kubernetes.io/tls", "data: {tls.crt: '!', tls.key: dg==}", Unreadable(BASE64_REFUSED, NOT_BASE64)),
    // Registry credentials: the key has to be there, ...
    ("kubernetes.io/dockerconfigjson", "data: {}", Refused("data[.dockerconfigjson]", REQUIRED)),
    ("kubernetes.io/dockerconfigjson", "data: {.dockercfg: e30=}", Refused("data[.dockerconfigjson]", REQUIRED)),
    ("kubernetes.io/dockerconfigjson", "data: {dockerconfigjson: e30=}", Refused("data[.dockerconfigjson]", REQUIRED)),
    ("kubernetes.io/dockerconfigjson", "data: {config.json: e30=}", Refused("data[.dockerconfigjson]", REQUIRED)),
    ("kubernetes.io/dockercfg", "data: {}", Refused("data[.dockercfg]", REQUIRED)),
    ("kubernetes.io/dockercfg", "data: {.dockerconfigjson: e30=}", Refused("data[.dockercfg]", REQUIRED)),
    ("kubernetes.io/dockerconfigjson", "data: {.dockerconfigjson: e30=, more: dg==}", Accepted),
    ("kubernetes.io/dockerconfigjson", "stringData: {.dockerconfigjson: '{\"auths\":{}}'}", Accepted),
    ("kubernetes.io/dockerconfigjson", "data: {.dockerconfigjson: dg==}\nstringData: {.dockerconfigjson: '{}'}", Accepted),
    ("kubernetes.io/dockerconfigjson", "data: {.dockerconfigjson: null}",
     Unreadable("data[.dockerconfigjson]: Invalid value", "data[.dockerconfigjson]: not JSON")),
    ("kubernetes.io/dockerconfigjson", "stringData: {.dockerconfigjson: {auths: {}}}", Unreadable(NOT_A_STRING, A_STRING)),
];

/// ... and what is in it has to be an object to Go.
#[rustfmt::skip]
const JSON: &[(&[u8], bool)] = &[
    (b"{}", true),
    (br#"{"auths":{"r.example.com":{"username":"u","password":"p","email":"e","auth":"dTpw"}}}"#, true),
    (br#"{"https://index.docker.io/v1/":{"auth":"dTpw"}}"#, true),
    (b" \t\r\n{ } \n", true),
    (b"null", true),
    (br#"{"a":1,"a":{}}"#, true),
    (b"{\"a\":\"\xff\xc3\",\"\x80\":\"\x7f\"}", true),
    (br#"{"a":"\ud800","b":"\u0000\"\\"}"#, true),
    (br#"{"a":1.7976931348623157e308,"b":1e-999,"c":-0}"#, true),
    (b"", false),
    (b"\n", false),
    (b"{", false),
    (b"{}{}", false),
    (b"\xef\xbb\xbf{}", false),
    (b"[]", false),
    (b"[{}]", false),
    (b"1", false),
    (br#""{}""#, false),
    (b"true", false),
    (b"{'a':1}", false),
    (br#"{"a":1,}"#, false),
    (br#"{"a":01}"#, false),
    (br#"{"a":1e309}"#, false),
    (br#"{"a":[[-1e309]]}"#, false),
    (br#"{"a":NaN}"#, false),
    (b"{\"a\":\"\t\"}", false),
    (br#"{"a":"\x"}"#, false),
    (b"{} // auths", false),
    (b"e30=", false),
    (b"hunter2", false),
];

/// Every type, with what it asks for and without.
pub(super) fn types() -> Vec<Case> {
    let mut cases = Vec::new();
    for (type_, values, verdict) in TYPES {
        let manifest = format!("{HEAD}metadata: {{name: s}}\ntype: {type_}\n{values}\n");
        cases.push(Case::new(&format!("{type_}, {values}"), manifest, *verdict));
    }
    let mut json = |title: &str, key: &str, json: &[u8], verdict| {
        let type_ = key.replace('.', "kubernetes.io/");
        let value = BASE64.encode(json);
        let manifest =
            format!("{HEAD}metadata: {{name: s}}\ntype: {type_}\ndata: {{{key}: {value}}}\n");
        cases.push(Case::new(&format!("{key}: {title}"), manifest, verdict));
    };
    for (bytes, is_taken) in JSON {
        for (key, refused) in [
            (
                ".dockercfg",
                Unreadable("data[.dockercfg]: Invalid value", "data[.dockercfg]: "),
            ),
            (
                ".dockerconfigjson",
                Unreadable(
                    "data[.dockerconfigjson]: Invalid value",
                    "data[.dockerconfigjson]: ",
                ),
            ),
        ] {
            let verdict = if *is_taken { Accepted } else { refused };
            json(&bytes.escape_ascii().to_string(), key, bytes, verdict);
        }
    }
    let nested = |levels: usize| {
        format!(
            "{{\"a\":{}{}}}",
            "[".repeat(levels - 1),
            "]".repeat(levels - 1)
        )
    };
    json(
        "10000 levels",
        ".dockerconfigjson",
        nested(10_000).as_bytes(),
        Accepted,
    );
    let too_deep = Unreadable("exceeded max depth", "nested more than 10000 levels deep");
    json(
        "10001 levels",
        ".dockerconfigjson",
        nested(10_001).as_bytes(),
        too_deep,
    );

    let token = |annotation: &str, data: &str| {
        format!(
            "{HEAD}metadata: {{name: s, annotations: {{kubernetes.io/service-account.name: {annotation}}}}}\n\
             type: kubernetes.io/service-account-token\n{data}"
        )
    };
    let large = format!(
        "stringData: {{tls.crt: {}, tls.key: v}}\n",
        "n".repeat(1 << 20)
    );
    let large = format!("{HEAD}metadata: {{name: s}}\ntype: kubernetes.io/tls\n{large}");
    for (title, manifest, verdict) in [
        ("a token to be made", token("default", ""), Passed),
        (
            "a token to be made, data",
            token("default", "data: {}\n"),
            Passed,
        ),
        (
            "a token of nobody",
            token("''", ""),
            Refused(SERVICE_ACCOUNT, REQUIRED),
        ),
        (
            "a token that is there",
            token("default", "data: {token: dg==}\n"),
            Stricter(NEVER_SEALED),
        ),
        (
            "a large certificate",
            large,
            Refused("data", "may not be more than 1048576 bytes"),
        ),
    ] {
        cases.push(Case::new(title, manifest, verdict));
    }
    cases
}
