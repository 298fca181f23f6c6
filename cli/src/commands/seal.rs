//! `bulla seal`

mod into;
mod plan;
mod template;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bulla_manifest::{Spliced, Stream};
use clap::Args;

use crate::error::CommandError;
use crate::identities::IdentityArgs;
use crate::sealer::{Outcome, Sealer};
use crate::sealing_args::SealingArgs;
use crate::{input, parallel, ui};

/// Seal the Secrets in a file or a stream of manifests
///
/// Every Secret in the input becomes a SealedSecret; every other document is passed through byte for
/// byte. A list that holds a Secret is split into documents. If anything is refused, nothing at all
/// is written, and every reason is shown.
///
/// With --write each Secret goes into a file of its own beside its manifest, in whole trees. With
/// --into one Secret goes into a file that is sealed already. Both add and replace values, labels and
/// annotations, and take nothing out; no private key is needed. With an identity at hand values that
/// did not change are recognised, and a file in which nothing changes is not written.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Seal one file for yourself and for a cluster:
    bulla seal secret.yaml -r age1... -r cluster.pem --to db.sealed.yaml
  Seal whatever a build renders:
    kustomize build . | bulla seal - -R recipients.txt > sealed.yaml
  Seal a whole tree in place, into NAME.sealed.yaml beside each manifest:
    bulla seal -w overlays
  Merge a Secret into a file that is sealed already:
    kubectl create secret generic db --from-literal a=b --dry-run=client -o yaml |
      bulla seal - --into db.sealed.yaml
  Seal for whom the rules of the repository (.bulla.yaml) say for this file:
    bulla seal secret.yaml --to overlays/prod/db.sealed.yaml
  Seal for a tree in which kustomize sets namespace and name prefix:
    bulla seal secret.yaml -r age1... --for shop/acme-db --to db.sealed.yaml")]
pub(crate) struct SealArgs {
    /// A file of manifests, YAML or JSON; `-` is standard input. With --write any number of files,
    /// and directories for all manifests below
    #[arg(value_name = "PATH", default_value = "-", hide_default_value = true)]
    paths: Vec<PathBuf>,

    /// Write each Secret to NAME.sealed.yaml beside its manifest, or merge it into that file
    #[arg(short, long, conflicts_with = "to")]
    write: bool,

    /// Merge the one Secret of the input into this sealed file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "write"])]
    into: Option<PathBuf>,

    #[command(flatten)]
    sealing: SealingArgs,

    #[command(flatten)]
    identities: IdentityArgs,
}

pub(crate) fn run(args: &SealArgs) -> Result<(), CommandError> {
    if args.write {
        return write::run(args);
    }
    let [path] = args.paths.as_slice() else {
        return Err(CommandError::usage("one input at a time")
            .hinted("to seal several files, each beside itself: -w"));
    };
    match &args.into {
        Some(into) => into::run(args, path, into),
        None if args.identities.are_given() => {
            let message = "-i has no use here: sealing needs no private key";
            Err(CommandError::usage(message)
                .hinted("to recognise values that did not change in a sealed file: --into or -w"))
        }
        None => print(args, path),
    }
}

/// To standard output, or to one file.
fn print(args: &SealArgs, path: &Path) -> Result<(), CommandError> {
    let decider = args.sealing.decider(Some(path))?;
    let input = input::read(path).map_err(|error| match path.is_dir() {
        true => error.hinted("to seal a whole tree, each Secret beside its manifest: -w"),
        false => error,
    })?;
    let stream = Stream::read(&input.name, &input.bytes);
    let stream =
        stream.map_err(|problems| failed(&template::explain(problems.into(), &input.bytes), 1))?;
    let sealer = Sealer::new(decider);

    // A stream may hold hundreds.
    let sealed = parallel::map(stream.documents(), "sealing", |document| {
        sealer.document(document)
    });
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
    failures.extend(crowded(placed_by, &input.name));
    if let Some(error) = CommandError::merge(failures) {
        let error = template::explain(error, &input.bytes);
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

/// What named one final place for more than one Secret. `input` is what holds them.
fn crowded(placed_by: BTreeMap<String, usize>, input: &str) -> Vec<CommandError> {
    let crowded = placed_by.into_iter().filter(|(_, secrets)| *secrets > 1);
    let errors = crowded.map(|(by, secrets)| {
        let message = format!("{by} names one place, but {input} holds {secrets} Secrets");
        CommandError::refused(message)
    });
    errors.collect()
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
