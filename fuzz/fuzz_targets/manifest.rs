//! Any bytes as a manifest: nothing panics, what passes is kept to the byte, and a Secret that
//! is accepted and written again reads the same.
//!
//!     cargo fuzz run -s none manifest -- -max_total_time=60

#![no_main]

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bulla_manifest::secret::{self, Secret};
use bulla_manifest::{Kind, Spliced, Stream, typed, write};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

fuzz_target!(|bytes: &[u8]| {
    let stream = match Stream::read("fuzz", bytes) {
        Ok(stream) => stream,
        Err(problems) => {
            let _ = problems.to_string();
            return;
        }
    };
    reassembles(&stream, bytes);
    for document in stream.documents() {
        match document.kind() {
            Ok(Kind::Secret) => {
                if let Ok(secret) = secret::read(document) {
                    reads_the_same_again(&secret);
                }
            }
            Ok(Kind::List) => {
                for item in secret::items(document).into_iter().flatten() {
                    is_a_document_of_its_own(&item);
                }
            }
            Ok(Kind::SealedSecret | Kind::Other) => {
                let Ok(value) = typed::from_document::<Value>(document) else {
                    continue;
                };
                let text = match write::to_yaml(&value) {
                    // A long key can be read if its lines are short.
                    Err(write::Error::LongKey) => continue,
                    text => text.expect("what was read can be written"),
                };
                let read = again(&text, |d| typed::from_document::<Value>(d).ok());
                assert!(read == Some(value));
            }
            Ok(Kind::Empty) | Err(_) => {}
        }
    }
});

fn reassembles(stream: &Stream<'_>, bytes: &[u8]) {
    let mut end = 0;
    for document in stream.documents() {
        let range = document.range();
        assert!(end <= range.start && range.start <= range.end);
        end = range.end;
    }
    assert!(end == bytes.len());
    let same: Vec<_> = stream
        .documents()
        .iter()
        .map(|document| Spliced {
            document: document.number(),
            text: document.text(),
        })
        .collect();
    assert!(stream.splice(&same).as_bytes() == bytes);
}

fn is_a_document_of_its_own(item: &secret::Item<'_>) {
    let stream = Stream::read("item", item.text().as_bytes()).expect("an item is a stream");
    let [document] = stream.documents() else {
        panic!("an item is one document")
    };
    assert!(document.kind().ok() == Some(item.kind()));
    if item.kind() == Kind::Secret {
        match (item.secret(), secret::read(document)) {
            (Ok(a), Ok(b)) => assert!(same(&a, &b)),
            (Err(_), Err(_)) => {}
            _ => panic!("an item reads as it does in its list"),
        }
    }
}

fn again<T>(
    text: &str,
    read: impl FnOnce(&bulla_manifest::Document<'_>) -> Option<T>,
) -> Option<T> {
    let stream = Stream::read("again", text.as_bytes()).ok()?;
    let [document] = stream.documents() else {
        return None;
    };
    read(document)
}

fn reads_the_same_again(secret: &Secret) {
    let strings = |map: &BTreeMap<String, Zeroizing<String>>| -> Map<String, Value> {
        let entries = map.iter();
        entries
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect()
    };
    // As base64 only if it is no text: stringData is the harder thing to write.
    let mut data = Map::new();
    let mut string_data = Map::new();
    for (key, value) in &secret.data {
        match std::str::from_utf8(value.expose()) {
            Ok(text) => string_data.insert(key.clone(), Value::from(text)),
            Err(_) => data.insert(key.clone(), Value::from(STANDARD.encode(value.expose()))),
        };
    }
    let object = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret.name,
            "namespace": secret.namespace,
            "labels": strings(&secret.labels),
            "annotations": strings(&secret.annotations),
        },
        "type": secret.type_,
        "immutable": secret.immutable,
        "data": data,
        "stringData": string_data,
    });
    let text = write::to_yaml(&object).expect("a Secret can be written");
    let read = again(&text, |document| secret::read(document).ok());
    assert!(read.is_some_and(|read| same(secret, &read)));
}

fn same(a: &Secret, b: &Secret) -> bool {
    a.name == b.name
        && a.namespace == b.namespace
        && a.type_ == b.type_
        && a.labels == b.labels
        && a.annotations == b.annotations
        && a.immutable == b.immutable
        && a.data.len() == b.data.len()
        && a.data
            .iter()
            .zip(&b.data)
            .all(|(a, b)| a.0 == b.0 && a.1.expose() == b.1.expose())
}
