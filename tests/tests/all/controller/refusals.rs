//! What must not become a Secret does not, and the reason is on the object.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::cluster::{Cluster, condition, eventually, name};
use super::rights::{HOME, definitions};
use super::stage::{Shared, Stage};
use crate::desk::{Desk, parse};

/// Two SealedSecrets of one namespace, and what an attacker makes of them.
struct Corpus {
    db: Value,
    other: Value,
}

type Attack = (&'static str, &'static str, fn(&Desk, &Corpus) -> Value);

fn item(sealed: &mut Value, key: &str) -> Value {
    sealed["spec"]["envelopes"][0]["items"][key].take()
}

/// Each makes the SealedSecret whose name is put into it afterwards. Public parts are in step: the
/// name is the right one for the content, save where that is the attack.
const ATTACKS: [Attack; 18] = [
    ("two items are swapped", "DecryptFailed", |desk, corpus| {
        let mut sealed = corpus.db.clone();
        let (user, password) = (item(&mut sealed, "user"), item(&mut sealed, "password"));
        sealed["spec"]["envelopes"][0]["items"] = json!({"user": password, "password": user});
        desk.renamed(sealed)
    }),
    (
        "an item has another key",
        "DecryptFailed",
        |desk, corpus| {
            let mut sealed = corpus.db.clone();
            let password = item(&mut sealed, "password");
            sealed["spec"]["envelopes"][0]["items"] = json!({"motd": password});
            desk.renamed(sealed)
        },
    ),
    (
        "an item of another object",
        "DecryptFailed",
        |desk, corpus| {
            let (mut sealed, mut other) = (corpus.db.clone(), corpus.other.clone());
            sealed["spec"]["envelopes"][0]["items"]["password"] = item(&mut other, "password");
            desk.renamed(sealed)
        },
    ),
    (
        "another object's envelope beside one's own",
        "DecryptFailed",
        |desk, corpus| {
            let (mut sealed, mut other) = (corpus.db.clone(), corpus.other.clone());
            item(&mut other, "password");
            other["spec"]["envelopes"][0]["items"] =
                json!({"extra": item(&mut corpus.other.clone(), "password")});
            let envelopes = sealed["spec"]["envelopes"].as_array_mut().unwrap();
            envelopes.push(other["spec"]["envelopes"][0].clone());
            desk.renamed(sealed)
        },
    ),
    ("another object's content", "Misplaced", |_, corpus| {
        let mut sealed = corpus.db.clone();
        sealed["spec"] = corpus.other["spec"].clone();
        sealed
    }),
    (
        "another object's content, retargeted",
        "DecryptFailed",
        |desk, corpus| {
            let mut sealed = corpus.db.clone();
            sealed["spec"] = corpus.other["spec"].clone();
            sealed["spec"]["sealedFor"]["name"] = "db".into();
            desk.renamed(sealed)
        },
    ),
    (
        "another namespace's content",
        "Misplaced",
        |desk, corpus| {
            let mut sealed = corpus.db.clone();
            sealed["spec"] = desk.sealed("elsewhere", "db", &[("password", "p")])["spec"].clone();
            sealed
        },
    ),
    (
        "another namespace's content, retargeted",
        "DecryptFailed",
        |desk, corpus| {
            let mut sealed = corpus.db.clone();
            let namespace = sealed["metadata"]["namespace"].clone();
            sealed["spec"] = desk.sealed("elsewhere", "db", &[("password", "p")])["spec"].clone();
            sealed["spec"]["sealedFor"]["namespace"] = namespace;
            desk.renamed(sealed)
        },
    ),
    (
        "a wider place: the namespace",
        "DecryptFailed",
        |desk, corpus| {
            let mut sealed = corpus.db.clone();
            sealed["spec"]["sealedFor"]
                .as_object_mut()
                .unwrap()
                .remove("name");
            desk.renamed(sealed)
        },
    ),
    (
        "a wider place: anywhere",
        "DecryptFailed",
        |desk, corpus| {
            let mut sealed = corpus.db.clone();
            sealed["spec"]["sealedFor"] = json!({});
            desk.renamed(sealed)
        },
    ),
    ("a narrower place", "DecryptFailed", |desk, corpus| {
        let mut sealed = corpus.db.clone();
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
            "stringData": {"password": "p"},
        });
        let flags = ["seal", "-R", "recipients.txt", "--scope", "cluster"];
        let anywhere = desk.says(flags, secret.to_string()).printed();
        let place = sealed["spec"]["sealedFor"].clone();
        sealed["spec"] = parse(&anywhere)["spec"].clone();
        sealed["spec"]["sealedFor"] = place;
        desk.renamed(sealed)
    }),
    ("another type", "DecryptFailed", |desk, corpus| {
        let mut sealed = corpus.db.clone();
        sealed["spec"]["type"] = "example.com/other".into();
        desk.renamed(sealed)
    }),
    ("another cluster's key", "DecryptFailed", |desk, corpus| {
        desk.prints(["keygen", "stranger.txt"]);
        let stranger = desk.prints(["keygen", "--public", "stranger.txt"]);
        let mut secret = desk.open(&corpus.db.to_string());
        secret["metadata"] = json!({"name": "db", "namespace": corpus.db["metadata"]["namespace"]});
        secret.as_object_mut().unwrap().remove("immutable");
        let flags = ["seal", "-r", stranger.trim()];
        parse(&desk.says(flags, secret.to_string()).printed())
    }),
    // One data key, and the commitment to another: the same place and recipients, so nothing but
    // the commitment tells.
    ("another commitment", "DecryptFailed", |desk, corpus| {
        let mut sealed = corpus.db.clone();
        let namespace = sealed["metadata"]["namespace"].as_str().unwrap();
        let twin = desk.sealed(namespace, "db", &[("password", "p"), ("user", "u")]);
        sealed["spec"]["envelopes"][0]["commitment"] =
            twin["spec"]["envelopes"][0]["commitment"].clone();
        desk.renamed(sealed)
    }),
    ("another wrapped key", "DecryptFailed", |desk, corpus| {
        let mut sealed = corpus.db.clone();
        let namespace = sealed["metadata"]["namespace"].as_str().unwrap();
        let twin = desk.sealed(namespace, "db", &[("password", "p"), ("user", "u")]);
        sealed["spec"]["envelopes"][0]["age"] = twin["spec"]["envelopes"][0]["age"].clone();
        desk.renamed(sealed)
    }),
    (
        "another list of recipients",
        "DecryptFailed",
        |desk, corpus| {
            desk.prints(["keygen", "listed.txt"]);
            let mut sealed = corpus.db.clone();
            let listed = desk.prints(["keygen", "--public", "listed.txt"]);
            sealed["spec"]["envelopes"][0]["recipients"] = json!([listed.trim()]);
            desk.renamed(sealed)
        },
    ),
    ("the name of before", "StaleName", |_, corpus| {
        let mut sealed = corpus.db.clone();
        sealed["spec"]["template"] = json!({"labels": {"app": "shop"}});
        sealed
    }),
    (
        "the name of another content",
        "StaleName",
        |desk, corpus| {
            let mut sealed = corpus.db.clone();
            let namespace = sealed["metadata"]["namespace"].as_str().unwrap();
            let twin = desk.sealed(namespace, "db", &[("password", "p"), ("user", "u")]);
            sealed["spec"]["secretName"] = twin["spec"]["secretName"].clone();
            sealed
        },
    ),
];

#[test]
fn nothing_sealed_can_be_moved_or_widened_or_opened_by_a_stranger() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let values = [("user", "u"), ("password", "p")];
    let corpus = Corpus {
        db: shared.desk.sealed(namespace, "db", &values),
        other: shared.desk.sealed(namespace, "other", &values),
    };
    let mut failures = Vec::new();
    for (what, reason, attack) in ATTACKS {
        shared.created(&attack(&shared.desk, &corpus));
        let stored = shared.settled(namespace, "db", "False", "");
        let ready = condition(&stored, "Ready");
        if ready["reason"] != reason || condition(&stored, "Stalled")["status"] != "True" {
            failures.push(format!("{what}: {ready}"));
        }
        shared.delete("SealedSecret", namespace, "db");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(shared.list("Secret", namespace), Vec::<Value>::new());
    assert_eq!(
        shared.list("SealedSecretRevision", namespace),
        Vec::<Value>::new()
    );
    let created = shared.writes(0);
    assert!(
        created.iter().all(|call| call.resource != "secrets"),
        "{created:#?}"
    );
    // The object itself was never the problem.
    shared.created(&corpus.db);
    shared.native(namespace, "db");
}

/// What only a key can tell is told in one way.
#[test]
fn all_that_only_a_key_can_tell_looks_alike() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let values = [("user", "u"), ("password", "p")];
    let corpus = Corpus {
        db: shared.desk.sealed(namespace, "db", &values),
        other: shared.desk.sealed(namespace, "other", &values),
    };
    let mut said: Vec<(String, String)> = Vec::new();
    for (what, _, attack) in ATTACKS
        .iter()
        .filter(|(_, reason, _)| *reason == "DecryptFailed")
    {
        shared.created(&attack(&shared.desk, &corpus));
        let stored = shared.fails(namespace, "db", "DecryptFailed");
        let mut status = stored["status"].clone();
        for condition in status["conditions"].as_array_mut().unwrap() {
            condition
                .as_object_mut()
                .unwrap()
                .remove("lastTransitionTime");
        }
        said.push(((*what).to_owned(), status.to_string()));
        shared.delete("SealedSecret", namespace, "db");
    }
    for (what, status) in &said {
        assert_eq!(*status, said[0].1, "{what}");
    }
}

#[test]
fn a_byte_that_flips_anywhere_makes_no_secret() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let good = shared.desk.sealed(namespace, "db", &[("k", "v")]);
    let text = good["spec"].to_string();
    let mut tried = 0;
    // Some of all: every one is tried where it costs nothing, in the crate of the format.
    for (n, at) in (0..text.len()).step_by(text.len() / 60).enumerate() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Some(spec) = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|t| serde_json::from_str::<Value>(t).ok())
        else {
            continue;
        };
        let name = format!("db{n}");
        let mut flipped = good.clone();
        flipped["metadata"]["name"] = name.clone().into();
        flipped["spec"] = spec;
        // A name and a place that fit, so that the flip itself is what is refused.
        if flipped["spec"]["sealedFor"] == good["spec"]["sealedFor"] {
            flipped["metadata"]["name"] = "db".into();
        }
        let renamed = shared.desk.says(["name", "-"], flipped.to_string());
        if renamed.succeeded() {
            flipped["spec"]["secretName"] = renamed.printed().trim().into();
        }
        if flipped["spec"] == good["spec"] {
            continue; // it was the name that had flipped
        }
        let answer = shared.create(&flipped);
        if answer.code != 201 {
            assert!((400..500).contains(&answer.code), "{answer:?}");
            continue;
        }
        let stored = flipped["metadata"]["name"].as_str().unwrap();
        let mut taken = answer.body["spec"].clone();
        if taken["type"].is_null() {
            taken["type"] = "Opaque".into(); // the API server drops a field that it does not know
        }
        if taken == good["spec"] {
            // It is the good one again, and becomes a Secret.
            let native = shared.native(namespace, stored);
            shared.delete("SealedSecret", namespace, stored);
            shared.delete("Secret", namespace, super::cluster::name(&native));
            continue;
        }
        shared.settled(namespace, stored, "False", "");
        shared.delete("SealedSecret", namespace, stored);
        tried += 1;
    }
    assert!(tried >= 20, "{tried} of them came as far as the controller");
    assert_eq!(shared.list("Secret", namespace), Vec::<Value>::new());
    shared.created(&good);
    shared.native(namespace, "db");
}

#[test]
fn the_controllers_own_namespace_is_refused() {
    let shared = Shared::new();
    let sealed = shared
        .desk
        .sealed(HOME, "planted", &[("identity.txt", "mine")]);
    let secrets = shared.list("Secret", HOME);
    shared.created(&sealed);
    shared.fails(HOME, "planted", "NamespaceRefused");
    assert_eq!(shared.list("Secret", HOME), secrets);
    shared.delete("SealedSecret", HOME, "planted");
}

/// The definitions without the rules in CEL.
fn without_rules(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("x-kubernetes-validations");
            fields.values_mut().for_each(without_rules);
        }
        Value::Array(values) => values.iter_mut().for_each(without_rules),
        _ => {}
    }
}

/// Server-side apply keeps what others own; these replace.
fn replace(stage: &Stage, definition: &Value) {
    let name = name(definition);
    let stored = stage.get("CustomResourceDefinition", "", name).unwrap();
    let mut definition = definition.clone();
    definition["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
    let answer = stage.ask("PUT", path, Some(&definition));
    assert_eq!(answer.code, 200, "{answer:?}");
}

/// Creates the object as soon as the API server takes it: a new definition needs a moment.
fn once_taken(stage: &Stage, object: &Value) {
    eventually("the laxer definition is in force", || {
        (stage.create(object).code == 201).then_some(())
    });
}

#[test]
fn refused_types_and_metadata_are_refused_without_the_rules_of_the_definition_too() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let mut lax = definitions();
    lax.iter_mut().for_each(without_rules);
    let typed = |type_: &str| {
        let mut sealed = stage.desk.sealed(&namespace, "db", &[("k", "v")]);
        sealed["spec"]["type"] = type_.into();
        stage.desk.renamed(sealed)
    };
    let with = |part: &str, key: &str, value: &str| {
        let mut sealed = stage.desk.sealed(&namespace, "db", &[("k", "v")]);
        sealed["spec"]["template"] = json!({part: {key: value}});
        stage.desk.renamed(sealed)
    };
    let refused = [
        ("TypeRefused", typed("kubernetes.io/service-account-token")),
        ("TypeRefused", typed("bootstrap.kubernetes.io/token")),
        ("TypeRefused", typed("helm.sh/release.v1")),
        ("TypeRefused", typed("kubernetes.io/new")),
        (
            "MetadataRefused",
            with("annotations", "kubernetes.io/service-account.name", "admin"),
        ),
        (
            "MetadataRefused",
            with("labels", "argocd.argoproj.io/secret-type", "cluster"),
        ),
        (
            "MetadataRefused",
            with(
                "annotations",
                "replicator.v1.mittwald.de/replicate-to",
                ".*",
            ),
        ),
        (
            "MetadataRefused",
            with(
                "annotations",
                "reflector.v1.k8s.emberstack.com/reflects",
                "a/b",
            ),
        ),
        (
            "MetadataRefused",
            with("labels", "app.kubernetes.io/managed-by", "Helm"),
        ),
        (
            "MetadataRefused",
            with("annotations", "bulla.dev/origin", "forged"),
        ),
        (
            "MetadataRefused",
            with("labels", "cluster.x-k8s.io/cluster-name", "c"),
        ),
        ("MetadataRefused", with("labels", "grafana_datasource", "1")),
        ("MetadataRefused", with("labels", "owner", "helm")),
    ];
    for (what, sealed) in &refused {
        assert_eq!(stage.create(sealed).code, 422, "{what}: {sealed}");
    }
    replace(&stage, &lax[0]);
    let running = stage.run(&[]);
    for (reason, sealed) in &refused {
        once_taken(&stage, sealed);
        stage.fails(&namespace, "db", reason);
        stage.delete("SealedSecret", &namespace, "db");
    }
    assert_eq!(stage.list("Secret", &namespace), Vec::<Value>::new());
    assert!(
        running
            .writes(&namespace, 0)
            .iter()
            .all(|call| call.resource != "secrets")
    );
    replace(&stage, &definitions()[0]);
}

#[test]
fn what_cannot_be_read_is_invalid_and_stops_nothing() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let good = stage.desk.sealed(&namespace, "good", &[("k", "v")]);
    let mut lax = definitions().remove(0);
    let schema = &mut lax["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    schema["properties"]["spec"] = anything;
    schema["required"] = json!([]);
    replace(&stage, &lax);
    let bad = |n: usize, spec: Value| {
        let mut bad = good.clone();
        bad["metadata"]["name"] = format!("bad{n}").into();
        bad["spec"] = spec;
        bad
    };
    let mut extra = good["spec"].clone();
    extra["unknown"] = "field".into();
    let mut null = good["spec"].clone();
    null["type"] = Value::Null;
    let mut no_list = good["spec"].clone();
    no_list["envelopes"] = crate::canary::CANARY.into();
    let mut other_format = good["spec"].clone();
    other_format["envelopes"][0]["format"] = 2.into();
    let specs = [
        json!({}),
        extra,
        null,
        no_list,
        other_format,
        json!({"envelopes": []}),
    ];
    for (n, spec) in specs.iter().enumerate() {
        once_taken(&stage, &bad(n, spec.clone()));
    }
    // A stored object without any spec.
    let mut bare = bad(specs.len(), Value::Null);
    bare.as_object_mut().unwrap().remove("spec");
    once_taken(&stage, &bare);

    let running = stage.run(&[]);
    for n in 0..=specs.len() {
        stage.fails(&namespace, &format!("bad{n}"), "Invalid");
    }
    stage.created(&good);
    stage.native(&namespace, "good");

    // As it is after an upgrade of the definition: what was stored stays stored.
    replace(&stage, &definitions()[0]);
    running.signal("KILL");
    let seen = running.calls();
    running.start([] as [&str; 0]);
    let sealed = stage.desk.sealed(&namespace, "more", &[("k", "v")]);
    stage.created(&sealed);
    stage.native(&namespace, "more");
    for n in 0..=specs.len() {
        // The API server shows neither a field that the definition does not know, nor a null.
        let reason = if [1, 2].contains(&n) {
            "Misplaced"
        } else {
            "Invalid"
        };
        stage.fails(&namespace, &format!("bad{n}"), reason);
    }
    let writes = running.writes(&namespace, seen);
    let reports = writes
        .iter()
        .filter(|call| call.resource == "sealedsecrets/status");
    let mut reported: Vec<_> = reports.map(|call| &*call.name).collect();
    reported.sort_unstable();
    assert_eq!(reported, ["bad1", "bad2", "more"]);

    // The one with a good repair is repaired by the repair alone.
    let mut repaired = bad(3, good["spec"].clone());
    repaired["spec"] = stage.desk.sealed(&namespace, "bad3", &[("k", "v")])["spec"].clone();
    stage.patch(
        "SealedSecret",
        &namespace,
        "bad3",
        json!({"spec": repaired["spec"]}),
    );
    stage.native(&namespace, "bad3");
    for n in 0..=specs.len() {
        stage.delete("SealedSecret", &namespace, &format!("bad{n}"));
    }
}

#[test]
fn what_the_api_server_refuses_is_named_by_its_field() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let mut sealed = shared.desk.sealed(namespace, "db", &[("k", "v")]);
    sealed["spec"]["template"] = json!({"labels": {"app": "not a label's value"}});
    let sealed = shared.desk.renamed(sealed);
    shared.created(&sealed);
    let stored = shared.fails(namespace, "db", "RuleRefused");
    let message = condition(&stored, "Ready")["message"].to_string();
    assert!(message.contains("label"), "{message}");
    assert!(!message.contains(&BASE64.encode(b"v")), "{message}");
}
