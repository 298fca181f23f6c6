//! `bulla name`

use std::path::{Path, PathBuf};

use bulla_sealing::secret_name;
use clap::Args;
use serde::Serialize;

use super::sealed_files::{self, Found};
use crate::args::Format;
use crate::editable::{Editable, Purpose, Saved};
use crate::error::CommandError;
use crate::{output, ui};

/// Print the name of the Secret that a sealed file becomes
///
/// The name is computed from the sealed bytes; no key is needed. A file whose spec.secretName says
/// something else is stale, which is noted on standard error.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla name db.sealed.yaml
  bulla name db.sealed.yaml -o json
  After a merge, or after the template was edited by hand:
    bulla name -w db.sealed.yaml")]
pub(crate) struct NameArgs {
    /// Sealed files; `-` is standard input
    #[arg(default_value = "-", hide_default_value = true)]
    paths: Vec<PathBuf>,

    /// Write the right name into the files whose name is stale
    #[arg(short, long, conflicts_with = "output")]
    write: bool,

    /// How to print; JSON is one object a line
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Name {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    secret_name: String,
    stale: bool,
}

pub(crate) fn run(args: &NameArgs) -> Result<(), CommandError> {
    if args.write {
        return args.paths.iter().try_for_each(|path| mend(path));
    }
    let lines = sealed_files::for_each(&args.paths, |found| {
        let name = name(found);
        Ok(match args.output {
            Format::Text => ui::escaped(&name.secret_name) + "\n",
            Format::Json => json(&name)? + "\n",
        })
    })?;
    output::print(lines.concat().as_bytes())
}

/// Writes the name that belongs to the content, and nothing else.
fn mend(path: &Path) -> Result<(), CommandError> {
    let (editable, content) = Editable::read(path, Purpose::Name)?;
    let before = content.secret_name().to_owned();
    let (content, _) = content.mend_name(editable.name());
    if editable.save(&content)? == Saved::Changed {
        let after = content.secret_name();
        ui::note(&format!("{}: {before} becomes {after}", path.display()));
    }
    Ok(())
}

fn json(name: &Name) -> Result<String, CommandError> {
    let failed = |error| CommandError::refused(format!("{}: {error}", name.name));
    let json = serde_json::to_string(name).map_err(failed);
    json.map(ui::escaped_json)
}

fn name(found: &Found<'_>) -> Name {
    let metadata = &found.file.metadata;
    let stale = found.content.check_name(&metadata.name);
    if let Err(error) = &stale {
        ui::warning(&format!(
            "{}: spec.secretName: {error}",
            found.document.file()
        ));
    }
    let stale = stale.is_err();
    Name {
        name: metadata.name.clone(),
        namespace: metadata.namespace.clone(),
        secret_name: match stale {
            true => secret_name(&metadata.name, &found.content.digest()),
            false => found.file.spec.secret_name.clone(),
        },
        stale,
    }
}
