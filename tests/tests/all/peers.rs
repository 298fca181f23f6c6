//! Each peer is the release that this package asks for.

use std::process::Command;

use bulla_tests::peers::{Version, age, age_inspect, age_keygen, kubectl, kustomize};
use bulla_tests::{git, openssl, python};

use crate::support::printed;

#[test]
fn age_is_1_3_2() {
    for program in [age(), age_keygen(), age_inspect()] {
        assert_eq!(
            printed(Command::new(program).arg("--version")).trim(),
            "v1.3.2"
        );
    }
}

#[test]
fn every_kustomize_is_the_release_of_its_name() {
    for (version, number) in [
        (Version::V5_8_2, "v5.8.2"),
        (Version::V5_5_0, "v5.5.0"),
        (Version::V5_0_0, "v5.0.0"),
    ] {
        assert_eq!(
            printed(Command::new(kustomize(version)).arg("version")).trim(),
            number
        );
    }
}

#[test]
fn kubectl_is_1_36_3() {
    let version = printed(Command::new(kubectl()).args(["version", "--client"]));
    assert!(version.contains("Client Version: v1.36.3"), "{version}");
}

#[test]
fn python_has_the_locked_packages() {
    let code = "import yaml, cryptography; print(yaml.__version__, cryptography.__version__)";
    let versions = printed(Command::new(python()).args(["-c", code]));
    assert_eq!(versions.trim(), "6.0.3 50.0.2");
}

#[test]
fn the_machine_brings_git_and_openssl() {
    assert!(printed(Command::new(git()).arg("version")).starts_with("git version"));
    assert!(printed(Command::new(openssl()).arg("version")).starts_with("OpenSSL 3"));
}
