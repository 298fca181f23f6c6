//! `bulla diff`

mod compare;
mod print;
mod side;
mod source;
mod textconv;

use std::ffi::OsString;
use std::path::Path;

use bulla_envelope::Identity;
use clap::Args;
use zeroize::Zeroizing;

use self::compare::Difference;
use self::side::{Sealed, Side};
use crate::args::Format;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::identities::IdentityArgs;
use crate::{input, output, ui};

/// Show what changed between two sealed files, or since the last commit
///
/// Items that came, went or were sealed anew; who can read them now and could not before; type, place,
/// labels, annotations and the name. No key is needed. With an identity that opens both sides, a value
/// that was sealed anew and is still the same is told from one that changed. What is sealed is
/// compared, not comments and the order of lines. Of a stream, SealedSecrets with the same namespace
/// and name belong together.
#[derive(Args)]
#[command(after_help = "\
Examples:
  What is not committed yet:
    bulla diff db.sealed.yaml
  Between commits, and with the values:
    bulla diff HEAD~3:shop/db.sealed.yaml shop/db.sealed.yaml --show-values
  In every git diff, git show and git log -p:
    echo '*.sealed.yaml diff=bulla' >> .gitattributes
    git config diff.bulla.textconv 'bulla diff --textconv'")]
pub(crate) struct DiffArgs {
    /// A file, or git's REVISION:PATH; `-` is standard input. A file alone is the new side, and the
    /// old one is what the last commit has under its name
    old: OsString,

    /// The same
    new: Option<OsString>,

    /// Show the values that differ. Needs an identity
    #[arg(long, conflicts_with_all = ["output", "textconv"])]
    show_values: bool,

    /// End with exit code 6 if there are differences
    #[arg(long)]
    exit_code: bool,

    /// Print one file as it is, save that what is sealed is a checksum on one line: for git's
    /// textconv
    #[arg(long, conflicts_with_all = ["output", "exit_code"])]
    textconv: bool,

    /// How to print; JSON is one object a line, for each SealedSecret that differs
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,

    #[command(flatten)]
    identities: IdentityArgs,
}

pub(crate) fn run(args: &DiffArgs) -> Result<(), CommandError> {
    if args.textconv {
        if args.new.is_some() {
            return Err(CommandError::usage("--textconv wants exactly one file"));
        }
        let input = input::read(Path::new(&args.old))?;
        return output::print(&textconv::shortened(&input.bytes));
    }
    let (old, new) = match (&args.old, &args.new) {
        (file, None) => (
            source::at_head(Path::new(file))?,
            input::read(Path::new(file))?,
        ),
        (old, Some(new)) if old == "-" && new == "-" => {
            return Err(CommandError::usage("only one side can be standard input"));
        }
        (old, Some(new)) => (source::read(old)?, source::read(new)?),
    };
    let identities = match args.show_values {
        true => args.identities.resolve()?,
        false => args.identities.resolve_if_any()?,
    };
    let (old, new) = (Side::read(&old)?, Side::read(&new)?);
    if old.is_empty() && new.is_empty() {
        let message = "neither side holds a SealedSecret";
        return Err(CommandError::refused(message));
    }
    let mut text = Zeroizing::new(Vec::new());
    for (old, new) in side::pairs(&old, &new) {
        let Some(difference) = difference(old, new, &identities) else {
            continue;
        };
        match args.output {
            Format::Json => {
                let json = serde_json::to_string(&difference.report);
                let json = json.map_err(CommandError::refused)?;
                text.extend_from_slice(ui::escaped_json(json).as_bytes());
                text.push(b'\n');
            }
            Format::Text => {
                if args.show_values && !difference.has_values() {
                    return Err(no_values(&difference));
                }
                print::text(&difference, args.show_values, &mut text);
            }
        }
    }
    output::print(&text)?;
    match args.exit_code && !text.is_empty() {
        true => Err(CommandError::silent(ExitCode::Differs)),
        false => Ok(()),
    }
}

fn difference(
    old: Option<&Sealed>,
    new: Option<&Sealed>,
    identities: &[Identity],
) -> Option<Difference> {
    let difference = Difference::between(old, new, identities);
    (!difference.report.is_empty()).then_some(difference)
}

fn no_values(difference: &Difference) -> CommandError {
    let message = format!(
        "no identity opens {}, on neither side",
        difference.report.title()
    );
    CommandError::new(ExitCode::NoIdentity, message)
        .hinted("without --show-values no identity is needed")
}
