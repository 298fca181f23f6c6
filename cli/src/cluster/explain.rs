//! What went wrong between here and an API server, and what to do about it.

use std::error::Error;

use kube::client::AuthError;
use kube::config::KubeconfigError;

use crate::error::{CommandError, holds_key};
use crate::exit_code::ExitCode;

/// What is wrong with the kubeconfig. Nothing of what stands in it but names: it holds tokens.
pub(super) fn kubeconfig(error: KubeconfigError) -> CommandError {
    let message = match error {
        KubeconfigError::CurrentContextNotSet => {
            return failed("the kubeconfig has no current context")
                .hinted("name one: --context CONTEXT; kubectl config get-contexts lists them");
        }
        KubeconfigError::LoadContext(name) => {
            return failed(format!("the kubeconfig has no context `{name}`"))
                .hinted("kubectl config get-contexts lists those that it has");
        }
        KubeconfigError::LoadClusterOfContext(name) => {
            format!("the kubeconfig has no cluster `{name}`, which its context names")
        }
        KubeconfigError::FindPath => "no kubeconfig: there is no home directory".to_owned(),
        KubeconfigError::ReadConfig(error, path) => {
            return failed(format!("cannot read {}: {error}", path.display()))
                .hinted("the kubeconfig is $KUBECONFIG, else ~/.kube/config");
        }
        KubeconfigError::Parse(_) => "the kubeconfig cannot be read".to_owned(),
        KubeconfigError::MissingClusterUrl => "the kubeconfig's cluster has no server".to_owned(),
        KubeconfigError::LoadCertificateAuthority(_) | KubeconfigError::ParseCertificates(_) => {
            "the kubeconfig's certificate authority cannot be read".to_owned()
        }
        _ => "the kubeconfig is not valid".to_owned(),
    };
    failed(message).hinted("kubectl config view shows what kubectl makes of it")
}

/// Why a request had no success.
pub(super) fn api(server: &str, context: &str, error: &kube::Error) -> CommandError {
    match error {
        kube::Error::Api(status) => {
            let mut said = status.message.as_str();
            if said.is_empty() {
                said = &status.reason;
            }
            // What stands in between answers with a page, and not with an object.
            said = said.lines().next().unwrap_or_default();
            if may_repeat_key(said) {
                said = "refused, with a message that may repeat the key and is not shown";
            }
            let error = failed(format!("{server}: {said}"));
            match status.code {
                401 => error.hinted(format!(
                    "log in again, as for kubectl; the kubeconfig's context is `{context}`"
                )),
                403 => error.hinted(format!(
                    "ask whoever runs the cluster for that right; the kubeconfig's context is `{context}`"
                )),
                404 => error
                    .hinted("is the controller installed? bulla install --image IMAGE | kubectl apply -f -")
                    .hinted("if the controller is in another namespace: --namespace"),
                429 | 500.. => error.hinted("try again in a moment"),
                _ => error,
            }
        }
        kube::Error::Auth(error) => failed(format!("cannot log in to {server}: {}", login(error)))
            .hinted("does kubectl get namespaces work?"),
        kube::Error::ProxyProtocolUnsupported { .. }
        | kube::Error::ProxyProtocolDisabled { .. } => failed(format!(
            "cannot reach {server}: only http and https proxies are supported"
        ))
        .hinted("the proxy is the kubeconfig's proxy-url, else $HTTPS_PROXY"),
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => failed(format!(
            "{server}: the answer is not one of a Kubernetes API server"
        ))
        .hinted(which_cluster(context)),
        error => failed(format!("cannot reach {server}: {}", innermost(error)))
            .hinted(which_cluster(context)),
    }
}

fn login(error: &AuthError) -> String {
    match error {
        // What it printed otherwise may be a token, and its arguments and variables, too.
        AuthError::AuthExecRun { out, .. } => {
            let said = String::from_utf8_lossy(&out.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let status = out.status;
            match last {
                Some(last) => format!("the kubeconfig's program ended with {status}: {last}"),
                None => format!("the kubeconfig's program ended with {status}"),
            }
        }
        AuthError::AuthExecStart(error) => {
            format!("the program that the kubeconfig names cannot be run: {error}")
        }
        AuthError::ReadTokenFile(error, path) => {
            format!("cannot read {}: {error}", path.display())
        }
        _ => "the kubeconfig's credentials cannot be used".to_owned(),
    }
}

fn which_cluster(context: &str) -> String {
    format!("the kubeconfig's context is `{context}`; for another cluster: --context CONTEXT")
}

/// What happened, without the layers that it came through.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// A private key, or base64 of anything as long as one.
fn may_repeat_key(text: &str) -> bool {
    const SHORTEST: usize = 64;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut runs = text.split(|c| !is_base64(c));
    holds_key(text) || runs.any(|run| run.len() >= SHORTEST)
}

fn failed(message: impl std::fmt::Display) -> CommandError {
    CommandError::new(ExitCode::Io, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_key_is_not_shown() {
        for text in [
            "bad value: AGE-SECRET-KEY-1XYZ",
            &format!("bad value: {}", "IyBjcmVhdGVk".repeat(6)),
        ] {
            let status = kube::core::Status::failure(text, "Invalid").with_code(422);
            let error = api("https://server", "prod", &kube::Error::Api(status.boxed()));
            let message = error.messages().join("\n");
            assert!(!message.contains("bad value"), "{message}");
        }
        assert!(!may_repeat_key(
            "secrets is forbidden: User \"system:serviceaccount:a:b\" cannot create resource"
        ));
    }
}
