//! What the controller's account may do, and what everybody may.

use bulla_tests::ControlPlane;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{CONTROLLER, NAMESPACE, as_user, installed};
use crate::desk::says;

/// The rules that hold for an account in a namespace, without those that it shares with an account
/// that nobody has given anything.
fn rules(user: &str, namespace: &str) -> String {
    let list = |user: &str| -> Vec<String> {
        let flags = ["auth", "can-i", "--list", "--no-headers", "-n", namespace];
        let table = as_user(user, &flags, "").printed();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        table.lines().map(words).collect()
    };
    let everybody = list("system:serviceaccount:default:nobody");
    let mut rules = list(user);
    rules.retain(|rule| !everybody.contains(rule));
    rules.sort();
    rules.join("\n")
}

/// All of it: what is not in here is not allowed.
#[test]
fn the_controller_may_do_this_and_nothing_else() {
    let plane = installed();
    let namespace = plane.namespace();
    let anywhere = rules(CONTROLLER, &namespace);
    assert_snapshot!(anywhere, @r"
    events.events.k8s.io [] [] [create]
    sealedsecretrevisions.bulla.dev [] [] [create]
    sealedsecrets.bulla.dev [] [] [get list watch]
    sealedsecrets.bulla.dev/status [] [] [patch]
    secrets [] [] [create get]
    ");
    assert_eq!(rules(CONTROLLER, NAMESPACE), anywhere);
    // Whatever concerns no namespace shows in every namespace's table.
    assert_eq!(rules(CONTROLLER, "no-such-namespace"), anywhere);
}

/// A request that somebody might make: verb, group, resource with subresource, namespace, name.
type Request<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// Which of the requests the API server would allow.
fn allowed<'a>(user: &str, groups: &[&str], requests: &[Request<'a>]) -> Vec<Request<'a>> {
    let reviews = requests
        .iter()
        .map(|(verb, group, resource, namespace, name)| {
            let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
            json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {"user": user, "groups": groups, "resourceAttributes": {
                    "verb": verb, "group": group, "resource": resource, "subresource": subresource,
                    "namespace": namespace, "name": name,
                }},
            })
        });
    let reviews: Vec<_> = reviews.collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": reviews});
    let create = ["create", "-f", "-", "-o", "json"];
    let answer = says(
        &mut ControlPlane::shared().kubectl(create),
        list.to_string(),
    )
    .printed();
    let answers = serde_json::Deserializer::from_str(&answer).into_iter::<Value>();
    let answers: Vec<_> = answers.map(Result::unwrap).collect();
    assert_eq!(answers.len(), requests.len());
    let answers = requests.iter().zip(answers);
    let answers = answers.filter(|(_, answer)| answer["status"]["allowed"] == true);
    answers.map(|(request, _)| *request).collect()
}

const ALL: &str = "get list watch create update patch delete deletecollection";

#[test]
fn the_api_server_says_so_for_each_request() {
    let plane = installed();
    let namespace = plane.namespace();
    let mut requests = Vec::new();
    for (verbs, group, resource) in [
        (ALL, "", "secrets"),
        (ALL, "", "configmaps"),
        (ALL, "", "pods"),
        (ALL, "", "namespaces"),
        (ALL, "", "serviceaccounts"),
        ("create", "", "pods/exec"),
        ("create", "", "serviceaccounts/token"),
        ("impersonate", "", "serviceaccounts"),
        ("impersonate", "", "users"),
        (ALL, "", "events"),
        (ALL, "events.k8s.io", "events"),
        (ALL, "bulla.dev", "sealedsecrets"),
        (ALL, "bulla.dev", "sealedsecrets/status"),
        (ALL, "bulla.dev", "sealedsecretrevisions"),
        (ALL, "coordination.k8s.io", "leases"),
        (ALL, "apps", "deployments"),
        (ALL, "apiextensions.k8s.io", "customresourcedefinitions"),
        (
            ALL,
            "admissionregistration.k8s.io",
            "validatingadmissionpolicies",
        ),
        (
            "bind escalate create update",
            "rbac.authorization.k8s.io",
            "clusterroles",
        ),
        ("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
        ("create", "authentication.k8s.io", "tokenreviews"),
    ] {
        for verb in verbs.split(' ') {
            requests.push((verb, group, resource, namespace.as_str(), ""));
        }
    }
    let groups = [
        "system:serviceaccounts",
        "system:serviceaccounts:bulla-system",
        "system:authenticated",
    ];
    let table = allowed(CONTROLLER, &groups, &requests);
    let lines = table
        .iter()
        .map(|(verb, group, resource, ..)| format!("{verb} {group}/{resource}"));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    get /secrets
    create /secrets
    create events.k8s.io/events
    get bulla.dev/sealedsecrets
    list bulla.dev/sealedsecrets
    watch bulla.dev/sealedsecrets
    patch bulla.dev/sealedsecrets/status
    create bulla.dev/sealedsecretrevisions
    ");
}

#[test]
fn everybody_may_read_the_public_keys_and_nothing_else_there() {
    installed();
    let public = ("get", "", "configmaps", NAMESPACE, "bulla-recipients");
    let requests = [
        public,
        ("watch", "", "configmaps", NAMESPACE, "bulla-recipients"),
        ("update", "", "configmaps", NAMESPACE, "bulla-recipients"),
        ("patch", "", "configmaps", NAMESPACE, "bulla-recipients"),
        ("list", "", "configmaps", NAMESPACE, ""),
        ("get", "", "configmaps", NAMESPACE, "kube-root-ca.crt"),
        ("get", "", "configmaps", "default", "bulla-recipients"),
        ("get", "", "secrets", NAMESPACE, "bulla-identity"),
        ("create", "", "secrets", NAMESPACE, ""),
    ];
    assert_eq!(
        allowed("jane", &["system:authenticated"], &requests),
        [public]
    );
    assert_eq!(
        allowed("system:anonymous", &["system:unauthenticated"], &requests),
        []
    );
}
