//! `bulla kustomize sync`

use std::path::{Path, PathBuf};

use bulla_generator::{Layout, Plan, Request, Use};
use bulla_references::Sites;
use clap::Args;

use super::directory::{self, Above, Directory};
use crate::error::CommandError;
use crate::{output, ui};

/// Bring a sealed directory up to date
///
/// Finds the *.sealed.yaml of the directory, moves new ones to DIR/files, and keeps the list of
/// them. DIR then goes under `resources` in a kustomization.yaml, and plain kustomize gives every
/// reference to a Secret its final name. What you add to DIR/kustomization.yaml stays. Run it after
/// a sealed file was added or removed; a changed value needs nothing.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla kustomize sync overlays/prod/sealed
  In CI:
    bulla kustomize sync --check overlays/prod/sealed
  An overlay with a value of its own for what its base has sealed:
    bulla kustomize sync overlays/prod/sealed --override base/sealed")]
pub(crate) struct SyncArgs {
    /// The directory
    #[arg(default_value = ".")]
    dir: PathBuf,

    /// Write a Component, which goes under `components` instead of `resources`
    #[arg(long)]
    component: bool,

    /// Take the place of sealed files of the same names in BASE, another sealed directory; writes a
    /// Component
    #[arg(long, value_name = "BASE", conflicts_with = "component")]
    r#override: Option<PathBuf>,

    /// Write nothing, and fail if something would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &SyncArgs) -> Result<(), CommandError> {
    let dir = args.dir.as_path();
    let directory = Directory::read(dir)?;
    let above = Above::find(dir)?;
    let layout = match &args.r#override {
        Some(base) => Layout::Override(Directory::read(base)?.names()),
        None if args.component => Layout::Component,
        None => Layout::AsItIs,
    };
    let mut secrets = directory.secrets(dir)?;
    if let Some(above) = &above {
        secrets.extend(above.secrets()?);
    }
    let plan = bulla_generator::sync(&Request {
        sealed: directory.sealed,
        existing: directory.existing,
        layout,
        secrets,
        sites: Sites::built_in(),
    })
    .map_err(|error| CommandError::refused(format!("{}: {error}", dir.display())))?;
    if args.check && !plan.is_empty() {
        return Err(out_of_date(dir, &plan));
    }
    carry_out(dir, &plan)?;
    match &above {
        Some(above) => advise(above, &plan),
        None => Ok(()),
    }
}

fn out_of_date(dir: &Path, plan: &Plan) -> CommandError {
    let moves = plan.moves.iter().map(|moved| &moved.from);
    let paths = moves.chain(plan.writes.iter().map(|write| &write.path));
    let errors = paths.map(|path| {
        let path = dir.join(path);
        CommandError::refused(format!("{}: not up to date", path.display()))
    });
    let error = CommandError::merge(errors.collect());
    let hint = format!("run: bulla kustomize sync {}", dir.display());
    error
        .unwrap_or_else(|| CommandError::refused("not up to date"))
        .hinted(hint)
}

/// Sealed files move first: a list never names a file that is not there.
fn carry_out(dir: &Path, plan: &Plan) -> Result<(), CommandError> {
    for moved in &plan.moves {
        let (from, to) = (dir.join(&moved.from), dir.join(&moved.to));
        directory::make_parent(&to)?;
        std::fs::rename(&from, &to).map_err(|error| CommandError::io("move", &from, &error))?;
        ui::note(&format!("moved {} to {}", from.display(), to.display()));
    }
    for write in &plan.writes {
        let path = dir.join(&write.path);
        directory::make_parent(&path)?;
        output::write_or_print(Some(&path), write.text.as_bytes())?;
        ui::note(&format!("wrote {}", path.display()));
    }
    if plan.is_empty() {
        ui::note(&format!("{}: up to date", dir.display()));
    }
    Ok(())
}

/// What is left to do in the kustomization above, which is the person's own.
fn advise(above: &Above, plan: &Plan) -> Result<(), CommandError> {
    let list = match plan.component {
        true => "components",
        false => "resources",
    };
    let (file, path) = (above.file.display(), above.to_directory.as_str());
    let line = format!("in {file}, under {list}, add this line:\n- {path}");
    match (above.used()?, plan.component) {
        (Use::Resource, false) | (Use::Component, true) => {}
        (Use::None, _) => ui::note(&line),
        (Use::FilesOnly, _) => {
            ui::warning(&format!(
                "{file}: lists {path}/files, which leaves every reference as it is"
            ));
            ui::note(&line);
        }
        (Use::Resource | Use::Component, _) => {
            ui::warning(&format!("{file}: {path} is listed, but not under {list}"));
            ui::note(&format!("move it to {list}"));
        }
    }
    Ok(())
}
