//! `bulla seal --into FILE`

use std::path::Path;

use bulla_manifest::Stream;

use super::SealArgs;
use crate::decide::Destination;
use crate::editable::{Editable, Purpose};
use crate::error::CommandError;
use crate::found::Found;
use crate::merge::merge;
use crate::rules::AllRules;
use crate::{input, ui};

pub(super) fn run(args: &SealArgs, path: &Path, into: &Path) -> Result<(), CommandError> {
    let (editable, content) = Editable::read(into, Purpose::Content)?;
    let destination = Destination::Existing(into.to_owned());
    let decider = args
        .sealing
        .decider_for(&AllRules::default(), destination)?;
    let identities = args.identities.resolve_if_any()?;
    let input = input::read(path)?;
    let stream = Stream::read(&input.name, &input.bytes)?;
    let documents = stream.documents().iter();
    let found = documents
        .map(Found::all)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    let mut found: Vec<_> = found.flatten().collect();
    let (Some(secret), true) = (found.pop(), found.is_empty()) else {
        let secrets = match found.len() {
            0 => "no Secret".to_owned(),
            others => format!("{} Secrets", others + 1),
        };
        let message = format!("{}: holds {secrets}, where one is wanted", input.name);
        return Err(CommandError::refused(message));
    };
    let merged = merge(secret, &editable, content, &decider, &identities)?;
    merged
        .warnings
        .iter()
        .for_each(|warning| ui::warning(warning));
    match merged.change {
        None => ui::note(&format!("{}: nothing changed", into.display())),
        Some((text, said)) => {
            editable.write(&text)?;
            ui::note(&said);
        }
    }
    Ok(())
}
