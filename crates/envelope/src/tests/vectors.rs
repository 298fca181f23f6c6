//! `tests/vectors/*.json`: every byte of the format that is not random.

use std::collections::BTreeMap;
use std::path::Path;

use bulla_plaintext::Plaintext;
use serde_json::Value;

use super::{SealedText, bytes};
use crate::data_key::DataKey;
use crate::item::{Item, Subject};
use crate::{EnvelopeText, Identity, encoding, wrapped_key};

fn string(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn strings(value: &Value) -> BTreeMap<String, String> {
    let map = value.as_object().into_iter().flatten();
    map.map(|(key, value)| (key.clone(), string(value)))
        .collect()
}

fn from_hex<const N: usize>(value: &Value) -> [u8; N] {
    let bytes = data_encoding::HEXLOWER
        .decode(string(value).as_bytes())
        .unwrap();
    bytes.try_into().unwrap()
}

fn sealed_text(object: &Value) -> SealedText {
    let spec = &object["spec"];
    let option = |value: &Value| value.as_str().map(str::to_owned);
    let envelopes = spec["envelopes"].as_array().unwrap().iter();
    SealedText {
        namespace: option(&spec["sealedFor"]["namespace"]),
        name: option(&spec["sealedFor"]["name"]),
        secret_type: option(&spec["type"]).unwrap_or_else(|| "Opaque".into()),
        labels: strings(&spec["template"]["labels"]),
        annotations: strings(&spec["template"]["annotations"]),
        envelopes: envelopes
            .map(|envelope| EnvelopeText {
                format: envelope["format"].as_i64().unwrap(),
                commitment: string(&envelope["commitment"]),
                recipients: envelope["recipients"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(string)
                    .collect(),
                age: option(&envelope["age"]),
                rsa: strings(&envelope["rsa"]),
                items: strings(&envelope["items"]),
            })
            .collect(),
    }
}

fn check(vector: &Value) {
    let object = &vector["sealed"];
    let text = sealed_text(object);
    let context = text.place().unwrap().context();
    assert_eq!(encoding::hex(&context), string(&vector["context"]));
    let subject = Subject {
        context: &context,
        secret_type: &text.secret_type,
    };

    let mut contents = BTreeMap::new();
    let envelopes = vector["envelopes"].as_array().unwrap();
    for (envelope, fixed) in text.envelopes.iter().zip(envelopes) {
        let data_key = DataKey::from_bytes(&from_hex(&fixed["dataKey"]));
        assert_eq!(data_key.commitment().to_base64(), envelope.commitment);
        let binding = wrapped_key::binding(&context, &envelope.recipients);
        assert_eq!(binding, from_hex(&fixed["binding"]));
        for (key, item) in fixed["items"].as_object().unwrap() {
            let value = encoding::from_base64(&string(&item["value"])).unwrap();
            let nonce = from_hex(&item["nonce"]);
            let plaintext = Plaintext::from(value.clone());
            let item = Item::seal_with_nonce(&data_key, subject, key, &plaintext, &nonce);
            assert_eq!(item.to_base64(), envelope.items[key], "{key}");
            contents.insert(key.clone(), value);
        }
    }

    let sealed = text.parse().unwrap();
    assert_eq!(sealed.digest().to_string(), string(&vector["digest"]));
    let name = string(&object["metadata"]["name"]);
    let secret_name = string(&object["spec"]["secretName"]);
    assert_eq!(format!("{name}-{}", sealed.digest().suffix()), secret_name);
    let namespace = string(&object["metadata"]["namespace"]);
    for identity in vector["identities"].as_array().unwrap() {
        let identities = Identity::parse_file(&string(identity)).unwrap();
        let opened = sealed.open(&identities).unwrap();
        assert_eq!(bytes(opened.values()), contents);
        let origin = opened.origin(&namespace, &secret_name);
        assert_eq!(origin.to_hex(), string(&vector["origin"]));
        assert!(origin.matches(&string(&vector["origin"])));
        assert!(!origin.matches(&"0".repeat(64)));
    }
}

#[test]
fn all_vectors_hold() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let files: Vec<_> = std::fs::read_dir(directory).unwrap().collect();
    assert!(files.len() >= 3, "the vectors are part of the format");
    for file in files {
        let path = file.unwrap().path();
        let vector = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        println!("{}", path.display());
        check(&vector);
    }
}
