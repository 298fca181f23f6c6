//! The globs of rules.

use globset::{GlobBuilder, GlobMatcher};

/// A glob that covers something, or why it does not.
pub(super) fn glob(path: &str) -> Result<GlobMatcher, String> {
    let mut parts = path.split('/');
    let message = if path.is_empty() {
        "empty; give a glob such as `overlays/prod/**`"
    } else if path.starts_with('/') {
        "begins with `/`; give it relative to the directory of this file"
    } else if path.ends_with('/') {
        "names a directory; add `**` for every file below it"
    } else if parts.clone().any(|part| matches!(part, "" | "." | "..")) {
        "has an empty part, `.` or `..`, so that it covers nothing; give it relative to the \
         directory of this file, without them"
    } else if parts.any(|part| part.contains("**") && part != "**") {
        "has `**` beside other characters, where it means no more than `*`; write `*`, or put \
         slashes around `**`"
    } else {
        let glob = GlobBuilder::new(path).literal_separator(true).build();
        let glob = glob.map_err(|error| format!("not a glob: {}", error.kind()))?;
        return Ok(glob.compile_matcher());
    };
    Err(message.to_owned())
}

/// The first rule wins, so that what comes after its like was not meant so.
pub(super) fn reachable<'r>(
    path: &str,
    mut before: impl Iterator<Item = &'r str>,
) -> Result<(), String> {
    match before.position(|other| other == path || other == "**") {
        Some(index) => Err(format!(
            "never reached: rules[{index}] covers the same files, and the first rule wins; remove \
             one, or put this one before it"
        )),
        None => Ok(()),
    }
}
