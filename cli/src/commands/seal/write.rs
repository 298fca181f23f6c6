//! `bulla seal -w PATH...`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::plan::{Plan, Step, Tree};
use super::{SealArgs, crowded};
use crate::error::CommandError;
use crate::manifest_tree::sources;
use crate::{output, parallel, ui};

/// Seals everything first. Only if nothing was refused is anything written.
pub(super) fn run(args: &SealArgs) -> Result<(), CommandError> {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        let message = "-w writes beside files, and standard input is beside none";
        return Err(CommandError::usage(message).hinted("name files or directories, or say --to"));
    }
    let tree = Tree::new(args)?;
    let (sources, mut failures) = sources(&args.paths);
    let looked = parallel::map(&sources, "sealing", |source| tree.look(source));
    let mut plans = Vec::new();
    let mut plaintext = Vec::new();
    for (source, looked) in sources.iter().zip(looked) {
        match looked {
            Ok(looked) => {
                looked
                    .warnings
                    .iter()
                    .for_each(|warning| ui::warning(warning));
                if !looked.plans.is_empty() {
                    plaintext.push(&source.path);
                }
                plans.extend(looked.plans);
            }
            Err(error) => failures.push(error),
        }
    }
    failures.extend(collisions(&plans));
    let mut placed_by = BTreeMap::new();
    for by in plans.iter().filter_map(|plan| plan.placed_by.clone()) {
        *placed_by.entry(by).or_insert(0) += 1;
    }
    failures.extend(crowded(placed_by, "what is sealed here"));
    let failed = failures.len();
    if let Some(error) = CommandError::merge(failures) {
        ui::error(&error);
        ui::note(&format!(
            "0 sealed, 0 changed, {failed} failed; nothing was written"
        ));
        return Err(error.reported());
    }
    write_all(&plans, &plaintext)
}

/// Writes, and says what was written and what is left to do.
fn write_all(plans: &[Plan], plaintext: &[&PathBuf]) -> Result<(), CommandError> {
    let written = parallel::map(plans, "writing", Plan::write);
    let new = plans
        .iter()
        .filter(|plan| matches!(plan.step, Step::New(_)));
    output::sync_folders(new.map(|plan| plan.to.as_path()));
    let mut failures = Vec::new();
    let (mut sealed, mut changed, mut unchanged) = (0, 0, 0);
    for (plan, written) in plans.iter().zip(written) {
        if let Err(error) = written {
            failures.push(error);
            continue;
        }
        match &plan.step {
            Step::New(_) => sealed += 1,
            Step::Change(..) => changed += 1,
            Step::Nothing => unchanged += 1,
        }
        if !plan.said.is_empty() {
            ui::note(&format!("{}: {}", plan.to.display(), plan.said));
        }
    }
    let failed = failures.len();
    let error = CommandError::merge(failures);
    if let Some(error) = &error {
        ui::error(error);
    }
    if !plaintext.is_empty() {
        ui::warning("plaintext is still in:");
        for path in plaintext {
            ui::note(&format!("  {}", path.display()));
        }
        ui::note(
            "delete what is not needed any more; what git tracks, take out of it (git rm --cached) \
             and list in .gitignore; what was committed stays in its history: rotate those values",
        );
    }
    ui::note(&format!(
        "{sealed} sealed, {changed} changed, {unchanged} unchanged, {failed} failed"
    ));
    error.map_or(Ok(()), |error| Err(error.reported()))
}

/// Two Secrets for one file.
fn collisions(plans: &[Plan]) -> Vec<CommandError> {
    let mut first = BTreeMap::new();
    let mut errors = Vec::new();
    for plan in plans {
        if let Some(other) = first.insert(&plan.key, &plan.from) {
            let (to, from) = (plan.to.display(), plan.from.display());
            let message = match *other == plan.from {
                true => format!("{from}: holds two Secrets for {to}"),
                false => format!(
                    "{from}: its Secret is for {to}, as is that of {}",
                    other.display()
                ),
            };
            errors.push(
                CommandError::refused(message).hinted(
                    "two Secrets of one name need two directories, or --to for each of them",
                ),
            );
        }
    }
    errors
}
