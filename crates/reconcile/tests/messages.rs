//! What people read, in full.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;

use bulla_envelope::{Identity, Recipients};
use bulla_manifest::secret::Secret as ManifestSecret;
use bulla_plaintext::Plaintext;
use bulla_reconcile::{
    Failure, Known, Opened, Outcome, Progress, Reason, Secret, Step, Subject, check, next,
};
use bulla_resource::{SealedSecretSpec, SealedSecretStatus, Template};
use bulla_sealing::{Target, seal};
use insta::assert_snapshot;
use k8s_openapi::jiff::Timestamp;

fn spec() -> SealedSecretSpec {
    let recipients = Recipients::new([Identity::generate().to_recipient().unwrap()]).unwrap();
    let secret = ManifestSecret {
        name: "db".into(),
        namespace: Some("shop".into()),
        type_: "Opaque".into(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        immutable: None,
        data: [("password".to_owned(), Plaintext::from(b"hunter2".to_vec()))].into(),
    };
    seal(&secret, &Target::default(), &recipients)
        .unwrap()
        .file
        .spec
}

/// The conditions that an object gets at once.
fn conditions(
    spec: Option<&SealedSecretSpec>,
    namespace: &str,
    name: &str,
    done: Progress,
) -> String {
    let status = SealedSecretStatus::default();
    let subject = Subject {
        name,
        namespace,
        generation: 3,
        is_being_deleted: false,
        spec,
        status: &status,
    };
    let mut done = done;
    done.checked = Some(check(&subject, "bulla-system"));
    let known = Known {
        has_identities: done.opened.is_some() || done.failure.is_some(),
        failures: 2,
        ..Known::default()
    };
    let Step::Report(reason, status) = next(&subject, known, &done, Timestamp::UNIX_EPOCH) else {
        panic!("nothing is reported")
    };
    assert_eq!(status.observed_generation, Some(3));
    let conditions = status.conditions.iter();
    let types: Vec<_> = conditions
        .map(|c| format!("{}={}", c.type_, c.status))
        .collect();
    let ready = &status.conditions[0];
    assert_eq!(ready.reason, reason.as_str());
    let suffix = spec.map_or("", |spec| spec.secret_name.rsplit('-').next().unwrap());
    let message = ready
        .message
        .replace(suffix, if suffix.is_empty() { "" } else { "<suffix>" });
    format!("{} {reason}: {message}", types.join(" "))
}

fn refused(change: impl FnOnce(&mut SealedSecretSpec)) -> String {
    let mut spec = spec();
    change(&mut spec);
    conditions(Some(&spec), "shop", "db", Progress::default())
}

fn failed(failure: Failure) -> String {
    let done = Progress {
        failure: Some(failure),
        ..Progress::default()
    };
    conditions(Some(&spec()), "shop", "db", done)
}

fn opened(opened: Opened, secret: Secret) -> String {
    let done = Progress {
        opened: Some(opened),
        secret,
        is_recorded: true,
        ..Progress::default()
    };
    conditions(Some(&spec()), "shop", "db", done)
}

#[test]
fn every_reason_says_what_happened_and_what_to_do() {
    assert_snapshot!(opened(Opened::Opened, Secret::Ours("uid".into())), @"Ready=True Created: Secret `db-<suffix>` holds what is sealed here");
    assert_snapshot!(conditions(None, "shop", "db", Progress::default()), @"Ready=False Stalled=True Invalid: not a SealedSecret that this version of the controller can read; seal it anew with `bulla seal`");
    assert_snapshot!(refused(|spec| spec.envelopes[0].commitment = "AAAA".into()), @"Ready=False Stalled=True Invalid: spec.envelopes[0]: `commitment` is not the canonical base64 of 32 bytes; seal it anew with `bulla seal`");
    assert_snapshot!(refused(|spec| spec.secret_name = "db-aaaaaaaaaaaaaaaa".into()).split(" which is").next().unwrap(), @"Ready=False Stalled=True StaleName: `db-<suffix>` is not the name of what is sealed here,");
    assert_snapshot!(conditions(Some(&spec()), "test", "db", Progress::default()), @"Ready=False Stalled=True Misplaced: sealed for shop/db, found at test/db; put it where it was sealed for, or seal the values for this place with `bulla seal --for NAMESPACE/NAME`");
    assert_snapshot!(conditions(Some(&spec()), "bulla-system", "db", Progress::default()), @"Ready=False Stalled=True NamespaceRefused: no Secret is made in the controller's own namespace, which holds its keys; put the SealedSecret into another namespace");
    assert_snapshot!(opened(Opened::Failed, Secret::Unknown), @"Ready=False Stalled=True DecryptFailed: none of the controller's identities opens it, or it was changed after sealing; `bulla inspect FILE` shows whom it is sealed to, and `bulla open FILE` says more to who has a key; restore the file, or rewrap it for this cluster's recipients");
    assert_snapshot!(opened(Opened::Opened, Secret::Foreign), @"Ready=False Stalled=True NameConflict: Secret `db-<suffix>` is there and was not made from this file; delete that Secret if nobody needs it; it is looked at again within the resync period");
    assert_snapshot!(conditions(Some(&spec()), "shop", "db", Progress::default()), @"Ready=False Reconciling=True NoIdentity: the controller holds no identity; make the first one with `bulla keys init`, or restore the identity Secret from the backup; nothing that exists is touched until then");
    assert_snapshot!(failed(Failure::Denied(403)), @"Ready=False Reconciling=True CreateDenied: the API server denied what is needed for the Secret (403); look for a ResourceQuota, an admission policy or missing rights of the controller; it is tried again");
    assert_snapshot!(failed(Failure::Refused(vec!["data[tls.crt]".into(), "data[tls.key]".into()])), @"Ready=False Stalled=True RuleRefused: the API server refuses the Secret for data[tls.crt], data[tls.key]; mend the Secret, and seal again");
    assert_snapshot!(failed(Failure::Terminating), @"Ready=False Reconciling=True NamespaceTerminating: the namespace is being deleted; wait until the namespace is gone");
    assert_snapshot!(failed(Failure::Unavailable(Some(503))), @"Ready=False Reconciling=True ApiUnavailable: the API server does not do what is needed for the Secret; it is tried again");
}

#[test]
fn what_a_key_holds_breaks_no_line_and_no_limit() {
    let message = refused(|spec| {
        let items = &mut spec.envelopes[0].items;
        let key = format!("\u{1b}[2J\u{202e}\u{200b}{}", "k".repeat(100_000));
        items.insert(key, "AAAA".into());
    });
    assert!(message.len() < 1024, "{}", message.len());
    assert!(message.is_ascii(), "{message:?}");
}

/// A type or metadata cannot be changed after sealing without making the name stale, so these are
/// sealed by somebody who left bulla's own checks out.
#[test]
fn powers_are_refused_whoever_sealed_them() {
    let seal_again = |change: fn(&mut SealedSecretSpec)| {
        let mut spec = spec();
        change(&mut spec);
        let content = bulla_sealing::Content::parse(&spec).unwrap();
        spec.secret_name = bulla_sealing::secret_name("db", &content.digest());
        conditions(Some(&spec), "shop", "db", Progress::default())
    };
    assert_snapshot!(seal_again(|spec| spec.secret_type = Some("kubernetes.io/service-account-token".into())), @"Ready=False Stalled=True TypeRefused: a Secret of type `kubernetes.io/service-account-token` is made by the cluster or by a tool, never from a sealed file; seal it as another type");
    assert_snapshot!(seal_again(|spec| {
        let label = ("argocd.argoproj.io/secret-type".to_owned(), "cluster".to_owned());
        spec.template = Some(Template { labels: [label].into(), ..Template::default() });
    }), @"Ready=False Stalled=True MetadataRefused: `argocd.argoproj.io/secret-type` in spec.template makes Argo CD act on the Secret; take it out of the Secret, and seal again");
    assert_snapshot!(seal_again(|spec| {
        let label = ("team".to_owned(), "no spaces".to_owned());
        spec.template = Some(Template { labels: [label].into(), ..Template::default() });
    }), @"Ready=False Stalled=True RuleRefused: the API server would refuse the Secret: metadata.labels[team]: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'); mend the Secret, and seal again");
}

#[test]
fn every_reason_is_in_the_documentation() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
    let page = std::fs::read_to_string(page).unwrap();
    for reason in Reason::ALL {
        let outcome = match reason.outcome() {
            Outcome::Ready => "ready",
            Outcome::Stalled => "stalled",
            Outcome::Retried => "retried",
        };
        let row = format!("| `{reason}` | {outcome} |");
        assert!(
            page.contains(&row),
            "docs/operations.md has no row that begins with {row}"
        );
        assert_eq!(Reason::from_name(reason.as_str()), Some(reason));
    }
}
