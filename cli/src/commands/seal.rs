//! `bulla seal`

use std::collections::BTreeMap;
use std::path::PathBuf;

use bulla_manifest::{Document, Spliced, Stream};
use clap::Args;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::error::CommandError;
use crate::sealer::{Outcome, Sealer};
use crate::sealing_args::SealingArgs;
use crate::{input, ui};

/// Seal the Secrets in a file or a stream of manifests
///
/// Every Secret in the input becomes a SealedSecret; every other document is passed through byte for
/// byte. A list that holds a Secret is split into documents. If anything is refused, nothing at all
/// is written, and every reason is shown.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Seal one file for yourself and for a cluster:
    bulla seal secret.yaml -r age1... -r cluster.pem --to db.sealed.yaml
  Seal whatever a build renders:
    kustomize build . | bulla seal - -R recipients.txt > sealed.yaml
  Seal for whom the rules of the repository (.bulla.yaml) say for this file:
    bulla seal secret.yaml --to overlays/prod/db.sealed.yaml
  Seal for a tree in which kustomize sets namespace and name prefix:
    bulla seal secret.yaml -r age1... --for shop/acme-db --to db.sealed.yaml")]
pub(crate) struct SealArgs {
    /// A file of manifests, YAML or JSON; `-` is standard input
    #[arg(default_value = "-", hide_default_value = true)]
    path: PathBuf,

    #[command(flatten)]
    sealing: SealingArgs,
}

pub(crate) fn run(args: &SealArgs) -> Result<(), CommandError> {
    let decider = args.sealing.decider(Some(&args.path))?;
    let input = input::read(&args.path)?;
    let stream =
        Stream::read(&input.name, &input.bytes).map_err(|problems| failed(&problems.into(), 1))?;
    let sealer = Sealer::new(decider);

    let sealed = seal_all(&sealer, stream.documents());
    let mut count = Count::default();
    let mut failures = Vec::new();
    let mut replacements = Vec::new();
    let mut placed_by = BTreeMap::new();
    for (document, result) in stream.documents().iter().zip(sealed) {
        match result {
            Ok(Outcome::Passed) => count.passed += 1,
            Ok(Outcome::Empty) => {}
            Ok(Outcome::Replaced(replaced)) => {
                count.sealed += replaced.sealed;
                count.passed += replaced.passed;
                replaced
                    .warnings
                    .iter()
                    .for_each(|warning| ui::warning(warning));
                for by in replaced.placed_by {
                    *placed_by.entry(by).or_insert(0) += 1;
                }
                replacements.push((document.number(), replaced.text));
            }
            Err(error) => {
                count.failed += 1;
                failures.push(error);
            }
        }
    }
    for (by, secrets) in placed_by.into_iter().filter(|(_, secrets)| *secrets > 1) {
        failures.push(CommandError::refused(format!(
            "{by} names one place, but {} holds {secrets} Secrets",
            input.name
        )));
    }
    if let Some(error) = CommandError::merge(failures) {
        return Err(failed(&error, count.failed.max(1)));
    }
    let replacements: Vec<_> = replacements
        .iter()
        .map(|(document, text)| Spliced {
            document: *document,
            text,
        })
        .collect();
    let text = stream.splice(&replacements);
    args.sealing.write(text.as_bytes())?;
    ui::note(&count.to_string());
    Ok(())
}

/// Reports what went wrong, and in the last line that nothing came of it.
fn failed(error: &CommandError, failed: usize) -> CommandError {
    ui::error(error);
    let count = Count {
        failed,
        ..Count::default()
    };
    ui::note(&format!("{count}; nothing was written"));
    error.reported()
}

/// On all cores if there is more than one document, because a stream may hold hundreds; in their
/// order. Where no threads are to be had, one after the other.
fn seal_all(sealer: &Sealer, documents: &[Document<'_>]) -> Vec<Result<Outcome, CommandError>> {
    let threads = match documents.len() {
        0 | 1 => None,
        _ => ThreadPoolBuilder::new().build().ok(),
    };
    match threads {
        Some(threads) => threads.install(|| {
            let documents = documents.par_iter();
            documents
                .map(|document| sealer.document(document))
                .collect()
        }),
        None => documents
            .iter()
            .map(|document| sealer.document(document))
            .collect(),
    }
}

#[derive(Default)]
struct Count {
    sealed: usize,
    passed: usize,
    failed: usize,
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            sealed,
            passed,
            failed,
        } = self;
        write!(
            f,
            "{sealed} sealed, {passed} passed through, {failed} failed"
        )
    }
}
