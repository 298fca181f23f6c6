//! Any bytes as a sealed file: nothing panics, whatever is accepted has a digest and is printed as
//! it was read, and only the content that was sealed opens.
//!
//!     cargo fuzz run -s none envelope -- -max_total_time=60
//!
//! An input that begins with `{` is a spec. Any other is put into a good spec as the binary of its
//! age file, because a mutated armor would rarely be base64 any more.

#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bulla_envelope::Identity;
use bulla_resource::SealedSecretSpec;
use bulla_sealing::Content;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Files that the identity below opens.
static VECTORS: LazyLock<[Value; 2]> = LazyLock::new(|| {
    let vectors: [&[u8]; 2] = [
        include_bytes!("../../crates/envelope/tests/vectors/strict-age.json"),
        include_bytes!("../../crates/envelope/tests/vectors/namespace-two-envelopes.json"),
    ];
    vectors.map(|vector| serde_json::from_slice(vector).expect("a vector is JSON"))
});

static IDENTITIES: LazyLock<Vec<Identity>> = LazyLock::new(|| {
    let identity = VECTORS[0]["identities"][0].as_str().expect("a string");
    Identity::parse_file(identity).expect("the vector has an identity")
});

fuzz_target!(|bytes: &[u8]| {
    let spec: SealedSecretSpec = if bytes.starts_with(b"{") {
        match serde_json::from_slice(bytes) {
            Ok(spec) => spec,
            Err(_) => return,
        }
    } else {
        let spec = VECTORS[0]["sealed"]["spec"].clone();
        let mut spec: SealedSecretSpec = serde_json::from_value(spec).expect("a spec");
        spec.envelopes[0].age = Some(armor(bytes));
        spec
    };
    let Ok(content) = Content::parse(&spec) else {
        return;
    };
    let _ = content.digest();
    let Ok(secret) = content.open("db", Some("shop"), &IDENTITIES, true) else {
        return;
    };
    for (key, value) in secret.values() {
        let value = STANDARD.encode(value.expose());
        let envelopes = VECTORS
            .iter()
            .flat_map(|vector| vector["envelopes"].as_array());
        let mut items = envelopes
            .flatten()
            .map(|envelope| &envelope["items"][key]["value"]);
        assert!(items.any(|sealed| sealed.as_str() == Some(&value)));
    }
});

fn armor(bytes: &[u8]) -> String {
    let mut text = "-----BEGIN AGE ENCRYPTED FILE-----\n".to_owned();
    for line in bytes.chunks(48) {
        text += &STANDARD.encode(line);
        text += "\n";
    }
    text + "-----END AGE ENCRYPTED FILE-----\n"
}
