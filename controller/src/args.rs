//! The flags, each with its environment variable.

use std::net::SocketAddr;
use std::time::Duration;

use bulla_manifest::rules::{self, Violation};
use clap::{Parser, ValueEnum};
use k8s_openapi::jiff::SignedDuration;
use tracing::level_filters::LevelFilter;

/// Opens SealedSecrets in the cluster: one immutable Secret each.
///
/// In a cluster it uses the Pod's service account, anywhere else the kubeconfig that kubectl would
/// use.
#[derive(Clone, Debug, Parser)]
#[command(name = "bulla-controller", version)]
pub(crate) struct Args {
    /// The controller's own namespace, in which its identities are. [default: the Pod's
    /// namespace, else bulla-system]
    #[arg(long, env = "BULLA_NAMESPACE", value_name = "NAMESPACE", value_parser = namespace)]
    pub(crate) namespace: Option<String>,
    /// The Secrets that hold identities, in that namespace.
    #[arg(
        long,
        env = "BULLA_IDENTITIES",
        value_name = "NAME,...",
        value_delimiter = ',',
        value_parser = name,
        default_value = "bulla-identity"
    )]
    pub(crate) identities: Vec<String>,
    /// How often the identities are looked at.
    #[arg(long, env = "BULLA_KEY_INTERVAL", value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) key_interval: Duration,
    /// The longest time after which each Secret is looked for again.
    #[arg(long, env = "BULLA_RESYNC", value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(crate) resync: Duration,
    /// How many SealedSecrets are worked on at once.
    #[arg(long, env = "BULLA_CONCURRENCY", value_name = "NUMBER", default_value = "16", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) concurrency: u16,
    /// Where /metrics, /healthz and /readyz are served.
    #[arg(
        long,
        env = "BULLA_LISTEN",
        value_name = "ADDRESS",
        default_value = "0.0.0.0:8080"
    )]
    pub(crate) listen: SocketAddr,
    /// How log lines look.
    #[arg(long, env = "BULLA_LOG_FORMAT", value_enum, default_value = "json")]
    pub(crate) log_format: LogFormat,
    /// How much is logged: error, warn, info, debug, trace, or off.
    #[arg(
        long,
        env = "BULLA_LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub(crate) log_level: LevelFilter,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

pub(crate) fn parse() -> Args {
    Args::parse()
}

/// Both become parts of paths.
fn namespace(text: &str) -> Result<String, String> {
    checked(text, &rules::namespace(text))
}

fn name(text: &str) -> Result<String, String> {
    checked(text, &rules::name(text))
}

fn checked(text: &str, violations: &[Violation]) -> Result<String, String> {
    match violations.first() {
        None => Ok(text.to_owned()),
        Some(violation) => Err(violation.to_string()),
    }
}

/// `30s`, `5m`, `1h30m`
fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text
        .parse()
        .map_err(|_| "not a time such as 30s or 5m".to_owned())?;
    match Duration::try_from(duration) {
        Ok(duration) if duration >= Duration::from_secs(1) => Ok(duration),
        _ => Err("shorter than a second".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_well_formed() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }

    #[test]
    fn every_flag_is_in_the_documentation() {
        use clap::CommandFactory as _;
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
        let page = std::fs::read_to_string(page).unwrap();
        for flag in Args::command().get_arguments() {
            let variable = flag.get_env().unwrap().to_str().unwrap();
            let row = format!("| `--{}` | `{variable}` |", flag.get_long().unwrap());
            assert!(page.contains(&row), "docs/operations.md has no row {row}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert!(duration("30").is_err());
        assert!(duration("0s").is_err());
        assert!(duration("-5m").is_err());
    }

    #[test]
    fn names_cannot_lead_elsewhere() {
        for bad in ["", "a/b", "../secrets", "a?b", "A"] {
            assert!(name(bad).is_err(), "{bad}");
            assert!(namespace(bad).is_err(), "{bad}");
        }
        let parse = |list: &str| {
            let arguments = ["bulla-controller", "--identities", list];
            Args::try_parse_from(arguments).map(|args| args.identities)
        };
        assert_eq!(parse("old,new").unwrap(), ["old", "new"]);
        assert!(parse("").is_err());
        assert!(parse("a,").is_err());
    }
}
