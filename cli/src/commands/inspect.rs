//! `bulla inspect`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::sealed_files::{self, Found};
use crate::args::Format;
use crate::error::CommandError;
use crate::{output, ui};

/// Show what a sealed file says, without any key
///
/// Everything shown is what anybody can read or compute: items, recipients, the place it is sealed
/// for, the digest and the name. The recipients are what the file says; only who holds one of the
/// private keys can prove an entry.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla inspect db.sealed.yaml
  bulla inspect overlays/*/*.sealed.yaml -o json | jq -r '.envelopes[].recipients[]' | sort -u")]
pub(crate) struct InspectArgs {
    /// Sealed files; `-` is standard input
    #[arg(default_value = "-", hide_default_value = true)]
    paths: Vec<PathBuf>,

    /// How to print; JSON is one object a line
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(rename = "type")]
    secret_type: String,
    sealed_for: String,
    secret_name: String,
    digest: String,
    stale: bool,
    misplaced: bool,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    /// What a person is told, in this order.
    #[serde(skip)]
    notes: Vec<String>,
    envelopes: Vec<EnvelopeReport>,
}

#[derive(Serialize)]
struct EnvelopeReport {
    recipients: Vec<String>,
    items: Vec<String>,
}

pub(crate) fn run(args: &InspectArgs) -> Result<(), CommandError> {
    let reports = sealed_files::for_each(&args.paths, |found| Ok(report(found)))?;
    let reports: Vec<String> = match args.output {
        Format::Text => reports.iter().map(text).collect(),
        Format::Json => reports.iter().map(json).collect::<Result<_, _>>()?,
    };
    let separator = if args.output == Format::Text {
        "\n"
    } else {
        ""
    };
    output::print(reports.join(separator).as_bytes())
}

fn report(found: &Found<'_>) -> Report {
    let (metadata, spec) = (&found.file.metadata, &found.file.spec);
    let namespace = metadata.namespace.as_deref();
    let place = found.content.check_place(&metadata.name, namespace);
    let name = found.content.check_name(&metadata.name);
    let template = spec.template.clone().unwrap_or_default();
    Report {
        name: metadata.name.clone(),
        namespace: metadata.namespace.clone(),
        secret_type: spec.effective_type().to_owned(),
        sealed_for: found.content.place().to_string(),
        secret_name: spec.secret_name.clone(),
        digest: found.content.digest().to_string(),
        stale: name.is_err(),
        misplaced: place.is_err(),
        labels: template.labels,
        annotations: template.annotations,
        notes: [
            place.err().map(|error| format!("misplaced: {error}")),
            name.err().map(|error| format!("stale: {error}")),
        ]
        .into_iter()
        .flatten()
        .collect(),
        envelopes: spec
            .envelopes
            .iter()
            .map(|envelope| EnvelopeReport {
                recipients: envelope.recipients.clone(),
                items: envelope.items.keys().cloned().collect(),
            })
            .collect(),
    }
}

fn json(report: &Report) -> Result<String, CommandError> {
    let json = serde_json::to_string(report);
    let json = json.map_err(|error| CommandError::refused(format!("{}: {error}", report.name)))?;
    Ok(ui::escaped_json(json) + "\n")
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{label:<12}{}", ui::escaped(value));
    };
    line("name", &report.name);
    if let Some(namespace) = &report.namespace {
        line("namespace", namespace);
    }
    line("type", &report.secret_type);
    line("sealed for", &report.sealed_for);
    line("Secret", &report.secret_name);
    line("digest", &report.digest);
    for (label, pairs) in [
        ("labels", &report.labels),
        ("annotations", &report.annotations),
    ] {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        if !pairs.is_empty() {
            line(label, &pairs.join(", "));
        }
    }
    for (number, envelope) in (1..).zip(&report.envelopes) {
        line(&format!("envelope {number}"), &envelope.items.join(", "));
        for recipient in &envelope.recipients {
            line("  for", recipient);
        }
    }
    for note in &report.notes {
        line("warning", note);
    }
    out
}
