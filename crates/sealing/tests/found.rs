//! When a Secret that is there already is the one that a sealed file becomes.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;

use bulla_envelope::{Identity, Place, Recipients, Sealed};
use bulla_manifest::secret::Secret;
use bulla_plaintext::Plaintext;
use bulla_resource::{EnvelopeSpec, SealedSecretSpec};
use bulla_sealing::{Content, FoundSecret, NativeSecret, OpenRefusal, Target, seal};
use serde_json::{Value, json};

fn content(identity: &Identity) -> Content {
    let value = |text: &str| Plaintext::from(text.as_bytes().to_vec());
    let secret = Secret {
        name: "db".into(),
        namespace: Some("shop".into()),
        type_: "Opaque".into(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        immutable: None,
        data: [("empty", ""), ("password", "hunter2")]
            .map(|(key, text)| (key.to_owned(), value(text)))
            .into(),
    };
    let recipients = Recipients::new([identity.to_recipient().unwrap()]).unwrap();
    let sealed = seal(&secret, &Target::default(), &recipients).unwrap();
    Content::parse(&sealed.file.spec).unwrap()
}

fn open(content: &Content, identity: Identity) -> NativeSecret {
    content
        .open("db", Some("shop"), &[identity], false)
        .unwrap()
}

/// As the API server sends what was made of `native`, after `change`.
fn found(native: &NativeSecret, change: impl FnOnce(&mut Value)) -> FoundSecret {
    let mut object = serde_json::to_value(native.expose()).unwrap();
    object["metadata"]["uid"] = json!("6d3f2c1e");
    object["metadata"]["resourceVersion"] = json!("7");
    change(&mut object);
    serde_json::from_value(object).unwrap()
}

#[test]
fn a_secret_is_ours_by_its_origin_and_every_byte() {
    let identity = Identity::generate();
    let native = open(&content(&identity), identity);
    let is = |change: fn(&mut Value)| native.is(&found(&native, change));

    assert!(is(|_| {}));
    // What backup tools and other people add.
    assert!(is(
        |secret| secret["metadata"]["labels"] = json!({"velero.io/backup-name": "x"})
    ));
    assert!(is(|secret| secret["metadata"]["uid"] = json!("another")));
    assert!(is(|secret| secret["data"]["empty"] = json!(null)));

    assert!(!is(|secret| secret["metadata"]["annotations"] = json!({})));
    assert!(!is(
        |secret| secret["metadata"]["annotations"]["bulla.dev/origin"] = json!("")
    ));
    let other = json!("00".repeat(32));
    assert!(!native.is(&found(&native, |secret| {
        secret["metadata"]["annotations"]["bulla.dev/origin"] = other;
    })));
    assert!(!is(|secret| secret["immutable"] = json!(false)));
    assert!(!is(|secret| drop(
        secret.as_object_mut().unwrap().remove("immutable")
    )));
    assert!(!is(
        |secret| secret["type"] = json!("kubernetes.io/basic-auth")
    ));
    assert!(!is(
        |secret| secret["data"]["password"] = json!("aHVudGVyMw==")
    ));
    assert!(!is(|secret| secret["data"]["more"] = json!("")));
    assert!(!is(|secret| drop(
        secret["data"].as_object_mut().unwrap().remove("empty")
    )));
}

#[test]
fn what_cannot_be_a_value_is_refused_without_being_repeated() {
    for data in [
        json!({"a": "CANARY!"}),
        json!({"a": 471_100}),
        json!({"a": ["CANARY"]}),
    ] {
        let secret = json!({"metadata": {}, "data": data}).to_string();
        let error = serde_json::from_str::<FoundSecret>(&secret).err().unwrap();
        assert!(!error.to_string().contains("CANARY"), "{error}");
        assert!(!error.to_string().contains("471100"), "{error}");
    }
}

#[test]
fn what_needs_no_key_is_checked_without_one() {
    let content = content(&Identity::generate());
    assert_eq!(content.check("db", "shop"), Ok(()));
    let misplaced = content.check("db", "test");
    assert!(matches!(misplaced, Err(OpenRefusal::Place(_))));
    // It was sealed for the name `db`, too.
    let renamed = content.check("other", "shop");
    assert!(matches!(renamed, Err(OpenRefusal::Place(_))));
}

/// What a type asks for is known as far as the keys are public: a value that is sealed could be
/// anything.
#[test]
fn what_a_type_asks_for_is_checked_by_the_keys() {
    let identity = Identity::generate();
    let sealed = |type_: &str, keys: &[&str]| {
        let recipients = Recipients::new([identity.to_recipient().unwrap()]).unwrap();
        let values = keys.iter().map(|key| {
            let value = Plaintext::from(b"{}".to_vec());
            ((*key).to_owned(), value)
        });
        let place = Place::new(None, None).unwrap();
        let (labels, annotations) = Default::default();
        let type_ = type_.to_owned();
        let values = values.collect();
        Sealed::seal(place, type_, labels, annotations, &values, &recipients).unwrap()
    };
    let check = |type_: &str, keys: &[&str]| {
        let sealed = sealed(type_, keys);
        let secret_name = bulla_sealing::secret_name("db", &sealed.digest());
        let spec = json!({
            "type": type_, "sealedFor": {}, "secretName": secret_name, "envelopes": [],
        });
        let mut spec: SealedSecretSpec = serde_json::from_value(spec).unwrap();
        spec.envelopes = sealed.envelopes().iter().map(envelope).collect();
        Content::parse(&spec)
            .unwrap()
            .check("db", "shop")
            .map_err(|refusal| refusal.to_string())
    };
    assert_eq!(
        check("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
        Ok(())
    );
    assert_eq!(check("kubernetes.io/ssh-auth", &["ssh-privatekey"]), Ok(()));
    assert_eq!(check("kubernetes.io/tls", &["tls.crt", "tls.key"]), Ok(()));
    let half = check("kubernetes.io/tls", &["tls.crt"]).unwrap_err();
    assert!(half.contains("data[tls.key]"), "{half}");
}

fn envelope(envelope: &bulla_envelope::Envelope) -> EnvelopeSpec {
    let text = envelope.to_text();
    EnvelopeSpec {
        format: text.format,
        commitment: text.commitment,
        recipients: text.recipients,
        age: text.age,
        rsa: text.rsa,
        items: text.items,
    }
}
