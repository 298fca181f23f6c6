//! The command line as a whole.

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, ValueEnum};

use crate::commands::Command;
use crate::error::holds_key;

/// Keep Kubernetes Secrets in git, sealed.
///
/// bulla seals the values of a Secret for the public keys that you name. The sealed file can be
/// committed: only the holder of a private key opens it. The name of the Secret that it becomes is
/// computed from the sealed bytes, so everybody knows it without any key, and it changes with every
/// value.
#[derive(Parser)]
#[command(name = "bulla", version, propagate_version = true, max_term_width = 100, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    /// When to use colors; `auto` also minds NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Reads the command line, or says what is wrong with it and ends the process.
pub(crate) fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|mut error| {
        conceal(&mut error);
        advise(&mut error);
        error.exit()
    })
}

/// What clap did not expect can be a value that lost its quotes, or a whole private key. It is
/// repeated only if it looks like a flag or a plain word.
fn conceal(error: &mut clap::Error) {
    const NOT_SHOWN: &str = "<not shown>";
    for kind in [
        ContextKind::InvalidArg,
        ContextKind::InvalidValue,
        ContextKind::InvalidSubcommand,
    ] {
        let is_ours = kind == ContextKind::InvalidArg
            && error.kind() != clap::error::ErrorKind::UnknownArgument;
        let Some(ContextValue::String(given)) = error.get(kind) else {
            continue;
        };
        let may_be_shown = match kind {
            ContextKind::InvalidArg => is_flag(given),
            ContextKind::InvalidValue if is_image(error) => !holds_key(given),
            _ => is_word(given),
        };
        if !is_ours && !may_be_shown {
            let is_key = holds_key(given);
            error.insert(kind, ContextValue::String(NOT_SHOWN.to_owned()));
            // Clap's own suggestions repeat it.
            error.remove(ContextKind::Suggested);
            if is_key {
                let tip = "name the file that the key is in, not its content".into();
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
            }
        }
    }
}

/// The one value that is no secret wherever it is given, and that is longer than a word.
fn is_image(error: &clap::Error) -> bool {
    let flag = error.get(ContextKind::InvalidArg);
    matches!(flag, Some(ContextValue::String(flag)) if flag.starts_with("--image "))
}

/// Flags of `kubectl create secret` that say what becomes of the plaintext manifest.
const OF_KUBECTL: [&str; 8] = [
    "--append-hash",
    "--dry-run",
    "--field-manager",
    "--output",
    "--save-config",
    "--show-managed-fields",
    "--validate",
    "-o",
];

/// Tells whoever pastes a line with kubectl's flags what there is in their place.
fn advise(error: &mut clap::Error) {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    if error.kind() == clap::error::ErrorKind::UnknownArgument
        && OF_KUBECTL.contains(&given.as_str())
    {
        let tip = "leave it out: nothing is sent anywhere, what is printed is a SealedSecret, and \
                   its Secret's name has a suffix in any case";
        let tips = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tips);
    }
}

fn is_flag(text: &str) -> bool {
    match text.strip_prefix("--") {
        Some(name) => name.split('-').all(is_word),
        None => text.starts_with('-') && text.chars().count() == 2,
    }
}

/// No random text is.
fn is_word(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

const EXAMPLES: &str = "\
Examples:
  Make a key, seal a password that never touches the disk, and look at the result:
    bulla keygen key.txt
    bulla keygen --public key.txt > team.txt
    bulla create generic db -n shop --from-prompt password -R team.txt --to db.sealed.yaml
    bulla inspect db.sealed.yaml
    bulla open db.sealed.yaml -i key.txt";

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// `-o`: for people, or for programs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}
