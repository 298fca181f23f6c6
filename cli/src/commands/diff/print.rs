//! A difference as people read it.

use bulla_plaintext::Plaintext;
use zeroize::Zeroizing;

use super::compare::{Difference, ItemChange, Report};
use crate::ui;

/// Appends the difference, with the values only if they are asked for.
pub(super) fn text(difference: &Difference, with_values: bool, out: &mut Zeroizing<Vec<u8>>) {
    let report = &difference.report;
    line(out, &heading(report));
    for (key, change) in &report.items {
        labelled(out, word(*change), &format!("{key}{}", remark(*change)));
        if with_values && *change != ItemChange::Same {
            let (was, is) = (*change != ItemChange::Added, *change != ItemChange::Removed);
            for (mark, is_there, side) in [("-", was, &difference.old), ("+", is, &difference.new)]
            {
                match side.as_ref().map(|values| values.get(key)) {
                    Some(value) => value.map_or((), |value| append(out, mark, value)),
                    None if is_there => line(out, &format!("    {mark} does not open")),
                    None => {}
                }
            }
        }
    }
    for change in &report.recipients {
        let marked = |mark: &'static str| move |recipient: &String| format!("{mark} {recipient}");
        let removed = change.removed.iter().map(marked("-"));
        let all: Vec<_> = removed
            .chain(change.added.iter().map(marked("+")))
            .collect();
        let items = change.items.join(", ");
        match all.is_empty() {
            true => labelled(
                out,
                "rewrapped",
                &format!("{items}: for the same recipients"),
            ),
            false => labelled(out, "readers", &format!("{items}: {}", all.join(", "))),
        }
    }
    for change in &report.fields {
        let what = match (&change.old, &change.new) {
            (Some(old), Some(new)) => format!("{old} becomes {new}"),
            (Some(old), None) => format!("{old} is gone"),
            (None, new) => new.clone().unwrap_or_default(),
        };
        labelled(out, &change.field, &what);
    }
    for warning in &report.warnings {
        labelled(out, "warning", warning);
    }
}

fn heading(report: &Report) -> String {
    let title = report.title();
    match (&report.old_secret_name, &report.new_secret_name) {
        (Some(old), Some(new)) if old == new => format!("{title}: {new} stays"),
        (Some(old), Some(new)) => format!("{title}: {old} becomes {new}"),
        (Some(old), None) => format!("{title}: {old} is gone"),
        (None, new) => format!("{title}: {} is new", new.as_deref().unwrap_or_default()),
    }
}

fn word(change: ItemChange) -> &'static str {
    match change {
        ItemChange::Added => "added",
        ItemChange::Removed => "removed",
        ItemChange::Resealed | ItemChange::Same => "resealed",
        ItemChange::Changed => "changed",
        ItemChange::Altered => "ALTERED",
    }
}

fn remark(change: ItemChange) -> &'static str {
    match change {
        ItemChange::Resealed => " (a new value, or the same again)",
        ItemChange::Same => " (the same value)",
        ItemChange::Altered => " (not by bulla)",
        _ => "",
    }
}

/// Line by line, in quotes, so that white space and line breaks are seen.
fn append(out: &mut Zeroizing<Vec<u8>>, mark: &str, value: &Plaintext) {
    let Ok(text) = std::str::from_utf8(value.expose()) else {
        return line(
            out,
            &format!("    {mark} {} bytes that are no text", value.len()),
        );
    };
    if text.is_empty() {
        return line(out, &format!("    {mark} \"\""));
    }
    for part in text.split_inclusive('\n') {
        let quoted = Zeroizing::new(format!("{part:?}"));
        let quoted = Zeroizing::new(ui::escaped(&quoted));
        extend(out, format!("    {mark} ").as_bytes());
        extend(out, quoted.as_bytes());
        extend(out, b"\n");
    }
}

fn labelled(out: &mut Zeroizing<Vec<u8>>, label: &str, text: &str) {
    line(out, &format!("  {label:<10}  {text}"));
}

fn line(out: &mut Zeroizing<Vec<u8>>, text: &str) {
    extend(out, ui::escaped(text).as_bytes());
    extend(out, b"\n");
}

/// Like `extend_from_slice`, but a buffer that became too small is overwritten.
fn extend(out: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    if out.capacity() - out.len() < bytes.len() {
        let room = 2 * (out.len() + bytes.len());
        let mut larger = Zeroizing::new(Vec::with_capacity(room));
        larger.extend_from_slice(out);
        *out = larger;
    }
    out.extend_from_slice(bytes);
}
